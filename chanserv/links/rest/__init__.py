"""Accounts at REST aggregators: what a profile says, done with connections, time and the router.

calls   one request, and how far it came         gated, elsewhere  the same, inside a tunnel, or at another place
tokens  one that is fetched, kept and dropped    way     is anybody there, and does it know us
speech  a part's request, an answer's meaning    link    parts out, at most so many at once; turns: one by one
news    what a webhook tells, as the router's    door, doors       the webhooks' way in
judge   what it means for the account            stops   an opt-out that comes as an answer

And the other end, which knows none of these: peer, a simulated aggregator; exchange, one
request to it; messenger, its webhooks; behaviour.
"""
