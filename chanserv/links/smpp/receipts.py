"""The delivery receipt in a deliver_sm or data_sm from an SMSC, if it is one (a text from a handset: `texts`).

It comes as text (SMPP 3.4, appendix B), as TLVs, or both, in every
spelling carriers have found; read left to right, first hit, up to `text:`.
What is peculiar to one carrier, its setting `receipt` tells; whose part a receipt speaks of, the store finds out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from chanserv.links.smpp import tlvs
from chanserv.links.smpp.coding import UCS2, encoding
from chanserv.links.smpp.ids import readings
from chanserv.links.smpp.texts import Delivered, address, payload
from chanserv.message import Receipt, Status, clean
from chanserv.settings import ReceiptSettings
from chanserv.text import gsm7

TYPE, RECEIPT, INTERMEDIATE = 0x3C, 0x04, 0x20  # bits of esm_class, section 5.2.12
# Of a handset's user or program, or the end of a conversation (CDMA): neither a receipt nor a text.
ACKNOWLEDGEMENTS: Final = (0x08, 0x10, 0x18)
STANDARD = ReceiptSettings()

_LOOKS_LIKE = re.compile(r"\s*id:\S+ .*stat:", re.IGNORECASE | re.DOTALL)
# A value may follow a blank, unless what follows is the next key; none that matters is longer than 64 characters.
_KEYS = re.compile(
    r"\b(id|sub|dlvrd|submit date|done date|stat|err):(?:\s+(?!\w+:|(?:submit|done) date:))?(\S{0,64})", re.IGNORECASE
)
_TEXT = re.compile(r"\btext:", re.IGNORECASE)

# Known by their first five letters (appendix B and the field).
_WORDS = {
    "DELIV": Status.DELIVERED,
    "ACKED": Status.DELIVERED,
    "EXPIR": Status.FAILED,
    "DELET": Status.FAILED,
    "UNDEL": Status.FAILED,
    "REJEC": Status.FAILED,
    "FAILE": Status.FAILED,
    "SKIPP": Status.FAILED,
    "ACCEP": Status.SENT,
    "ENROU": Status.SENT,
    "BUFFR": Status.SENT,
    "BUFFE": Status.SENT,
    "SCHED": Status.SENT,
    "UNKNO": Status.SENT,
}
STATES = {
    0: "SCHEDULED",
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
    9: "SKIPPED",
}


def read(
    pdu: Delivered, link: str, radix: str, own: ReceiptSettings = STANDARD, packed: bool = False
) -> Receipt | None:
    """The receipt in a PDU; None if it is none. Without any id it has no `carrier_ids`: nobody's.

    `radix`: see `ids.readings`; `packed`: the SMSC packs what it writes in its default alphabet.
    """
    text = _text(payload(pdu), pdu.data_coding, packed)
    if not _is_receipt(pdu, text, own.detect == "any"):
        return None
    words = _words(text)
    ids = (_cstring(pdu.tlv(tlvs.RECEIPTED_MESSAGE_ID)), words.get("id", ""))
    stat = _stat(words.get("stat", ""), pdu.number(tlvs.MESSAGE_STATE), own)
    status = status_of(stat, own) or Status.SENT
    if pdu.esm_class & TYPE == INTERMEDIATE:
        status = Status.SENT
    return Receipt(
        link=link,
        carrier_ids=readings(ids[0] or ids[1] if own.id == "tlv" else ids[1] or ids[0], radix),
        status=status,
        reason=_reason(stat, words.get("err", ""), pdu),
        to=address(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
        sender=address(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),
        at=_moment(words.get("done date", ""), own.zone),
    )


def acknowledges(pdu: Delivered) -> bool:
    """Is it an acknowledgement of whoever has the handset (which nobody asked for)?"""
    return pdu.esm_class & TYPE in ACKNOWLEDGEMENTS


def _is_receipt(pdu: Delivered, text: str, by_looks: bool) -> bool:
    """By the type bits; some carriers leave them 0, and only TLV or text tells."""
    kind = pdu.esm_class & TYPE
    if kind:
        return bool(kind & (RECEIPT | INTERMEDIATE)) and kind not in (0x0C, 0x14)
    return by_looks and bool(_cstring(pdu.tlv(tlvs.RECEIPTED_MESSAGE_ID)) or _LOOKS_LIKE.match(text[:300]))


def _text(body: bytes, data_coding: int, packed: bool) -> str:
    """Latin-1 says whatever is ASCII in most codings. Not all who pack their texts pack their receipts."""
    if encoding(data_coding) == UCS2:
        return body.decode(UCS2, "replace").replace("\0", " ")
    if packed and not data_coding and b"id:" not in body.lower():
        return gsm7.decode(gsm7.unpack_all(body))
    return body.decode("latin-1").replace("\0", " ")


def _words(text: str) -> dict[str, str]:
    known = _TEXT.search(text)
    found: dict[str, str] = {}
    for key, value in _KEYS.findall(text[: known.start()] if known else text):
        found.setdefault(key.lower(), value)
    return found


def status_of(word: str, own: ReceiptSettings = STANDARD) -> Status | None:
    """What a stat word means; None: nobody knows."""
    for known, status in own.words.items():
        if known.upper() == word.upper():
            return Status(status)
    return _WORDS.get(word.upper()[:5])


def _stat(word: str, state: int | None, own: ReceiptSettings) -> str:
    """The word of the text; the TLV's state where there is none, or none we know."""
    if state is None or status_of(word, own) is not None:
        return word
    return STATES.get(state, word)


def _reason(stat: str, err: str, pdu: Delivered) -> str:
    """What the operator should see: the word, and the error if there is one."""
    network = pdu.tlv(tlvs.NETWORK_ERROR_CODE)
    if err.strip("0") == "" and network is not None and len(network) == 3 and any(network[1:]):
        err = f"{network[0]}/{int.from_bytes(network[1:], 'big')}"
    return " ".join(word for word in (clean(stat), f"err {clean(err)}" if err.strip("0") else "") if word)


def _cstring(value: bytes | None) -> str:
    return (value or b"").split(b"\0")[0].decode("latin-1").strip()


def _moment(text: str, zone: float) -> float:
    """YYMMDDhhmm, with seconds or century in the field; `zone` hours ahead of UTC. 0.0: unreadable."""
    if len(text) not in (10, 12, 14) or not (text.isascii() and text.isdigit()):
        return 0.0
    century = "" if len(text) == 14 else "20"
    full = f"{century}{text}".ljust(14, "0")
    month, day, hour, minute, second = (int(full[at : at + 2]) for at in range(4, 14, 2))
    try:  # by hand, since strptime costs ten times as much
        return datetime(int(full[:4]), month, day, hour, minute, second, tzinfo=UTC).timestamp() - 3600 * zone
    except ValueError:
        return 0.0
