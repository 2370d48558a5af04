"""Is a webhook the provider's? [[verify]] of a profile.

checks   one of them, compiled      schemes  those that need nothing but a request and secrets; `jwt` and `sns` beside
guard    all of them, in turn       signing  a webhook as its provider would sign it: for cases, and for the stub

For three of four providers nothing shows it but the secret in the hook's path.
Comparisons take the same time whatever is wrong. Keys come from `cfg`; who
holds them, and what is answered to a stranger, is not known here.
"""
