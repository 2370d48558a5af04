"""What an SMSC writes of its own: texts of handsets (52), notifications (53) and answers to inquiries (57).

Written the way carriers do. When one is sent, and whether again, is not known here.
"""

from __future__ import annotations

import time
from typing import TypeVar

from chanserv.links.peer.desk import Delivery
from chanserv.links.ucp import stamps
from chanserv.links.ucp.addresses import originator, recipient
from chanserv.links.ucp.bodies import DCS, GSM7, UCS2, UDH, coding, xser
from chanserv.links.ucp.operations import Deliver, Message, Notification, Submit, Transfer
from chanserv.message import Coding, Slice
from chanserv.text.parts import OCTETS, cut

DELETED = "DELETED"
TELEMATIC = "0000"  # RPID of a handset's text, as captured
DEFAULT_NT = 3  # delivered and not delivered, where NRq is set and NT is not
UNREACHABLE = "107"  # absent subscriber
# Word of `Behaviour.receipt_status` -> Dst, its bit in NT; all others are failures.
_DST = {"DELIVRD": ("0", 1), "ACCEPTD": ("1", 4), "ENROUTE": ("1", 4)}
_FAILED = ("2", 2)
_SAYS = {"0": "delivered", "1": "buffered", "2": "not delivered"}

Told = TypeVar("Told", bound=Message)


def texts(source: str, dest: str, text: str, dcs: int | None, reference: int, at: float) -> tuple[Delivery, ...]:
    """A handset's text, in parts if it is long. Raises UnicodeEncodeError if it cannot be said in `dcs`."""
    transparent, slices = _cut(text, dcs, reference)
    service = dcs if dcs is not None else 8 if transparent else 0
    oadc, otoa = originator(source)
    about = {"source": source, "destination": dest, "text": text}
    return tuple(
        Delivery(
            "mo",
            Deliver(
                adc=recipient(dest, "digits"),
                oadc=oadc,
                rpid=TELEMATIC,
                scts=stamps.stamp(at),
                mt="4" if transparent else "3",
                nb=f"{8 * len(part.body):04d}" if transparent else "",
                msg=part.body.hex().upper(),
                otoa=otoa,
                xser=xser((*([(UDH, part.udh)] if part.udh else []), *([(DCS, bytes([service]))] if service else []))),
            ),
            about | {"part": f"{number}/{len(slices)}"},
        )
        for number, part in enumerate(slices, 1)
    )


def _cut(text: str, dcs: int | None, reference: int) -> tuple[bool, tuple[Slice, ...]]:
    """Is it transparent data, and its parts; one only where the coding is not what the text would get by itself."""
    found, slices = cut(text, "exact", reference % 256)
    wide = found is Coding.UCS2
    codec = coding(dcs) if dcs is not None else UCS2 if wide else GSM7
    if codec == (UCS2 if wide else GSM7):
        return wide, slices
    body = text.encode(codec) if codec != GSM7 else None
    if body is None or len(body) > OCTETS:
        raise UnicodeEncodeError(codec, text, 0, len(text), "not in this coding, or not in one part")
    return True, (Slice(body=body),)


def receipt(part: Submit | Transfer, word: str, taken: float, done: float) -> Delivery | None:
    """None: it was not asked for."""
    bit = _DST.get(word, _FAILED)[1]
    wanted = int(part.nt) if isinstance(part, Submit) and part.nt.isdecimal() else DEFAULT_NT
    if part.nrq != "1" or not wanted & bit:
        return None
    told = fate(Notification, part, word, done, stamps.stamp(taken))
    return Delivery("receipt", told, {"id": f"{part.adc}:{told.scts}", "stat": word})


def fate(make: type[Told], part: Message | Transfer, word: str, done: float, scts: str = "") -> Told:
    """Originator and recipient change places. The text is of a real SMSC's form, and only informative."""
    dst = _DST.get(word, _FAILED)[0]
    scts = scts or getattr(part, "scts", "")
    when = time.strftime("%Y-%m-%d at %H:%M:%S", time.gmtime(done))
    text = f"Message for {part.adc}, with identification {scts} has been {_SAYS[dst]} on {when}"
    return make(
        adc=part.oadc,
        oadc=part.adc,
        scts=scts,
        dst=dst,
        rsn=UNREACHABLE if dst == "2" else "000",
        dscts=stamps.stamp(done),
        mt="3",
        msg=text.encode("ascii", "replace").hex().upper(),
    )
