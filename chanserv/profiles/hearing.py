"""[[hook]] and [answer] of a profile, compiled into `hooks`; `fault` is told what is wrong, and where."""

from __future__ import annotations

import re
from typing import Any

from chanserv.profiles import hooks, statuses
from chanserv.profiles.arguments import charset_known
from chanserv.profiles.conditions import Condition
from chanserv.profiles.expressions import Getter, Names, Scope
from chanserv.profiles.hooks import Answer, Hook
from chanserv.profiles.replies import Compiling
from chanserv.profiles.sending import Fault
from chanserv.profiles.shape import PATHS, AnswerTable, HookTable

PATH = re.compile(r"[A-Za-z0-9_./-]*")
NOTHING: tuple[Any, ...] = ("", (), [])
FOREIGN = {"mo": ("ours", "status", "reason", "map"), "status": ("text", "from", "concat")}  # the other kind's alone
TOLD = {"mo": ("from", "to", "text", "id", "at"), "status": ("ours", "id", "status", "reason", "to", "at")}


def path(table: HookTable) -> str:
    """Where it listens, behind the secret."""
    return (table.path or PATHS.get(table.kind, "")).strip("/")


def hook(table: HookTable, alone: bool, names: Names, fault: Fault) -> Hook:
    """`alone`: bodies are signed, and what stands beside them is not; `names` are those of a tree."""
    compiling = Compiling(names, fault)
    _octets(table, fault)
    _whole_of_its_kind(table, fault)
    return Hook(
        kind=table.kind,
        path=path(table),
        verify=table.verify,
        alone=alone and table.verify,
        parse=table.parse,
        charset=table.charset,
        each=tuple(_batch(way, compiling) for way in table.each),
        when=compiling.condition(table.when, "when"),
        read=_read(table, compiling),
        answer=answer(table.answer, names, lambda why, *keys: fault(why, "answer", *keys)) if table.answer else None,
        hold=table.concat.hold if table.concat else "",
    )


def answer(table: AnswerTable, names: Names, fault: Fault) -> Answer:
    """Of all hooks, or of one."""
    if not 200 <= table.status <= 599:
        fault("must be from 200 to 599", "status")
    body = Compiling(names, fault).template(table.body, "body")
    return Answer(status=table.status, type=table.type, body=body, error=table.error)


def _octets(table: HookTable, fault: Fault) -> None:
    """Where they come to, and what they are written in."""
    if not PATH.fullmatch(path(table)):
        fault("must be letters, digits, -, _, . and /", "path")
    if table.charset == "gsm7" or not charset_known(table.charset):
        fault(f"there is no charset {table.charset!r}", "charset")


def _whole_of_its_kind(table: HookTable, fault: Fault) -> None:
    """What it cannot do without, and what nobody would read."""
    for key in FOREIGN.get(table.kind, ()):
        if _given(table, key):
            fault(f"is nothing that a hook of kind {table.kind} has", key)
    if table.kind == "mo" and not table.sender:
        fault("is missing: a text is of somebody", "from")
    if table.kind == "status" and not table.map:
        fault("is missing: no word would mean anything", "map")
    if table.kind == "status" and not table.id and not table.ours:
        fault("is missing, and so is ours: no part could be meant", "id")


def _given(table: HookTable, key: str) -> Any:
    return getattr(table, "sender" if key == "from" else key)


def _read(table: HookTable, compiling: Compiling) -> hooks.Read:
    values = {name: compiling.expression(_given(table, name), name) for name in TOLD.get(table.kind, ())}
    stop = _never if table.stop in NOTHING else compiling.condition(table.stop, "stop")
    return _mo(table, values, stop, compiling) if table.kind == "mo" else _status(table, values, stop, compiling)


def _mo(table: HookTable, values: hooks.Values, stop: Condition, compiling: Compiling) -> hooks.Read:
    concat = table.concat
    if concat is None:
        return hooks.hear(values, stop, None)
    ref, count, index = (compiling.expression(getattr(concat, key), "concat", key) for key in ("ref", "count", "index"))
    return hooks.hear(values, stop, (ref, count, index))


def _status(table: HookTable, values: hooks.Values, stop: Condition, compiling: Compiling) -> hooks.Read:
    try:
        return hooks.tell(values, stop, statuses.compiled(table.map))
    except ValueError as wrong:
        compiling.fault(str(wrong), "map")
        return hooks.tell(values, stop, statuses.compiled({}))


def _never(scope: Any) -> bool:
    return False


def _batch(written: str, compiling: Compiling) -> Getter:
    if not written:
        compiling.fault("'' is no path", "each")
    return _whole if written == "." else compiling.expression(written, "each")


def _whole(scope: Scope) -> Any:
    """The body itself, or the item it is in."""
    return scope.levels[-1]
