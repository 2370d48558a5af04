"""Accounts at REST aggregators: what a profile says, done with connections, time and the router.

calls   one request, and how far it came         tokens  one that is fetched, kept and dropped
link    parts out, at most so many at once       news    what a webhook tells -> receipts and replies
door    the webhooks' way in
"""
