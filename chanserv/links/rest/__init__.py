"""Accounts at REST aggregators: what a profile says, done with connections, time and the router.

calls   one request, and how far it came         tokens  one that is fetched, kept and dropped
gated   the same, but inside a tunnel            way     is anybody there, and does it know us
elsewhere  the same, but to another place        turns   parts of one text, one after the other
speech  a part's request, an answer's meaning    link    parts out, at most so many at once
news    what a webhook tells, as the router's    door    the webhooks' way in; `doors`, of all links

The other end: `peer`, an aggregator made of any profile; `behaviour`, what goes wrong there; `messenger`, its webhooks.
"""
