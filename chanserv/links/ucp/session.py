"""One UCP session as our end sees it: no socket, no clock, only rules (EMI-UCP 5.2, sections 3 and 4).

Octets and the time go in; octets and events come out. Every rule about *when*
lives here. Answers to 52 and 53 are the owner's to give, after its commit.

    OPEN --60 A, or no password--> BOUND --leave, a result too late--> LEAVING --drained, 5 s--> CLOSED
      \\--60 N, late--> CLOSED <--lost, silence--/

A part has a number of its own, never used again; a transaction reference
number only while it waits for its result. What must not go yet (`links.spacing`),
or finds no reference free, is held.
"""

from __future__ import annotations

import attrs

from chanserv.errors import BadField
from chanserv.links.events import Answered, Bound, Closed, Delivered, Event, Replied, Unanswered
from chanserv.links.spacing import Held
from chanserv.links.ucp import verdicts
from chanserv.links.ucp.bodies import Text, body
from chanserv.links.ucp.codec import Frames, Malformed, decode, encode
from chanserv.links.ucp.deliveries import FATES, TEXTS, named
from chanserv.links.ucp.inquiries import Inquiries
from chanserv.links.ucp.operations import (
    Alert,
    DeleteResponse,
    InquiryResponse,
    ListManagement,
    Notification,
    Operation,
    Result,
    SessionManagement,
    refused,
    taken,
)
from chanserv.links.ucp.terms import Login, Rules, State, Submission
from chanserv.links.ucp.transactions import Transactions
from chanserv.links.window import Outlet, Window

DRAIN = 5.0  # seconds for open results when we leave
