"""One message id, written by two programs of one carrier: in the answer to a submit, and in a receipt.

They differ in case, in leading zeros, and in base (hexadecimal in one place,
decimal in the other). Which part an id belongs to, the store finds out.
"""

from __future__ import annotations

from chanserv.message import clean

LONGEST = 64  # characters of a message_id (SMPP 3.4, section 5.2.23)


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
    if len(plain) > LONGEST:  # no answer can have named it
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
