"""Webhooks, answers and profile files gone wrong: nothing crashes, nothing is late, and a fault names its key.

What a webhook tells is followed as far as the router, and a profile that is
sound although it has been changed must do something with its own cases.
"""

from __future__ import annotations

import random
import re
import time
from atexit import register
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import json as msgspec
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.rest import news
from chanserv.links.rest.tokens import Tokens
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.hooks import listen
from chanserv.profiles.profile import Profile
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
    *(
        b"",
        b"\0",
        b"\xff\xfe",
        b"%",
        b"%00",
        b"%zz",
        b"&",
        b"=",
        b"+",
        b"'",
        b'"',
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\r\n",
    ),
    *(b"[", b"{", b"}", b"]", b",", b"null", b"true", b"NaN", b"1e999", b"-1", b"0", b"9" * 400, b"1" + b"0" * 5000),
    *(b"<", b"<a>", b"</a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<![CDATA[", b"&#0;", b"&#xD800;"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"--x\r\n", b"--x--", b"\xed\xa0\x80", b"\xc3", "☺".encode()),
    *(b"1969-12-31T23:59:59Z", b"9999-99-99", b"0001-01-01T00:00:00-23:59"),
)


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
                one = genuine(number, which)
                head = f"{number} {which} {case.hook_path} {one.method}".encode()
                type = one.headers.get("content-type", "").encode()
                yield b"\n".join((head, type, one.query.encode() + b"\n" + one.body))


@cache
def genuine(number: int, which: int) -> Asked:
    """A case's webhook, signed where it must be."""
    profile = profiles()[number]
    case = profile.tests[which]
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
    headers = {**genuine(int(number), int(which)).headers, "content-type": type.decode("latin-1")}
    one = Asked(method=method, url="https://gw.example/", query=query.decode("latin-1"), headers=headers, body=body)
    given = _keys(profile, case)
    profile.guard.judge(one, given, case.now)
    hooks = profile.at(path)
    try:
        told = listen(hooks, one, given)
    except BadField:
        return
    found = news.sort(profile.name, told, "BR")
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

# What a key may be given instead.
VALUES = (
    *(
        "1",
        "-1",
        "true",
        '""',
        "[]",
        "{}",
        "[1]",
        '[""]',
        "[[1]]",
        "{ a = 1 }",
        "[{ a = 1 }]",
        "1979-05-27",
        "nan",
        "1e999",
    ),
    *('"{"', '"}"', '"{}"', '"{x}"', '"|"', '"{cfg.}"', '"{cfg.x}"', '"{to|}"', '"{to|cut}"', "\"{to|re:'('}\""),
    *("\"{text|hmac:'x',y}\"", '"a..b"', '"x = "', '"not"', "'{to|date:\"%Q\"}'", '"10.0.0.0/99"'),
    *("{ when = 1 }", '{ when = "x", then = [1] }', '"' + "(a*)*" * 5 + '"'),
)
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


@cache
def _folder() -> Path:
    """Of this process, for as long as it lives."""
    folder = TemporaryDirectory()
    register(folder.cleanup)
    return Path(folder.name)


def load(octets: bytes) -> None:
    """As a site's own profile; its own cases are run if it is sound."""
    folder = _folder()
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


class Lazily(Sequence[bytes]):
    """Originals that are made when they are first asked for: profiles take their time."""

    def __init__(self, made: Callable[[], Iterator[bytes]]) -> None:
        self._made = cache(lambda: list(made()))

    def __len__(self) -> int:
        return len(self._made())

    def __getitem__(self, at: Any) -> Any:
        return self._made()[at]


def files() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted(SHIPPED.glob("*.toml")))


MUTATIONS = (
    mutation.Mutations("webhooks", 41, Lazily(webhooks), marked, seconds(hear)),
    mutation.Mutations("answers", 42, Lazily(answers), marked, seconds(answer)),
    mutation.Mutations("profiles", 43, Lazily(files), rewritten, seconds(load), share=0.05),
)
INPUTS = {"webhooks": 12_500, "answers": 7_000, "profiles": 500}

TEXTS = b'{"type":"text"},' * 999 + b"1]}}"
# Bodies as large as they may be, each the worst of its kind; with the type it has.
LARGE = {
    b"application/x-www-form-urlencoded": (
        b"a=" + b"%" * 65_000, b"a=" + b"%41" * 21_000, b"a=" + b"%zz" * 21_000, b"a=" + b"\xff" * 65_000,
        b"a=" + b"a%41" * 16_000, b"a=1&" * 999, b"&" * 65_000, b"Body=" + b"QUFB" * 16_000,
        b"From=1&Text=" + b"1" * 65_000, b"from=1&coding=0&content=" + b"%00" * 21_000,
    ),
    b"application/json": (
        b"[" * 65_000, b"[" + b"[]," * 21_000 + b"1]", b'{"results":[' + b"1," * 32_000 + b"1]}",
        b'{"a":"' + b"1" * 65_000 + b'"}',
        b'{"results":[' + b'{"messageId":"a","status":{"groupName":"DELIVERED"}},' * 999 + b"1]}",
        b'{"type":"MESSAGE","message":{"direction":"IN","from":"' + b"a" * 30_000 + b'","contents":[' + TEXTS,
        b'{"type":[' + b"{}," * 15_000 + b'1],"message":{"contents":[' + TEXTS,
        b'{"Type":"Notification","Message":"' + b'\\"messageBody\\"  :  ' * 3_000 + b'"}', b"9" * 65_000,
    ),
    b"text/xml": (
        b"<a>" + b"<b/>" * 16_000 + b"</a>", b"<a>" * 30_000, b"<a>" + b"&lt;" * 16_000 + b"</a>",
        b"<a " + b" ".join(b'a%d="1"' % number for number in range(6_000)) + b"/>",
    ),
    b"multipart/form-data; boundary=x": (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 1_200 + b"--x--",
        b"--x\r\n" + b"A: b\r\n" * 9_000, b"--x\r\n" * 13_000,
    ),
}  # fmt: skip
# Whose hooks are many, or dear: of the others each does less.
BUSY = ("jasmin", "clickatell", "messagebird", "twilio", "vonage", "infobip", "highconnection", "aws", "zenvia")


class MutationTests(SynchronousTestCase):
    """Twenty thousand in all; `make prove` reads a million."""

    def test_twenty_thousand(self) -> None:
        """No exception but the one that says what is wrong, nothing late."""
        for each in MUTATIONS:
            late = mutation.read(each, INPUTS[each.name]).late
            self.assertEqual([], [octets[:80] for octets in late], each.name)

    def test_the_largest(self) -> None:
        """A body of 64 KiB is late for nobody, whatever is in it."""
        late, timed = list[str](), seconds(hear)
        for number, profile in enumerate(profiles()):
            if profile.name not in BUSY:
                continue
            for path in profile.paths:
                for type, bodies in LARGE.items():
                    for body in bodies:
                        octets = b"\n".join(
                            (f"{number} {_case(profile, path)} {path} POST".encode(), type, b"\n" + body)
                        )
                        took = mutation.least(timed, octets[:LARGEST])
                        if took > mutation.LATE:
                            late.append(f"{profile.name}/{path}: {body[:20]!r} takes {took * 1e3:.0f} ms")
        self.assertEqual([], late)


def _case(profile: Profile, path: str) -> int:
    """One of its cases that comes to this path: it lends its account."""
    return next(which for which, case in enumerate(profile.tests) if case.kind != "send" and case.hook_path == path)
