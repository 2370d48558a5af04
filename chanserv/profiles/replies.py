"""What a provider's answer to a part means: [send.reply] of a profile.

By itself 2xx is accepted, 429 throttled, 401 denied, 408 and 5xx to be tried
again, and all else failed; the profile's cases go before. No connection, no time
and no store are known here: an answer that never came has no meaning either.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs

from chanserv.errors import BadField
from chanserv.message import Verdict, line
from chanserv.profiles import conditions, expressions, templates
from chanserv.profiles.conditions import Condition
from chanserv.profiles.expressions import Getter, Names, Scope
from chanserv.profiles.filters import number, short, text
from chanserv.profiles.paths import items
from chanserv.profiles.sending import Fault
from chanserv.profiles.shape import CaseTable, ReplyTable
from chanserv.profiles.templates import Made
from chanserv.profiles.trees import Tree, sniff, tree

MOST_IDS = 255  # of one text: GSM counts no further
LONGEST_AFTER = 3600.0  # seconds a provider may have us wait

# Beside 2xx, which is accepted, 5xx, which is to be tried again, and what has failed (RFC 9110, 15.5; RFC 6585, 4).
USUAL = {401: "denied", 408: "retry", 429: "throttled"}

VERDICTS = {
    "accepted": Verdict.TAKEN,
    "retry": Verdict.LATER,
    "throttled": Verdict.LATER,
    "failed": Verdict.REFUSED,
    "stopped": Verdict.REFUSED,
    "denied": Verdict.LATER,
}


@attrs.frozen(kw_only=True)
class Said:
    """What an answer means. `word` is the profile's: see VERDICTS."""

    word: str
    id: str = ""
    more: tuple[str, ...] = ()  # ids of the further parts that the provider has made of it
    reason: str = ""
    after: float = 0.0  # seconds until the next try; 0: ours to choose

    @property
    def verdict(self) -> Verdict:
        return VERDICTS[self.word]


@attrs.frozen(kw_only=True)
class Answered:
    """An answer to one of our requests. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""


@attrs.frozen
class _Case:
    when: Condition
    then: str
    reason: Made
    after: Getter


@attrs.frozen
class Replies:
    """Reads answers."""

    parse: str | None
    ok: Condition
    id: Getter
    reason: Getter
    cases: tuple[_Case, ...]

    def read(self, answered: Answered, cfg: Mapping[str, Tree]) -> Said:
        """Never fails: what cannot be read is an answer without anything in it."""
        answered = attrs.evolve(answered, body=answered.body.removeprefix(BOM_UTF8))  # scripts are saved with it
        ours = {"cfg": cfg, "http": answered.status, "header": answered.headers, "body": answered.body}
        scope = Scope(ours, (self._tree(answered),))
        for case in self.cases:
            if case.when(scope):
                return self._said(scope, case.then, text(case.reason(scope)), number(case.after(scope)))
        return self._said(scope, self._usual(scope, answered.status), "", _retry_after(answered))

    def _tree(self, answered: Answered) -> Tree:
        kind = self.parse or sniff(answered.headers.get("content-type", ""), answered.body)
        try:
            return tree(kind, answered.body, content_type=answered.headers.get("content-type", ""))
        except BadField:
            return None

    def _ids(self, scope: Scope) -> list[str]:
        """One a part that the provider has made; one that is empty where it gives none."""
        found = dict.fromkeys(short(each) for each in items(self.id(scope))[:MOST_IDS])
        return [id for id in found if id] or [""]

    def _usual(self, scope: Scope, status: int) -> str:
        if 200 <= status < 300:
            return "accepted" if self.ok(scope) else "failed"
        return USUAL.get(status, "retry" if status >= 500 else "failed")

    def _said(self, scope: Scope, word: str, reason: str, after: float | None) -> Said:
        if word == "accepted":
            ids = self._ids(scope)
            return Said(word=word, id=ids[0], more=tuple(ids[1:]))
        told = reason or text(self.reason(scope)) or f"HTTP {scope.ours['http']}"
        return Said(word=word, reason=line(told), after=min(max(after or 0.0, 0.0), LONGEST_AFTER))


def _retry_after(answered: Answered) -> float | None:
    """Seconds; a date is left to our own back-off (RFC 9110, 10.2.3)."""
    return number(answered.headers.get("retry-after"))


def compiled(table: ReplyTable, names: Names, fault: Fault) -> Replies:
    """`names` are those of a tree; `fault` is told what is wrong, and where."""
    compiling = Compiling(names, fault)
    return Replies(
        parse=table.parse,
        ok=compiling.condition(table.ok, "ok"),
        id=compiling.expression(table.id, "id"),
        reason=compiling.expression(table.reason, "reason"),
        cases=tuple(compiling.case(one, nth) for nth, one in enumerate(table.case, 1)),
    )


@attrs.frozen
class Compiling:
    """Expressions, conditions and templates on one tree, faults told."""

    names: Names
    fault: Fault

    def expression(self, written: str, *keys: str | int) -> Getter:
        getter: Getter = self._told(expressions.compiled, written, *keys) if written else _nothing
        return getter

    def condition(self, written: Any, *keys: str | int) -> Condition:
        compiled: Condition = _holds if written in ("", (), []) else self._told(conditions.compiled, written, *keys)
        return compiled

    def template(self, written: str, *keys: str | int) -> Made:
        made: Made = self._told(templates.compiled, written, *keys)
        return made

    def key(self, written: str, *keys: str | int) -> Made:
        """A template that is nothing where one of its values is: words around an empty key are everybody's."""
        made: Made = self._told(partial(templates.compiled, needing=True), written, *keys)
        return made

    def case(self, table: CaseTable, nth: int) -> _Case:
        """The `nth`, from 1."""
        return _Case(
            self.condition(table.when, "case", nth, "when"),
            table.then,
            self.template(table.reason, "case", nth, "reason"),
            self.expression(table.after, "case", nth, "after"),
        )

    def _told(self, compile: Any, written: Any, *keys: str | int) -> Any:
        try:
            return compile(written, self.names)
        except ValueError as wrong:
            self.fault(str(wrong), *keys)
            return _nothing


def _holds(scope: Scope) -> bool:
    return True


def _nothing(scope: Scope) -> Any:
    return None
