"""What an SMSC sends to a bound receiver: texts from handsets and delivery receipts, as deliver_sm.

Written the way carriers do (SMPP 3.4, section 4.6 and appendix B). When one
is sent, and whether again, is not known here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from chanserv.links.peer.desk import Delivery
from chanserv.links.smpp import tlvs
from chanserv.links.smpp.coding import encoding
from chanserv.links.smpp.fields import Address
from chanserv.links.smpp.pdus import DataSm, DeliverSm, SubmitMulti, SubmitSm, Tlvs
from chanserv.links.smpp.receipts import RECEIPT
from chanserv.links.smpp.texts import UDHI
from chanserv.message import Coding, Segment
from chanserv.text.numbers import ton_npi
from chanserv.text.parts import OCTETS, concatenation, cut

GSM7, UCS2 = 0x00, 0x08  # data_coding
HEADER = 6  # octets of a concatenation header, UDHL among them
# message_state by the word of a receipt (SMPP 3.4, section 5.2.28; 5.0, 4.7.15).
STATES = {
    "SCHEDLD": 0, "ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "DELETED": 4,
    "UNDELIV": 5, "ACCEPTD": 6, "UNKNOWN": 7, "REJECTD": 8, "SKIPPED": 9,
}  # fmt: skip
DELIVERED = frozenset({"DELIVRD", "ACCEPTD", "ENROUTE"})


Taken = SubmitSm | DataSm | SubmitMulti  # what an ESME may submit a text with


def texts(source: str, dest: str, text: str, data_coding: int | None, reference: int) -> tuple[Delivery, ...]:
    """A handset's text, in parts if it is long. Raises UnicodeEncodeError if it cannot be said in `data_coding`."""
    coding, parts = _parts(text, data_coding, reference % 256)
    source_ton, source_npi, source_addr = ton_npi(source)
    dest_ton, dest_npi, dest_addr = ton_npi(dest)
    about = {"source": source, "destination": dest, "text": text}
    return tuple(
        Delivery(
            "mo",
            DeliverSm(
                source_addr_ton=source_ton,
                source_addr_npi=source_npi,
                source_addr=source_addr,
                dest_addr_ton=dest_ton,
                dest_addr_npi=dest_npi,
                destination_addr=dest_addr,
                esm_class=UDHI if len(parts) > 1 else 0,
                data_coding=coding,
                short_message=part,
            ),
            about | {"part": f"{number}/{len(parts)}"},
        )
        for number, part in enumerate(parts, 1)
    )


def _parts(text: str, data_coding: int | None, reference: int) -> tuple[int, tuple[bytes, ...]]:
    """data_coding and the user data of each part; None: GSM 7-bit if that can say it, else UTF-16."""
    codec = encoding(data_coding) if data_coding is not None else None
    if data_coding is None or codec == "gsm7":
        coding, slices = cut(text, "exact", reference)
        if codec is not None and coding is not Coding.GSM7:
            raise UnicodeEncodeError("gsm7", text, 0, len(text), "not GSM")
        found = UCS2 if coding is Coding.UCS2 else data_coding or GSM7
        return found, tuple(part.udh + part.body for part in slices)
    units = [char.encode(codec or "") for char in text]
    if sum(map(len, units)) <= OCTETS:
        return data_coding, (b"".join(units),)
    bodies = _fill(units, OCTETS - HEADER)
    headers = (concatenation(Segment(reference, len(bodies), number)) for number in range(1, len(bodies) + 1))
    return data_coding, tuple(header + body for header, body in zip(headers, bodies, strict=True))


def _fill(units: list[bytes], room: int) -> list[bytes]:
    bodies = [b""]
    for unit in units:
        if len(bodies[-1]) + len(unit) > room:
            bodies.append(b"")
        bodies[-1] += unit
    return bodies


def addresses(submit: Taken) -> tuple[Address, ...]:
    """Where it goes; the names of distribution lists are none."""
    if isinstance(submit, SubmitMulti):
        return tuple(one for one in submit.dest_address if not one.listed)
    return (Address(submit.dest_addr_ton, submit.dest_addr_npi, submit.destination_addr),)


def wanted(submit: Taken, word: str) -> bool:
    """Did the ESME ask for a receipt of this outcome? (Section 5.2.17; 3 is of SMPP 5.0. Reserved bits are masked.)"""
    match submit.registered_delivery & 3:
        case 1:
            return True
        case 2:
            return word not in DELIVERED
        case 3:
            return word in DELIVERED
    return False


def receipts(submit: Taken, message_id: str, words: Iterable[str], taken: float, done: float) -> tuple[Delivery, ...]:
    """All the receipts this part earns: of each word it asked for, one an address. Times as in `receipt`."""
    return tuple(
        receipt(submit, dest, message_id, word, taken, done)
        for word in words
        if wanted(submit, word)
        for dest in addresses(submit)
    )


def receipt(submit: Taken, dest: Address, message_id: str, word: str, taken: float, now: float) -> Delivery:
    """`word`: DELIVRD, UNDELIV, … Times are seconds since the epoch. Source and destination change places.

    Id and state are said twice, in the text of appendix B and in the TLVs of section 4.6.1; to an ESME of 3.3, which
    knows no TLVs, the session says the first alone.
    """
    delivered = word in DELIVERED
    text = (
        f"id:{message_id} sub:001 dlvrd:{delivered:03d} submit date:{_stamp(taken)} done date:{_stamp(now)} "
        f"stat:{word} err:{0 if delivered else 1:03d} text:"
    )
    pdu = DeliverSm(
        source_addr_ton=dest.ton,
        source_addr_npi=dest.npi,
        source_addr=dest.number,
        dest_addr_ton=submit.source_addr_ton,
        dest_addr_npi=submit.source_addr_npi,
        destination_addr=submit.source_addr,
        esm_class=RECEIPT,
        short_message=text.encode("ascii", "replace"),
        tlvs=_twice(message_id, word),
    )
    return Delivery("receipt", pdu, {"id": message_id, "stat": word})


def _twice(message_id: str, word: str) -> Tlvs:
    """What the text says already; the state only where there is a number for it."""
    said = ((tlvs.RECEIPTED_MESSAGE_ID, message_id.encode("ascii") + b"\0"),)
    return (*said, (tlvs.MESSAGE_STATE, bytes((STATES[word],)))) if word in STATES else said


def _stamp(moment: float) -> str:
    return time.strftime("%y%m%d%H%M", time.gmtime(moment))
