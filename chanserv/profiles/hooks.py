"""What a provider's webhook tells: texts of handsets, statuses, opt-outs, as [[hook]] of a profile says.

One request may tell many things, or nothing that we understand: that is an
answer like any other, since a provider who is refused sends it again for days.
Whether the request is the provider's (`verify`), and what is done about what it
tells, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from chanserv.errors import BadField
from chanserv.message import Status, clean, line
from chanserv.profiles.conditions import Condition
from chanserv.profiles.expressions import Getter, Scope
from chanserv.profiles.filters import octets, short, text
from chanserv.profiles.paths import items
from chanserv.profiles.requests import Asked
from chanserv.profiles.statuses import Words
from chanserv.profiles.templates import Made
from chanserv.profiles.trees import Tree, fields, sniff, tree

MOST_ITEMS = 1_000  # of one request
LONGEST_TEXT = 20_000  # characters of a text
EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0  # 2000-01-01 and 2100-01-01: a date beyond them is none


@attrs.frozen(kw_only=True)
class Heard:
    """A text of a handset (MO), or a part of one: (reference, count, index from 1). `stop`: no text, but an opt-out."""

    sender: str
    to: str = ""
    text: str = ""
    id: str = ""
    at: float = 0.0
    segment: tuple[str, int, int] | None = None
    stop: bool = False


@attrs.frozen(kw_only=True)
class Told:
    """The fate of a part, by our id of it or by the provider's. `stop`: and who got it wants no more."""

    ours: str
    id: str
    status: Status | None  # None: a word that changes nothing
    word: str = ""  # the provider's own
    reason: str = ""
    to: str = ""
    at: float = 0.0
    stop: bool = False


@attrs.frozen(kw_only=True)
class Unclear:
    """Something was told that means nothing to the profile: why."""

    why: str


News = Heard | Told | Unclear
Read = Callable[[Scope], News]
Values = Mapping[str, Getter]


@attrs.frozen(kw_only=True)
class Hook:
    """One [[hook]], compiled."""

    kind: str  # mo or status
    path: str
    verify: bool
    alone: bool  # the query's fields are not among the body's
    parse: str | None
    charset: str
    each: tuple[Getter, ...]
    when: Condition
    read: Read
    answer: Answer | None
    hold: str = ""

    def scope(self, asked: Asked, cfg: Mapping[str, Tree]) -> Scope:
        """The body, read. Raises BadField."""
        query = fields(asked.query, self.charset)
        return Scope(named(asked, cfg, query), (self._tree(asked, {} if self.alone else query),))

    def told(self, scope: Scope) -> list[News]:
        """What a body tells this hook. Raises BadField."""
        return [self.read(each) for each in self._items(scope) if self.when(each)]

    def _tree(self, asked: Asked, query: dict[str, Tree]) -> Tree:
        if not asked.body and self.parse in (None, "form"):
            return query
        content_type = asked.headers.get("content-type", "")
        kind = self.parse or sniff(content_type, asked.body)
        found = tree(kind, asked.body, self.charset, content_type)
        return {**query, **found} if kind in ("form", "multipart") else found

    def _items(self, scope: Scope) -> list[Scope]:
        scopes = [scope]
        for batch in self.each:
            batches = [(one, items(batch(one))) for one in scopes]
            if sum(len(found) for _, found in batches) > MOST_ITEMS:
                raise BadField(f"more than {MOST_ITEMS} items")
            scopes = [one.within(item, number) for one, found in batches for number, item in enumerate(found)]
        return scopes


def listen(hooks: Sequence[Hook], asked: Asked, cfg: Mapping[str, Tree]) -> list[News]:
    """What one request tells all of them, hook by hook; it is read once, as long as they read it alike.

    Raises BadField if its body is not what it must be.
    """
    read, told = dict[tuple[str | None, str, bool], Scope](), list[News]()
    for hook in hooks:
        way = hook.parse, hook.charset, hook.alone
        if way not in read:
            read[way] = hook.scope(asked, cfg)
        told += hook.told(read[way])
    return told


# What an expression of [[hook]] may name with a $.
NAMED = ("cfg", "query", "header", "method", "body", "index")


def named(asked: Asked, cfg: Mapping[str, Tree], query: dict[str, Tree]) -> dict[str, Tree]:
    """Those names' values."""
    return {
        "cfg": cfg, "query": query, "header": asked.headers, "method": asked.method, "body": asked.body, "index": 0,
    }  # fmt: skip


@attrs.frozen(kw_only=True)
class Answer:
    """What a webhook is answered, as the profile has it."""

    status: int
    type: str
    body: Made
    error: str

    def written(self, asked: Asked, cfg: Mapping[str, Tree]) -> bytes:
        """Its body, for this request."""
        return octets(self.body(Scope(named(asked, cfg, fields(asked.query)))))


def hear(values: Values, stop: Condition, concat: tuple[Getter, Getter, Getter] | None) -> Read:
    """Reads an MO."""

    def read(scope: Scope) -> News:
        sender = short(values["from"](scope))
        if not sender:
            return Unclear(why="an MO without a sender")
        return Heard(
            sender=sender,
            to=short(values["to"](scope)),
            text=clean(text(values["text"](scope))[:LONGEST_TEXT]),
            id=short(values["id"](scope)),
            at=_instant(values["at"](scope)),
            segment=_segment(scope, concat) if concat else None,
            stop=stop(scope),
        )

    return read


def tell(values: Values, stop: Condition, words: Words) -> Read:
    """Reads a status."""

    def read(scope: Scope) -> News:
        ours, id = short(values["ours"](scope)), short(values["id"](scope))
        if not ours and not id:
            return Unclear(why="a status without an id")
        word = short(values["status"](scope))
        try:
            status = words(word)
        except LookupError:
            return Unclear(why=f"a status that is not in the profile: {line(word)[:40]}")
        return Told(
            ours=ours,
            id=id,
            status=status,
            word=word,
            reason=line(text(values["reason"](scope)) or word),
            to=short(values["to"](scope)),
            at=_instant(values["at"](scope)),
            stop=stop(scope),
        )

    return read


def _instant(value: Tree) -> float:
    return float(value) if isinstance(value, int | float) and EARLIEST <= value <= LATEST else 0.0


def _segment(scope: Scope, concat: tuple[Getter, Getter, Getter]) -> tuple[str, int, int] | None:
    """Where a part belongs; None: it is a whole text."""
    reference, count, index = (short(getter(scope)) for getter in concat)
    if not (reference and all(word.isdecimal() and len(word) <= 4 for word in (count, index))):
        return None
    return (reference, int(count), int(index)) if 1 <= int(index) <= int(count) <= 255 else None
