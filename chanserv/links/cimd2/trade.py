"""What a simulated SMSC says in CIMD2: texts from handsets, status reports, and what it remembers of a submit.

When one is sent, and whether again, is not known here. Its clock is UTC.
"""

from __future__ import annotations

from chanserv.links.cimd2 import content, reports, smsc_answers, stamps, text
from chanserv.links.cimd2.packets import (
    ALPHA_ORIGINATOR,
    DELIVER,
    DESTINATION,
    DISCHARGED,
    ORIGINATOR,
    REPORT,
    REPORTS_WANTED,
    STAMP,
    STATUS,
    STATUS_ERROR,
    Packet,
)
from chanserv.links.cimd2.smsc import Cimd2Desk
from chanserv.links.cimd2.verdicts import CONGESTION
from chanserv.links.cimd2.words import UNKNOWN, WORDS
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Delivery, Desk, Submit
from chanserv.message import Coding, Segment, Slice
from chanserv.text.parts import OCTETS, concatenation, cut

HEADER = 6  # octets of a concatenation header, UDHL among them


class Cimd2Trade:
    """`links.peer.desk.Trade` of CIMD2."""

    kind = "cimd2"
    throttled = CONGESTION
    refused = 300  # incorrect destination address
    numbers = 256

    def desk(self, now: float, behaviour: Behaviour) -> Desk:
        return Cimd2Desk(now, behaviour)

    def called(self, now: float, behaviour: Behaviour) -> Desk:
        """No SMSC calls its clients in CIMD2."""
        return Cimd2Desk(now, behaviour)

    def taken(self, pdu: Packet, number: int, at: float, behaviour: Behaviour) -> Submit:
        """Its name is its first number and its second: those taken within one to the same number share it."""
        to = pdu.get(DESTINATION) or ""
        return Submit(
            at=at,
            message_id=reports.name(to, stamps.write(at)),
            source=reports.address(pdu.get(ORIGINATOR) or text.read(pdu.get(ALPHA_ORIGINATOR) or "")),
            destination=reports.address(to),
            text=content.read(pdu).text,
            octets=content.user_data(pdu),
            pdu=pdu,
        )

    def texts(
        self, source: str, dest: str, text: str, coding: int | None, reference: int, at: float
    ) -> tuple[Delivery, ...]:
        """`coding`: a data coding scheme of GSM's."""
        alphabet, parts = _parts(text, coding, reference % 256)
        addressed = ((DESTINATION, dest), (ORIGINATOR, source), (STAMP, stamps.write(at)))
        about = {"source": source, "destination": dest, "text": text}
        packets = [
            Packet(DELIVER, parameters=(*addressed, *content.write(alphabet, part, scheme=coding))) for part in parts
        ]
        return tuple(
            Delivery("mo", packet, about | {"part": f"{number}/{len(parts)}"})
            for number, packet in enumerate(packets, 1)
        )

    def receipts(self, submit: Submit, number: int, done: float, behaviour: Behaviour) -> tuple[Delivery, ...]:
        """Only of what 056 asks for."""
        wanted = submit.pdu.integer(REPORTS_WANTED) or 0
        words = behaviour.receipt_status.split()
        return tuple(report(submit, word, done) for word in words if wanted & WORDS.get(word, UNKNOWN)[2])


def report(submit: Submit, word: str, done: float) -> Delivery:
    """One status report."""
    code, cause, _ = WORDS.get(word, UNKNOWN)
    originator = submit.pdu.get(ORIGINATOR)
    parameters = (
        (DESTINATION, submit.pdu.get(DESTINATION) or ""),
        *(((ORIGINATOR, originator),) if originator else ()),
        smsc_answers.stamp(submit),
        (STATUS, str(code)),
        *(((STATUS_ERROR, str(cause)),) if cause else ()),
        (DISCHARGED, stamps.write(done)),
    )
    return Delivery("receipt", Packet(REPORT, parameters=parameters), {"id": submit.message_id, "stat": word})


def _parts(text: str, scheme: int | None, reference: int) -> tuple[Coding, tuple[Slice, ...]]:
    """None: GSM 7-bit if that can say it, else UTF-16. Raises UnicodeEncodeError if the scheme's alphabet cannot."""
    wanted = content.alphabet(scheme) if scheme is not None else None
    if wanted in (None, Coding.GSM7):
        coding, slices = cut(text, "exact", reference)
        if wanted is not None and coding is not wanted:
            raise UnicodeEncodeError("gsm7", text, 0, len(text), "not GSM")
        return coding, slices
    codec = content.UCS2 if wanted is Coding.UCS2 else content.OCTETS
    units = [char.encode(codec) for char in text]
    if sum(map(len, units)) <= OCTETS:
        return wanted, (Slice(b"".join(units)),)
    bodies = [b""]
    for unit in units:
        if len(bodies[-1]) + len(unit) > OCTETS - HEADER:
            bodies.append(b"")
        bodies[-1] += unit
    headers = (concatenation(Segment(reference, len(bodies), number)) for number in range(1, len(bodies) + 1))
    return wanted, tuple(Slice(body, header) for body, header in zip(bodies, headers, strict=True))
