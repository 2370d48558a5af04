"""A provider's side of a profile, made of its [[test]] cases: what it would answer, and what it would tell us.

leaves    a body and a query as single values that can be changed   spelling  a value as senders write it
replies   what a part is answered; `tokens` too                     news      webhooks: statuses, texts of handsets
requests  what a part's request holds                               forging   webhooks that are not the provider's
account   what a made-up account gives                              credentials  whether a request shows it

All of it is tried on the profile itself: a value is in the right place when the
profile reads it from there. No connection and no time is known here.
"""
