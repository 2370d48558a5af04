"""What a request of ours holds that hands over a part: to, from, text, and our id of it.

Where they stand, the profile shows: it makes requests of two parts that differ
in one thing, and the requests differ where that thing is. A value that was
digested, or cut, cannot be read again; it is empty then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs

from chanserv import reference
from chanserv.errors import BadField
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.profile import Profile
from chanserv.profiles.requests import Request
from chanserv.profiles.stub.leaves import Place, page
from chanserv.profiles.stub.spelling import READERS, Read
from chanserv.profiles.trying import ours as named

# Two of each; texts in either alphabet, since a profile may write one of them otherwise. A number's digits are its own.
TEXTS = (("one text to try", "another to try"), ("texto № ☺ одно", "другое ☺ слово"))
NUMBERS = ("+12065550111", "+12065559876")
LEAST_DIGITS = 7  # of an international number
OURS = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
URL = re.compile(r"https?://[^\s\"'<>\\]+")


@attrs.frozen(kw_only=True)
class Part:
    """What was found. `callbacks`: URLs of ours in it, by the hook's path."""

    to: str = ""
    sender: str = ""
    text: str = ""
    ours: str = ""
    callbacks: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class _Seat:
    """Where a value stands, and how it is read there."""

    place: Place
    before: bytes
    behind: bytes
    read: Read

    def value(self, leaves: Mapping[Place, bytes]) -> str:
        octets = leaves.get(self.place, b"")
        if len(octets) < len(self.before + self.behind) or not octets.startswith(self.before):
            return ""
        if not octets.endswith(self.behind):
            return ""
        try:
            return self.read(octets[len(self.before) : len(octets) - len(self.behind)])
        except ValueError:
            return ""


@attrs.frozen
class _Alphabet:
    """How texts of one alphabet are handed over: their seats, and what else the request says then."""

    seats: tuple[_Seat, ...]
    marks: Mapping[Place, bytes]

    def agreeing(self, leaves: Mapping[Place, bytes]) -> int:
        return sum(leaves.get(place) == value for place, value in self.marks.items())


class Hearing:
    """Reads the requests of one account."""

    def __init__(self, profile: Profile, cfg: Mapping[str, str]) -> None:
        self._profile = profile
        self._cfg = cfg
        self._to = self._seats("to", *NUMBERS)
        self._sender = self._seats("from", *NUMBERS)
        self._alphabets = [self._alphabet(*pair) for pair in TEXTS]
        self._token_path = self._path_of_token()

    def part(self, request: Request) -> Part:
        """As far as it can be found. Never fails."""
        leaves = page(request).leaves()
        said = [value.decode("utf-8", "replace") for value in leaves.values()]
        references = (match[0] for one in said for match in OURS.finditer(one))
        return Part(
            to=_first(self._to, leaves),
            sender=_first(self._sender, leaves),
            text=self._text(leaves),
            ours=next((each for each in references if reference.read(each)), ""),
            callbacks={path: url for path in self._profile.paths for url in _callbacks(said, path)},
        )

    def wants_token(self, request: Request) -> bool:
        """Is it for the token, and not for a part? Something may stand in front of its path."""
        path = request.urls[0].partition("?")[0]
        return bool(self._token_path) and path.endswith(self._token_path)

    def _text(self, leaves: Mapping[Place, bytes]) -> str:
        ways = sorted(self._alphabets, key=lambda way: -way.agreeing(leaves))
        return next((found for way in ways if (found := _first(way.seats, leaves))), "")

    def _alphabet(self, one: str, other: str) -> _Alphabet:
        seats = self._seats("text", one, other)
        taken = {seat.place for seat in seats}
        leaves = self._leaves({"text": one})
        return _Alphabet(seats, {place: value for place, value in leaves.items() if place not in taken})

    def _seats(self, name: str, one: str, other: str) -> tuple[_Seat, ...]:
        first, second = self._leaves({name: one}), self._leaves({name: other})
        differing = [place for place, value in first.items() if second.get(place) not in (None, value)]
        found = (_seat(place, (first[place], one), (second[place], other)) for place in differing)
        seats = tuple(seat for seat in found if seat is not None)
        return seats or tuple(_Seat(place, b"", b"", bytes.decode) for place in differing if name != "text")

    def _leaves(self, given: Mapping[str, str]) -> dict[Place, bytes]:
        case = CaseTest(
            what="",
            cfg=dict(self._cfg),
            to=given.get("to", NUMBERS[0]),
            sender=given.get("from", NUMBERS[0]),
            text=given.get("text", "x"),
        )
        try:
            assert self._profile.send is not None, "who makes a stub has looked"
            return page(self._profile.send.request(named(self._profile, case))).leaves()
        except BadField:
            return {}

    def _path_of_token(self) -> str:
        if self._profile.token is None:
            return ""
        case = CaseTest(what="", cfg=dict(self._cfg))
        try:
            return "/" + "/".join(page(self._profile.token.sending.request(named(self._profile, case))).segments)
        except BadField:
            return ""


def _first(seats: tuple[_Seat, ...], leaves: Mapping[Place, bytes]) -> str:
    return next((value for seat in seats if (value := seat.value(leaves))), "")


def _seat(place: Place, *pairs: tuple[bytes, str]) -> _Seat | None:
    """One that reads both."""
    for read in _readings():
        for before, behind in _around(*pairs[0]):
            seat = _Seat(place, before, behind, read)
            if all(seat.value({place: octets}) == value for octets, value in pairs):
                return seat
    return None


def _readings() -> Iterator[Read]:
    yield from READERS
    yield lambda octets: _with_plus(octets.decode())


def _with_plus(number: str) -> str:
    """A short code has none."""
    return f"+{number}" if number.isdecimal() and len(number) >= LEAST_DIGITS else number


def _around(octets: bytes, value: str) -> Iterator[tuple[bytes, bytes]]:
    """What may stand about it: nothing, or what does where it stands as it is."""
    yield b"", b""
    plain = value.removeprefix("+").encode()
    if plain in octets:
        before, _, behind = octets.partition(plain)
        yield before, behind
        yield before.removesuffix(b"+"), behind


def _callbacks(said: list[str], path: str) -> Iterator[str]:
    for one in said:
        for match in URL.finditer(one):
            if match[0].partition("?")[0].endswith("/" + path):
                yield match[0]
