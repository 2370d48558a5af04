"""Texts as user data (033) writes them: GSM 7-bit in 8-bit text, what that lacks as special combinations.

A special combination is an underscore and two characters; the table is
Kannel's and Wireshark's. Which parameter holds what is not known here.
"""

from __future__ import annotations

import re

from chanserv.text import gsm7

_COMBINATIONS = {
    "@": "_Oa", "£": "_L-", "¥": "_Y-", "è": "_e`", "é": "_e'", "ù": "_u`", "ì": "_i`", "ò": "_o`", "Ç": "_C,",
    "Ø": "_O/", "ø": "_o/", "Å": "_A*", "å": "_a*", "Δ": "_gd", "_": "_--", "Φ": "_gf", "Γ": "_gg", "Λ": "_gl",
    "Ω": "_go", "Π": "_gp", "Ψ": "_gi", "Σ": "_gs", "Θ": "_gt", "Ξ": "_gx", "\x1b": "_XX", "Æ": "_AE", "æ": "_ae",
    "ß": "_ss", "É": "_E'", "¤": "_ox", "¡": "_!!", "Ä": '_A"', "Ö": '_O"', "Ñ": "_N~", "Ü": '_U"', "§": "_so",
    "¿": "_??", "ä": '_a"', "ö": '_o"', "ñ": "_n~", "ü": '_u"', "à": "_a`",
}  # fmt: skip
# What only others write: the sign in combination, and the Nordic letters of ISO 646 as single octets.
_READ = {combination: char for char, combination in _COMBINATIONS.items()} | {"_qq": '"'}
_READ |= dict(zip("[\\]^{|}~", "ÄÖÅÜäöåü", strict=True))
_TOKENS = re.compile("|".join(map(re.escape, _READ)))
_ESCAPED = re.compile("\x1b(.?)", re.DOTALL)

_CHARS = {code: "\x1b" if code == gsm7.ESC else gsm7.decode(bytes([code])) for code in range(0x80)}
_COMBINED = {code: _COMBINATIONS.get(char, char) for code, char in _CHARS.items()}
_LATIN = {code: char if "\xa0" <= char <= "\xff" else _COMBINED[code] for code, char in _CHARS.items()}


def write(septets: bytes, latin: bool = False) -> str:
    """Septets, one an octet, as a value. `latin`: letters that Latin-1 has as its octets.

    Behind an escape there is always a combination: not every SMSC would take a Latin-1 octet for half a character.
    """
    value = septets.decode("latin-1").translate(_LATIN if latin else _COMBINED)
    return value.replace("_XX¡", "_XX_!!") if latin else value


def read(value: str) -> str:
    """The text of a value; never fails. An underscore that begins no combination is one."""
    text = _TOKENS.sub(lambda token: _READ[token[0]], value)
    return _ESCAPED.sub(_extended, text) if "\x1b" in text else text


def _extended(pair: re.Match[str]) -> str:
    char = pair[1]
    if char == "\x1b":
        return " "  # reserved for a further table
    return gsm7.decode(b"\x1b" + gsm7.encode(char)) if gsm7.fits(char) else char


def septets(text: str) -> bytes:
    """A text, one septet an octet, ? for what GSM lacks."""
    if gsm7.fits(text):
        return gsm7.encode(text)
    return b"".join(gsm7.encode(char) if gsm7.fits(char) else b"?" for char in text)
