"""What a deliver_sm or data_sm from an SMSC says: a delivery receipt, or a text from a handset.

Receipts come as text (SMPP 3.4, appendix B), as TLVs, or both, in every
spelling carriers have found; read left to right, first hit, up to `text:`.
Whose part a receipt speaks of, the store finds out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b

import attrs

from chanserv.links.smpp import tlvs
from chanserv.links.smpp.pdus import DataSm, DeliverSm
from chanserv.message import Receipt, Reply, Segment, Status, clean
from chanserv.text.numbers import from_ton
from chanserv.text.parts import read_udh

Delivered = DeliverSm | DataSm

UDHI, TYPE, RECEIPT, INTERMEDIATE = 0x40, 0x3C, 0x04, 0x20  # bits of esm_class, section 5.2.12

LONGEST_ID = 64  # characters of a message_id, section 5.2.23

_LOOKS_LIKE = re.compile(rb"\s*id:\S+ .*stat:", re.IGNORECASE | re.DOTALL)
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
_STATES = {
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


def read(pdu: Delivered, link: str, radix: str) -> Receipt | None:
    """The receipt in a PDU; None if it is none. Without any id it has no `carrier_ids`: nobody's."""
    body = payload(pdu)
    if not _is_receipt(pdu, body):
        return None
    words = _words(body, pdu.data_coding)
    named = _cstring(pdu.tlv(tlvs.RECEIPTED_MESSAGE_ID)) or words.get("id", "")
    stat = _stat(words.get("stat", ""), pdu.number(tlvs.MESSAGE_STATE))
    status = _WORDS.get(stat.upper()[:5], Status.SENT)
    if pdu.esm_class & TYPE == INTERMEDIATE:
        status = Status.SENT
    return Receipt(
        link=link,
        carrier_ids=readings(named, radix),
        status=status,
        reason=_reason(stat, words.get("err", ""), pdu),
        to=_address(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
        sender=_address(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),
        at=_moment(words.get("done date", "")),
    )


def payload(pdu: Delivered) -> bytes:
    """The user data: short_message, or message_payload where that is empty."""
    short = pdu.short_message if isinstance(pdu, DeliverSm) else b""
    return short or pdu.tlv(tlvs.MESSAGE_PAYLOAD) or b""


def _is_receipt(pdu: Delivered, body: bytes) -> bool:
    """By the type bits; some carriers leave them 0, and only TLV or text tells."""
    kind = pdu.esm_class & TYPE
    if kind:
        return bool(kind & (RECEIPT | INTERMEDIATE)) and kind not in (0x0C, 0x14, 0x18)
    return bool(_cstring(pdu.tlv(tlvs.RECEIPTED_MESSAGE_ID)) or _LOOKS_LIKE.match(body[:300]))


def _words(body: bytes, data_coding: int) -> dict[str, str]:
    wide = encoding(data_coding) == _UCS2
    text = body.decode(_UCS2 if wide else "latin-1", "replace").replace("\0", " ")
    known = _TEXT.search(text)
    found: dict[str, str] = {}
    for key, value in _KEYS.findall(text[: known.start()] if known else text):
        found.setdefault(key.lower(), value)
    return found


def _stat(word: str, state: int | None) -> str:
    """The word of the text; the TLV's state where there is none, or none we know."""
    if word.upper()[:5] in _WORDS or state is None:
        return word
    return _STATES.get(state, word)


def _reason(stat: str, err: str, pdu: Delivered) -> str:
    """What the operator should see: the word, and the error if there is one."""
    network = pdu.tlv(tlvs.NETWORK_ERROR_CODE)
    if err.strip("0") == "" and network is not None and len(network) == 3 and any(network[1:]):
        err = f"{network[0]}/{int.from_bytes(network[1:], 'big')}"
    return " ".join(word for word in (clean(stat), f"err {clean(err)}" if err.strip("0") else "") if word)


def _cstring(value: bytes | None) -> str:
    return (value or b"").split(b"\0")[0].decode("latin-1").strip()


def _address(ton: int, npi: int, address: bytes) -> str:
    return clean(from_ton(ton, npi, address))


def _moment(text: str) -> float:
    """YYMMDDhhmm, with seconds or century in the field; UTC as far as anybody knows. 0.0: unreadable."""
    if len(text) not in (10, 12, 14) or not (text.isascii() and text.isdigit()):
        return 0.0
    century = "" if len(text) == 14 else "20"
    full = f"{century}{text}".ljust(14, "0")
    month, day, hour, minute, second = (int(full[at : at + 2]) for at in range(4, 14, 2))
    try:  # by hand, since strptime costs ten times as much
        return datetime(int(full[:4]), month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def canonical(message_id: bytes | str) -> str:
    """A carrier id as we keep it: lower case, without blanks and leading zeros."""
    text = message_id.decode("latin-1") if isinstance(message_id, bytes) else message_id
    text = clean(text).strip().lower()
    return text.lstrip("0") or text[:1]


def readings(named: str, radix: str) -> tuple[str, ...]:
    """What the id in a receipt may be in the answer to its submit_sm, likeliest first.

    `radix` is what the receipts use where the answers use the other base:
    "decimal" receipts of hexadecimal answers, or "hex"; "same"; or "auto",
    which tries all three and leaves it to the number to tell.
    """
    plain = canonical(named)
    if len(plain) > LONGEST_ID:  # no answer can have named it
        return (plain,)
    if not plain:
        return ()
    to_hex = format(int(plain), "x") if plain.isascii() and plain.isdigit() else plain
    is_hex = all(char in "0123456789abcdef" for char in plain)
    to_decimal = str(int(plain, 16)) if is_hex else plain
    found = {
        "same": (plain,),
        "decimal": (to_hex,),
        "hex": (to_decimal,),
        "auto": (plain, to_hex, to_decimal),
    }[radix]
    return tuple(dict.fromkeys(found))


# texts from handsets

_GSM, _UCS2 = "gsm7", "utf-16-be"
_ENCODINGS = {
    0x00: _GSM,
    0x01: "ascii",
    0x02: "latin-1",
    0x03: "latin-1",
    0x04: "latin-1",
    0x05: "shift_jis",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    0x08: _UCS2,
    0x0A: "iso2022_jp",
    0x0E: "euc_kr",
}
_GENERAL = (_GSM, "latin-1", _UCS2, _GSM)  # bits 3-2 of a GSM data coding scheme


def encoding(data_coding: int) -> str:
    """What a body's octets are (SMPP 3.4, section 5.2.19; GSM DCS passed through, TS 23.038, section 4)."""
    if data_coding in _ENCODINGS:
        return _ENCODINGS[data_coding]
    match data_coding & 0xF0:
        case 0xF0:
            return "latin-1" if data_coding & 4 else _GSM
        case 0xE0:
            return _UCS2
        case 0x10:
            return _GENERAL[data_coding >> 2 & 3]
    return _GSM


def mo(pdu: Delivered, link: str, at: float) -> Reply:
    """A handset's text, or one segment of it; `at`: when it reached us (seconds since the epoch)."""
    body, segment = payload(pdu), _sar(pdu)
    if pdu.esm_class & UDHI:
        own, _, body = read_udh(body)
        segment = own or segment
    body, code = _actual(body, encoding(pdu.data_coding))
    return Reply(
        link=link,
        sender=_address(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr),
        to=_address(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),
        body=body,
        encoding=code,
        segment=segment,
        digest=fingerprint(pdu),
        at=at,
    )


def _actual(body: bytes, code: str) -> tuple[bytes, str]:
    """What carriers do to a coding: 8-bit text as GSM or ASCII, byte order marks, odd octets."""
    if code in (_GSM, "ascii") and not body.isascii():
        return body, "utf-8" if _is_utf8(body) else "latin-1"
    if code != _UCS2:
        return body, code
    if len(body) % 2:
        body = body[:-1] + b"\xff\xfd"  # U+FFFD for the odd one, which would shift every later segment
    marked = {b"\xfe\xff": _UCS2, b"\xff\xfe": "utf-16-le"}.get(body[:2])
    return (body[2:], marked) if marked else (body, code)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _sar(pdu: Delivered) -> Segment | None:
    reference = pdu.number(tlvs.SAR_MSG_REF_NUM)
    total = pdu.number(tlvs.SAR_TOTAL_SEGMENTS)
    number = pdu.number(tlvs.SAR_SEGMENT_SEQNUM)
    if reference is None or total is None or number is None or not 0 < number <= total:
        return None
    return Segment(reference, total, number, True)


def fingerprint(pdu: Delivered) -> str:
    """Of everything but its sequence number: what a carrier repeats octet for octet."""
    values = repr(attrs.astuple(attrs.evolve(pdu, sequence=0), recurse=False))
    return blake2b(values.encode("utf-8"), digest_size=16).hexdigest()
