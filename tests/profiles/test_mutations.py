"""Webhooks, answers and profile files gone wrong: nothing crashes, nothing is late, and a fault names its key.

What a webhook tells is followed as far as the router, and a profile that is
sound although it has been changed must do something with its own cases.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import attrs
from msgspec import json as msgspec
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.rest import news
from chanserv.links.rest.tokens import Tokens
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.hooks import listen
from chanserv.profiles.profile import PATHS, Profile
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Asked
from chanserv.profiles.shelf import SHIPPED, Shelf
from chanserv.profiles.trying import asked, cfg, tried
from chanserv.profiles.verify.signing import PUBLIC, signed
from chanserv.toml.faults import Faults, Place
from tests import mutation

LARGEST = 65_536  # octets of a webhook that are read
TYPES = (
    b"application/json", b"application/x-www-form-urlencoded", b"text/xml", b"text/plain", b"",
    b"multipart/form-data; boundary=x", b"application/json; charset=utf-16", b"multipart/mixed; boundary=\"",
)  # fmt: skip
# What is rare in noise, and has undone others.
TOKENS = (
    b"", b"\0", b"\xff\xfe", b"%", b"%00", b"%zz", b"&", b"=", b"+", b"'", b'"', b"\\", b"\\u0000", b"\\ud800", b"\r\n",
    b"[", b"{", b"}", b"]", b",", b"null", b"true", b"NaN", b"1e999", b"-1", b"0", b"9" * 400, b"1" + b"0" * 5000,
    b"<", b"<a>", b"</a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<![CDATA[", b"&#0;", b"&#xD800;", b"<?xml version='1.0' encoding='utf-16'?>",
    b"--x\r\n", b"--x--", b"\xed\xa0\x80", b"\xc3", "☺".encode(), b"1969-12-31T23:59:59Z", b"9999-99-99", b"0001-01-01T00:00:00-23:59",
)  # fmt: skip


@cache
def profiles() -> list[Profile]:
    shelf, faults = Shelf(), Faults()
    found = [shelf.get(name, faults, Place("the shelf")) for name in shelf.names()]
    return [profile for profile in found if profile is not None]


def stained(chance: random.Random, octets: bytes) -> bytes:
    """In one to four places: cut, doubled, turned, replaced, or grown to the limit."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(changed))
        end = min(len(changed), start + chance.choice((0, 1, 1, 2, 5, 40)))
        match chance.randrange(6):
            case 0:
                del changed[start:end]
            case 1:
                changed[start:end] = chance.randbytes(end - start + chance.randrange(3))
            case 2:
                changed[start:start] = changed[start:end] * chance.randint(1, 3)
            case 3 if chance.random() < 0.03:
                token = chance.choice(TOKENS) or bytes(changed[start:end])
                changed[start:start] = token * (LARGEST // max(1, len(token)))
            case 3 if start < len(changed):
                changed[start] ^= 1 << chance.randrange(8)
            case _:
                changed[start:end] = chance.choice(TOKENS)
    return bytes(changed[:LARGEST])


def marked(chance: random.Random, octets: bytes) -> bytes:
    """All but the first line, which says whose it is; the second, its type, now and then another's."""
    head, type, rest = octets.split(b"\n", 2)
    if chance.random() < 0.1:
        type = chance.choice(TYPES)
    return b"\n".join((head, type, stained(chance, rest)))


def written(value: Any) -> None:
    """Raises if it cannot be kept: a store writes texts in UTF-8."""
    msgspec.encode(value)


# webhooks


def webhooks() -> Iterator[bytes]:
    """Of every hook case: profile, path and cfg's case; type; method, query, headers and body."""
    for number, profile in enumerate(profiles()):
        for which, case in enumerate(profile.tests):
            if case.kind != "send":
                one = _genuine(profile, case)
                head = f"{number} {which} {case.path or PATHS[case.kind]} {one.method}".encode()
                type = one.headers.get("content-type", "").encode()
                yield b"\n".join((head, type, one.query.encode() + b"\n" + one.body))


def _genuine(profile: Profile, case: CaseTest) -> Asked:
    return signed(profile.guard, asked(case), _keys(profile, case), case.now) if case.signed else asked(case)


def _keys(profile: Profile, case: CaseTest) -> dict[str, str]:
    given = cfg(profile, case)
    return {**given, "public_key": PUBLIC} if case.signed and "public_key" in given else given


def hear(octets: bytes) -> None:
    """As a door does, up to what the router is told."""
    head, type, query, body = (octets + b"\n\n").split(b"\n", 3)
    number, which, path, method = head.decode().split(" ")
    profile = profiles()[int(number)]
    case = profile.tests[int(which)]
    headers = {**_genuine(profile, case).headers, "content-type": type.decode("latin-1")}
    one = Asked(method=method, url="https://gw.example/", query=query.decode("latin-1"), headers=headers, body=body)
    given = _keys(profile, case)
    profile.guard.judge(one, given, case.now)
    hooks = [hook for hook in profile.hooks if hook.path == path]
    try:
        told = listen(hooks, one, given)
    except BadField:
        return
    for country in ("BR",):
        found = news.sort(profile.name, told, country)
        written((found.replies, found.receipts, found.unclear))
    for answer in (profile.answer, *(hook.answer for hook in hooks if hook.answer)):
        answer.written(one, given)


# answers


def answers() -> Iterator[bytes]:
    """Of every answer in a send case, and of tokens: profile and status; type; body."""
    for number, profile in enumerate(profiles()):
        for case in profile.tests:
            if case.kind == "send" and case.reply is not None:
                yield f"{number} {case.status}\n{case.type or ''}\n{case.reply}".encode()
        if profile.token is not None:
            yield f'{number} 200\napplication/json\n{{"access_token": "T", "expires_in": "3600"}}'.encode()


def answer(octets: bytes) -> None:
    """As a link reads it; and as a token, where its provider gives one."""
    head, type, body = octets.split(b"\n", 2)
    number, status = map(int, head.split(b" "))
    profile = profiles()[number]
    answered = Answered(status=status, headers={"content-type": type.decode("latin-1")}, body=body)
    said = profile.replies.read(answered, {})
    written((said.id, said.reason, said.after, said.verdict.value))
    if profile.token is not None:
        written(str(Tokens(profile.token, None, Clock(), dict)._read(answered)))  # type: ignore[arg-type]


# files

VALUES = (
    "1", "-1", "true", '""', "[]", "{}", "[1]", '[""]', "[[1]]", "{ a = 1 }", "[{ a = 1 }]", '"{"', '"}"', '"{}"', '"{x}"', '"|"',
    '"{cfg.}"', '"{cfg.x}"', '"{to|}"', '"{to|cut}"', '"{to|re:\'(\'}"', '"{text|hmac:\'x\',y}"', '"a..b"', '"x = "', '"not"',
    "{ when = 1 }", '{ when = "x", then = [1] }', "1979-05-27", "nan", "inf", "1e999", "'{to|date:\"%Q\"}'", '"10.0.0.0/99"',
)  # fmt: skip
LINE = re.compile(rb"^([\w\".-]+ = )(.+)$")
KEYED = re.compile(r"[^\s:]+: \S|is not TOML|is not UTF-8")


def rewritten(chance: random.Random, octets: bytes) -> bytes:
    """A line or two gone, twice there, with another value, under another name; or as `stained`."""
    if chance.random() < 0.2:
        return stained(chance, octets)
    lines = octets.split(b"\n")
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(lines))
        match chance.randrange(6), LINE.match(lines[at]):
            case 0, _:
                del lines[at]
            case 1, _:
                lines.insert(chance.randrange(len(lines)), lines[at])
            case 2, found if found:
                lines[at] = b"x" + lines[at]
            case 3, found if found:
                other = LINE.match(chance.choice(lines))
                lines[at] = found[1] + (other[2] if other else b"0")
            case _, found if found:
                lines[at] = found[1] + chance.choice(VALUES).encode()
    return b"\n".join(lines)


def load(octets: bytes) -> None:
    """As a site's own profile; its own cases are run if it is sound."""
    folder = Path(gettempdir()) / f"profiles-gone-wrong-{id(profiles)}"
    folder.mkdir(exist_ok=True)
    file = folder / "wrong.toml"
    file.write_bytes(octets)
    faults = Faults()
    found = Shelf((str(folder),)).get("wrong", faults, Place("asked"))
    if found is None and not faults.found:
        raise AssertionError("neither a profile nor a fault")
    for fault in faults.found:
        if not KEYED.match(fault.removeprefix(f"{file}: ").removeprefix(str(SHIPPED))):
            raise AssertionError(f"names no key: {fault}")
    for case in found.tests if found else ():
        tried(found, case)  # type: ignore[arg-type] # it is one, or it has no cases


def seconds(read: Callable[[bytes], None]) -> Callable[[bytes], float]:
    """The processor's time for it."""

    def timed(octets: bytes) -> float:
        began = time.process_time()
        read(octets)
        return time.process_time() - began

    return timed


@attrs.frozen
class Lazily:
    """Originals that are made when they are first asked for: a profile takes its time."""

    made: Callable[[], Iterator[bytes]]

    def __len__(self) -> int:
        return len(_made(self.made))

    def __getitem__(self, at: Any) -> Any:
        return _made(self.made)[at]


@cache
def _made(made: Callable[[], Iterator[bytes]]) -> list[bytes]:
    return list(made())


def files() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted(SHIPPED.glob("*.toml")))


MUTATIONS = [
    mutation.Mutations("webhooks", 41, Lazily(webhooks), marked, seconds(hear)),  # type: ignore[arg-type]
    mutation.Mutations("answers", 42, Lazily(answers), marked, seconds(answer)),  # type: ignore[arg-type]
    mutation.Mutations("profiles", 43, Lazily(files), rewritten, seconds(load)),  # type: ignore[arg-type]
]
INPUTS = {"webhooks": 12_000, "answers": 7_000, "profiles": 1_000}


class MutationTests(SynchronousTestCase):
    """Twenty thousand in all; `make prove` reads a million of each."""

    def test_twenty_thousand(self) -> None:
        """No exception but the one that says what is wrong, nothing late."""
        for each in MUTATIONS:
            self.assertEqual((), mutation.read(each, INPUTS[each.name]).late, each.name)
