"""[[test]] of a profile: what is sent, and what comes of what is said, as examples that can be tried.

A send case is a part, the request it must become, an answer, and what that must
mean. A hook case is a request to us, and the news it must be. `tried` runs one
and tells each difference in words; the same cases drive the stub of a provider.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs

from chanserv.toml.files import Table
from chanserv.toml.shapes import Reader


@attrs.frozen(kw_only=True)
class CaseTest:
    """[[test]]"""

    what: str  # in words
    kind: Literal["send", "mo", "status"] = "send"
    cfg: dict[str, str] = attrs.field(factory=dict)  # what the account gives; the rest is made up
    # send: the part
    to: str = "+12065550111"
    sender: str = attrs.field(default="+12065550100", metadata={"key": "from"})
    text: str = "Hi"
    id: str = "<id>"
    now: float = 1_700_000_000.0
    nonce: str = "nonce"
    # the request: ours to a provider, or a provider's to us
    method: str | None = None
    path: str | None = None  # hook: behind the secret
    url: str | None = None
    headers: dict[str, str] = attrs.field(factory=dict)
    query: Any = None  # table, or the text itself
    form: Any = None
    json: Any = None
    xml: str | None = None
    body: str | None = None
    signed: bool = False  # hook: as [[verify]] wants it; means = { refused = "…" } is what a wrong one must be told
    parts: int | None = None  # send: so many requests it must become
    # what a provider answers (send), or must be answered (hook)
    status: int | None = None
    type: str | None = None
    reply: str | None = None
    # what it means
    means: Any = None


def cases(rows: Sequence[Table], reader: Reader) -> tuple[CaseTest, ...]:
    return tuple(reader.draft(CaseTest, row).value for row in rows)
