"""A profile: its tables read, everything in it compiled, every fault told with its key.

What a link of an account holds of its provider is one of these. Where profiles
lie, and which extends which, `shelf` knows; what an account adds, its settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from chanserv.profiles import hearing, hooks, replies
from chanserv.profiles.cases import CaseTest, cases
from chanserv.profiles.expressions import Names
from chanserv.profiles.hearing import PATHS as PATHS
from chanserv.profiles.hooks import Answer, Hook
from chanserv.profiles.replies import Compiling, Replies
from chanserv.profiles.requests import Request
from chanserv.profiles.sending import Compiler, Fault, Sending
from chanserv.profiles.shape import About, AnswerTable, HookTable, SendTable, VerifyTable
from chanserv.profiles.trees import Tree
from chanserv.profiles.verify import checks
from chanserv.profiles.verify.checks import Check
from chanserv.profiles.verify.guard import Guard
from chanserv.toml.faults import Faults
from chanserv.toml.files import Table, Tables
from chanserv.toml.shapes import Draft, Reader

SECTIONS = ("profile", "send", "verify", "hook", "answer", "test")

# What [send] may name beside cfg and hook; see docs/profiles.rst.
SENT = ("text", "to", "from", "id", "message", "part", "gsm7", "reply", "channel", "validity", "now", "nonce")


class Sends(Protocol):
    """A part -> the request that hands it over: `sending.Sending`, or what else can make one."""

    def request(self, ours: Mapping[str, Tree]) -> Request:
        """Raises BadField if no request can be made of these values."""


@attrs.frozen(kw_only=True)
class Token:
    """How a token is fetched, and what the answer says of it."""

    sending: Sending
    value: Any
    ttl: Any
    default_ttl: float
    value_at: str  # where those two stand: the paths alone
    ttl_at: str


@attrs.frozen(kw_only=True)
class Profile:
    """Everything about one provider."""

    name: str
    about: About
    send: Sends | None  # None: nothing is sent by it
    split: tuple[int, int]  # characters a request may hold, of GSM and of others; 0: all
    token: Token | None
    replies: Replies
    guard: Guard
    hooks: tuple[Hook, ...]
    answer: Answer
    tests: tuple[CaseTest, ...]

    def cfg(self, given: Mapping[str, str]) -> dict[str, str]:
        """What `cfg` is for an account that gives these."""
        return {**self.about.options, **given}

    def lacks(self, given: Mapping[str, str]) -> list[str]:
        """Keys that an account must give, and does not: those it needs, and of several sets the first."""
        sets = self.about.needs_one
        whole = not sets or any(all(given.get(key) for key in each) for each in sets)
        alternative = () if whole else sets[0]
        several = {key for each in sets for key in each}
        return [key for key in self.about.needs if not given.get(key) and (key not in several or key in alternative)]

    @property
    def features(self) -> tuple[str, ...]:
        """What it can: sends, statuses, receives; signed: its webhooks show that they are the provider's."""
        kinds = {hook.kind for hook in self.hooks}
        has = {
            "sends": self.send is not None,
            "statuses": "status" in kinds,
            "receives": "mo" in kinds,
            "signed": bool(self.guard.checks),
        }
        return tuple(name for name, is_so in has.items() if is_so)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hook.path for hook in self.hooks))


def read(name: str, table: Table, faults: Faults) -> Profile:
    """`table` as a profile; where `faults` has found anything it is not to be used."""
    return _Reading(name, table, faults).profile()


class _Reading:
    """One profile's tables."""

    def __init__(self, name: str, table: Table, faults: Faults) -> None:
        self._name = name
        self._table = table
        self._faults = faults
        self._cfg: tuple[str, ...] | None = None  # keys; None: nobody knows
        self._reader = Reader(faults)
        for key, node in table.entries.items():
            if key not in SECTIONS:
                faults.add(node.place, "is not known here; there are " + ", ".join(SECTIONS))

    def profile(self) -> Profile:
        about = self._reader.draft(About, self._section("profile"))
        drafts = [self._reader.draft(HookTable, row) for row in self._rows("hook")]
        self._cfg = (*about.value.needs, *about.value.options) if about.sound("needs", "options") else None
        paths = {hearing.path(draft.value) for draft in drafts}
        answer = self._reader.draft(AnswerTable, self._section("answer"))
        send = self._reader.draft(SendTable, self._section("send")) if "send" in self._table.entries else None
        guard = Guard(tuple(self._check(self._reader.draft(VerifyTable, row)) for row in self._rows("verify")))
        alone = guard.leaves_the_query
        return Profile(
            name=self._name,
            about=about.value,
            **self._sending(send, paths),
            guard=guard,
            hooks=tuple(hearing.hook(draft.value, alone, self._heard, self._fault(draft)) for draft in drafts),
            answer=hearing.answer(answer.value, self._heard, self._fault(answer)),
            tests=cases(self._rows("test"), self._reader),
        )

    @property
    def _heard(self) -> Names:
        return Names({**dict.fromkeys(hooks.NAMED), "cfg": self._cfg}, tree=True)

    def _section(self, name: str) -> Table:
        match self._table.entries.get(name):
            case None:
                if name == "profile":
                    self._faults.add(self._table.place / name, "is missing")
                return Table(self._table.place / name)
            case Table() as table:
                return table
            case other:
                self._faults.add(other.place, "must be a table")
                return Table(other.place)

    def _rows(self, name: str) -> tuple[Table, ...]:
        match self._table.entries.get(name):
            case None:
                return ()
            case Tables(rows=rows):
                return rows
            case Table() as table:
                return (table,)
            case other:
                self._faults.add(other.place, f"must be tables [[{name}]]")
                return ()

    def _sending(self, draft: Draft[SendTable] | None, paths: set[str]) -> dict[str, Any]:
        ours = {**dict.fromkeys(SENT), "cfg": self._cfg, "hook": paths}
        answered = Names({"cfg": self._cfg, "http": None, "header": None, "body": None}, tree=True)
        if draft is None:
            reading = SendTable()
            return {"send": None, "split": (0, 0), "token": None, "replies": self._replies(reading, answered, None)}
        table, fault = draft.value, self._fault(draft)
        token = self._token(table, Names(ours), answered, fault) if table.token else None
        names = Names({**ours, "token": None} if token or not draft.sound("token") else ours)
        for key in ("split", "split_other"):
            if (characters := getattr(table, key)) is not None and characters < 1:
                fault("must be above 0", key)
        return {
            "send": Compiler(names, fault).sending(table),
            "split": (table.split or 0, table.split_other or table.split or 0),
            "token": token,
            "replies": self._replies(table, answered, fault),
        }

    def _replies(self, table: SendTable, names: Names, fault: Fault | None) -> Replies:
        told = fault or _untold
        return replies.compiled(table.reply, names, lambda why, *keys: told(why, "reply", *keys))

    def _token(self, table: SendTable, names: Names, answered: Names, fault: Fault) -> Token:
        assert table.token is not None, "the caller has looked"

        def told(why: str, *keys: str | int) -> None:
            fault(why, "token", *keys)

        reading = Compiling(answered, told)
        return Token(
            sending=Compiler(names, told).sending(table.token),
            value=reading.expression(table.token.value, "value"),
            ttl=reading.expression(table.token.ttl, "ttl"),
            default_ttl=table.token.default_ttl,
            value_at=_place(table.token.value),
            ttl_at=_place(table.token.ttl),
        )

    def _check(self, draft: Draft[VerifyTable]) -> tuple[str, Check]:
        table, fault = draft.value, self._fault(draft)
        for why, key in checks.lacking(table):
            fault(why, key)
        compiling = Compiling(checks.names(self._cfg), fault)
        return table.scheme, Check(
            when=compiling.condition(table.when, "when"),
            wanted=compiling.condition(checks.of_the_account(table.when), "when"),
            given=compiling.expression(table.given, "given"),
            given_at=_place(table.given),
            time_at=_place(table.time),
            keyed=table.keyed,
            key=compiling.key(table.key, "key"),
            basic=tuple(compiling.template(each, "basic") for each in table.basic),
            hash=table.hash,
            encode=table.encode,
            over=tuple(compiling.template(each, "over") for each in table.over),
            over_written=table.over,
            time=compiling.expression(table.time, "time") if table.time else None,
            max_age=table.max_age,
            claims=table.claims,
            url_claim=table.url_claim,
            body_claim=table.body_claim,
            networks=table.networks,
        )

    def _fault(self, draft: Draft[Any]) -> Fault:
        """Tells what is wrong with a key; nothing more of one that is told to be of the wrong type."""

        def told(why: str, *keys: str | int) -> None:
            if draft.sound(str(keys[0])):
                self._faults.add(draft.place(*keys), why)

        return told


def _place(expression: str) -> str:
    """Where an expression looks first: `header.x-sig`."""
    return expression.partition("|")[0].partition(" or ")[0].strip()


def _untold(why: str, *keys: str | int) -> None:
    """Nothing is written there."""
