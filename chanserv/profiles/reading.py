"""A profile's tables read, everything in them compiled, every fault told with its key.

Nothing is sent, heard or tried here, and no file is opened: which tables a profile has, `shelf` knows.
"""

from __future__ import annotations

from typing import Any

from chanserv.profiles import hearing, hooks, replies
from chanserv.profiles.cases import cases
from chanserv.profiles.expressions import Names
from chanserv.profiles.profile import Profile, Token, Written
from chanserv.profiles.replies import Compiling, Replies
from chanserv.profiles.sending import Compiler, Fault
from chanserv.profiles.shape import About, AnswerTable, HookTable, SendTable, VerifyTable
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
