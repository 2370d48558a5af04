"""What a simulated SMSC answers: the parameters of responses, from what it knows and what time it is.

When, and to whom, is not known here. Its clock is UTC.
"""

from __future__ import annotations

from chanserv.links.cimd2 import packets, stamps, verdicts
from chanserv.links.cimd2.packets import DESTINATION, STAMP, Packet, Parameters
from chanserv.links.cimd2.words import UNDER_WAY, UNKNOWN, WORDS
from chanserv.links.peer.desk import Submit


def taken(submit: Submit) -> Parameters:
    """Each destination with the second they share."""
    each = [((DESTINATION, to), stamp(submit)) for to in submit.pdu.all(DESTINATION)]
    return tuple(parameter for one in each for parameter in one)


def stamp(submit: Submit) -> tuple[int, str]:
    """060 of a part."""
    return STAMP, submit.message_id.rpartition(":")[2]


def fate(submit: Submit, state: str, now: float) -> Parameters:
    """How a part stands. When exactly it ended nobody kept: by now it has."""
    code, cause, _ = WORDS.get(state, UNKNOWN)
    done = ((packets.STATUS_ERROR, str(cause)), (packets.DISCHARGED, stamps.write(now)))
    return (
        (DESTINATION, submit.pdu.get(DESTINATION) or ""),
        stamp(submit),
        (packets.STATUS, str(code)),
        *(() if code in UNDER_WAY else done),
    )


def _time(packet: Packet, now: float) -> Parameters:
    if packet.integer(packets.GET_NAME) == packets.SMSC_TIME:
        return ((packets.SMSC_TIME, stamps.write(now)),)
    return packets.error_of(verdicts.UNSUPPORTED)


def _count(packet: Packet, now: float) -> Parameters:
    """Nothing ever waits to be asked for: whoever has signed in is sent what there is."""
    return ((packets.COUNT, "0"),) if packet.integer(packets.REQUEST_MODE) in (None, 0) else ()


def _password(packet: Packet, now: float) -> Parameters:
    return packets.error_of(verdicts.NO_NEW_PASSWORD)


PLAIN = {packets.GET: _time, packets.DELIVERY_REQUEST: _count, packets.SET: _password}
"""Requests that are answered from themselves and the time alone."""
