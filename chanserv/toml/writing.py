"""Tables -> TOML: what a program hands over, as an operator would find it in a file.

One table [section.<name>] after the other, its keys a line each; whatever a key
holds stands within its line. What the keys mean is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

DEEPEST = 20  # tables and lists within a key
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_RAW = {"\x7f": "\\u007f"}  # JSON has its other escapes from where TOML has them, and lets this one stand


class Unwritable(Exception):
    """TOML has no word for this value; the message is the key it has, from its table on."""


def write(sections: Mapping[str, Mapping[str, Mapping[str, object]]]) -> str:
    """section -> name -> key -> value, as TOML. Raises Unwritable: null, a number that is none, what is too deep."""
    return "\n".join(
        f"[{_key(section)}.{_key(name)}]\n" + "".join(_lines(f"{section}.{name}", table))
        for section, tables in sections.items()
        for name, table in tables.items()
    )


def _lines(where: str, table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {written(value, f'{where}.{key}')}\n"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return "".join(_RAW.get(each, each) for each in json.dumps(text, ensure_ascii=False))


def written(value: object, where: str = "", level: int = 0) -> str:
    """A value as it stands on one line. Raises Unwritable with `where`, and the keys from there on."""
    if level > DEEPEST:
        raise Unwritable(where)
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if abs(value) < float("inf"):
            return repr(value)
        case str():
            return _text(value)
        case list():
            return "[" + ", ".join(written(each, where, level + 1) for each in value) + "]"
        case dict():
            within = (f"{_key(key)} = {written(each, f'{where}.{key}', level + 1)}" for key, each in value.items())
            return "{ " + ", ".join(within) + " }" if value else "{}"
    raise Unwritable(where)
