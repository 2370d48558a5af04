"""Is a webhook the provider's? [[verify]] of a profile, one scheme a module.

For three of four providers nothing shows it but the secret in the hook's path.
Comparisons take the same time whatever is wrong. Keys come from `cfg`; who
holds them, and what is answered to a stranger, is not known here.
"""
