"""[[test]] of a profile: what is sent, and what comes of what is said, as examples that can be tried.

A send case is a part, the request it must become, an answer, and what that must
mean. A hook case is a request to us, and the news it must be. `tried` runs one
and tells each difference in words; the same cases drive the stub of a provider.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs

from chanserv.profiles.shape import PATHS
from chanserv.toml.faults import Faults
from chanserv.toml.files import Table
from chanserv.toml.shapes import Draft, Reader


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

    @property
    def hook_path(self) -> str:
        """Hook: where it comes to, behind the secret."""
        return (PATHS[self.kind] if self.path is None else self.path).strip("/")

    @property
    def refused(self) -> str:
        """Hook: what one that is not the provider's must be told; empty: it is the provider's."""
        return str(self.means.get("refused", "")) if isinstance(self.means, dict) else ""


# Keys that say nothing of a case of this kind, such as the part that a webhook does not send.
HEARD = ("to", "from", "text", "id", "nonce", "url", "parts")
FOREIGN = {"send": ("path", "signed"), "mo": HEARD, "status": HEARD}


def cases(rows: Sequence[Table], reader: Reader) -> tuple[CaseTest, ...]:
    """Each of the tables; the reader's faults are told of what cannot be tried."""
    return tuple(_sound(reader.draft(CaseTest, row), reader.faults) for row in rows)


def _sound(draft: Draft[CaseTest], faults: Faults) -> CaseTest:
    case = draft.value
    for key in FOREIGN.get(case.kind, ()):
        if key in draft.table.entries:
            faults.add(draft.place(key), f"says nothing of a case of kind {case.kind}")
    for key in ("query", "form"):
        if not isinstance(getattr(case, key), str | dict | None):
            faults.add(draft.place(key), "must be a table or a text")
    if not isinstance(case.means, dict | None):
        if not isinstance(case.means, list) or not all(isinstance(each, dict) for each in case.means):
            faults.add(draft.place("means"), "must be a table, or a list of them")
        elif case.kind == "send":
            faults.add(draft.place("means"), "must be a table: an answer means one thing")
    return case
