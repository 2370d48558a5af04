"""A profile: its tables read, everything in it compiled, every fault told with its key.

What a link of an account holds of its provider is one of these. Where profiles
lie, and which extends which, `shelf` knows; what an account adds, its settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from chanserv.profiles import hearing, hooks, replies
from chanserv.profiles.cases import CaseTest, cases
from chanserv.profiles.expressions import Getter, Names
from chanserv.profiles.hooks import Answer, Hook
from chanserv.profiles.replies import Compiling, Replies
from chanserv.profiles.requests import Request
from chanserv.profiles.sending import Compiler, Fault, Sending
from chanserv.profiles.shape import About, AnswerTable, HookTable, SendTable, VerifyTable
from chanserv.profiles.trees import Tree
from chanserv.profiles.verify import checks
from chanserv.profiles.verify.checks import Check
from chanserv.profiles.verify.guard import Guard
from chanserv.toml import files
from chanserv.toml.faults import Faults
from chanserv.toml.files import Table
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
    value: Getter
    ttl: Getter
    default_ttl: float
    value_at: str  # where those two stand: the paths alone
    ttl_at: str


@attrs.frozen(kw_only=True)
class Written:
    """Its tables as they stand, for whoever describes it."""

    send: SendTable | None = None
    verify: tuple[VerifyTable, ...] = ()
    hooks: tuple[HookTable, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """Templates of all that its requests go to."""
        if self.send is None:
            return ()
        token = self.send.token
        return tuple(url for url in (self.send.url, *self.send.urls, token.url if token else None) if url)


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
    written: Written = Written()

    def cfg(self, given: Mapping[str, str]) -> dict[str, str]:
        """What `cfg` is for an account that gives these."""
        return {**self.about.options, **given}

    def lacks(self, given: Mapping[str, str]) -> list[str]:
        """Keys that an account must give, and does not: those it needs, and of several sets the one it has most of."""
        sets = self.about.needs_one
        whole = not sets or any(all(given.get(key) for key in each) for each in sets)
        alternative = () if whole else max(sets, key=lambda each: sum(bool(given.get(key)) for key in each))
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

    def at(self, path: str) -> tuple[Hook, ...]:
        """The hooks that listen there."""
        return tuple(hook for hook in self.hooks if hook.path == path)

    def answered_by(self, hooks: Sequence[Hook]) -> Answer:
        """What a request is answered that these have heard: the first that has an answer of its own decides."""
        return next((hook.answer for hook in hooks if hook.answer is not None), self.answer)


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
        files.refuse_others(table, SECTIONS, faults)
        if "profile" not in table.entries:
            faults.add(table.place / "profile", "is missing")

    def profile(self) -> Profile:
        about = self._reader.draft(About, self._section("profile"))
        drafts = [self._reader.draft(HookTable, row) for row in self._rows("hook")]
        self._cfg = (*about.value.needs, *about.value.options) if about.sound("needs", "options") else None
        paths = {hearing.path(draft.value) for draft in drafts}
        answer = self._reader.draft(AnswerTable, self._section("answer"))
        send = self._reader.draft(SendTable, self._section("send")) if "send" in self._table.entries else None
        verify = [self._reader.draft(VerifyTable, row) for row in self._rows("verify")]
        guard = Guard(tuple(map(self._check, verify)))
        alone = guard.leaves_the_query
        return Profile(
            name=self._name,
            about=about.value,
            **self._sending(send, paths),
            guard=guard,
            hooks=tuple(hearing.hook(draft.value, alone, self._heard, self._fault(draft)) for draft in drafts),
            answer=hearing.answer(answer.value, self._heard, self._fault(answer)),
            tests=cases(self._rows("test"), self._reader),
            written=Written(
                send=send.value if send else None,
                verify=tuple(draft.value for draft in verify),
                hooks=tuple(draft.value for draft in drafts),
            ),
        )

    @property
    def _heard(self) -> Names:
        return Names({**dict.fromkeys(hooks.NAMED), "cfg": self._cfg}, tree=True)

    def _section(self, name: str) -> Table:
        return files.section(self._table, name, self._faults)

    def _rows(self, name: str) -> tuple[Table, ...]:
        return files.rows(self._table, name, self._faults, one=True)

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
