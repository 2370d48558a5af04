"""The profiles that are shipped: each is sound, says what an operator must know, and a case holds every part of it.

What they must say to providers, and hear from them, is in their own [[test]]
tables; a second opinion on that is `tests.interop.test_providers`.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.filters import SEARCHED
from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import NAME, SHIPPED, Shelf
from chanserv.profiles.trying import tried
from chanserv.profiles.verify.guard import Guard
from chanserv.toml.faults import Faults, Place

LEAST = 59  # profiles
PATHS = re.compile(r"(?<![\w:.}\]>/)])/(?:work|home|root|tmp|usr|opt|mnt|srv)/|\.\./")
# What keys look like that are somebody's; those of the cases are short, or say EXAMPLE.
SECRETS = re.compile(
    r"-----BEGIN|\bAKIA(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b|\b(?:AC|SK)[0-9a-f]{32}\b|\bxox[bp]-|\bKEY[0-9A-F]{32}"
)
# Regular expressions: a filter's, and what follows ~.
SOUGHT = re.compile(r"(?:\|re:|~ )'((?:[^']|'')*)'")
LATE = 0.01  # seconds of the processor's time for one look


@cache
def shipped() -> tuple[Shelf, list[str], list[Profile]]:
    """The shelf, the faults of what lies on it, and what has none. They are values: read once for all tests."""
    shelf, faults = Shelf(), Faults()
    found = [shelf.get(name, faults, Place("the shelf")) for name in shelf.names()]
    return shelf, faults.found, [profile for profile in found if profile is not None]


def without(values: tuple[Any, ...]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Each of them left out once."""
    for number in range(len(values)):
        yield number, values[:number] + values[number + 1 :]


def lacking(profile: Profile) -> Iterator[tuple[str, Profile]]:
    """The profile with one hook, meaning of an answer, or check of a signature less; which one."""
    for number, hooks in without(profile.hooks):
        yield f"hook[{number + 1}]", attrs.evolve(profile, hooks=hooks)
    for number, cases in without(profile.replies.cases):
        yield (
            f"send.reply.case[{number + 1}]",
            attrs.evolve(profile, replies=attrs.evolve(profile.replies, cases=cases)),
        )
    for number, checks in without(profile.guard.checks):
        yield f"verify[{number + 1}]", attrs.evolve(profile, guard=Guard(checks))


def texts(value: Any) -> Iterator[str]:
    """All of a file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def patterns() -> Iterator[str]:
    """Those that are looked for in what somebody else says."""
    for path in sorted(SHIPPED.glob("*.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))
        for text in texts([raw.get(section) for section in ("send", "verify", "hook", "answer")]):
            yield from (found.replace("''", "'") for found in SOUGHT.findall(text))


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """The least of three times: the collector may come by."""
    times = []
    for _ in range(3):
        began = time.process_time()
        pattern.search(text)
        times.append(time.process_time() - began)
    return min(times)


class CatalogueTests(SynchronousTestCase):
    """All of them, each mismatch with the name of its profile."""

    def setUp(self) -> None:
        self.shelf, self.faults, self.profiles = shipped()

    def holds(self, wrong: list[str]) -> None:
        self.assertEqual([], wrong, "\n" + "\n".join(wrong))

    def test_each_is_sound(self) -> None:
        """None has a fault, and none was lost since they were counted."""
        self.holds(self.faults)
        self.assertGreaterEqual(len(self.profiles), LEAST)

    def test_each_does_what_its_cases_say(self) -> None:
        """Requests, answers, webhooks, signatures: every [[test]]."""
        self.holds(
            [
                f"{profile.name}: {case.what}: {why}"
                for profile in self.profiles
                for case in profile.tests
                for why in tried(profile, case)
            ]
        )

    def test_each_part_is_held_by_a_case(self) -> None:
        """Leave out a hook, a meaning of an answer or a check of a signature, and a [[test]] fails."""
        self.holds(
            [
                f"{profile.name}: nothing needs {which}"
                for profile in self.profiles
                for which, less in lacking(profile)
                if not any(tried(less, case) for case in profile.tests)
            ]
        )

    def test_each_sends_and_is_seen_to(self) -> None:
        """There is an accepted text among the cases, and one that is not."""
        for wanted in ({"accepted"}, {"failed", "retry", "throttled", "stopped", "denied"}):
            self.holds(
                [
                    f"{profile.name}: no case is {' or '.join(sorted(wanted))}"
                    for profile in self.profiles
                    if not any(
                        case.kind == "send" and case.means["then"] in wanted for case in profile.tests if case.means
                    )
                ]
            )

    def test_what_the_operator_must_know_is_said(self) -> None:
        """Title, regions, source, how sure it is, and what each credential is, in words."""
        for profile in self.profiles:
            about = profile.about
            self.assertTrue(about.title and about.regions and about.source, profile.name)
            self.assertIn(about.confidence, ("high", "medium"), f"{profile.name}: what is a guess is not shipped")
            self.assertTrue(about.needs, profile.name)
            for key, words in about.needs.items():
                self.assertRegex(words, r"\w{2}.* \w|^\w+ \w+|\w{4}", f"{profile.name}: {key}")
                self.assertNotEqual(key, words.lower(), f"{profile.name}: {key}")
            for alternative in about.needs_one:
                self.assertLessEqual(set(alternative), set(about.needs), profile.name)

    def test_each_case_is_told_apart(self) -> None:
        """By its words: a mismatch must say which one it is."""
        for profile in self.profiles:
            whats = [case.what for case in profile.tests]
            self.assertEqual(sorted(set(whats)), sorted(whats), profile.name)

    def test_names(self) -> None:
        """Every file has a name that can be asked for, they come sorted, and titles are told apart."""
        files = [path.name for path in SHIPPED.iterdir()]
        self.assertEqual([], [name for name in files if not name.endswith(".toml") or not NAME.fullmatch(name[:-5])])
        self.assertEqual(sorted(name[:-5] for name in files), self.shelf.names())
        titles = [profile.about.title for profile in self.profiles]
        self.assertEqual(len(set(titles)), len(titles))

    def test_no_pattern_takes_long(self) -> None:
        """Whatever is repeated as far as it is looked at: one that tried every beginning and every end took 30 ms."""
        found = {re.compile(pattern) for pattern in patterns()}
        self.assertGreater(len(found), 30)
        for pattern in found:
            for word in {*pattern.pattern, "0", "a", " ", "\n", *re.findall(r"\w+", pattern.pattern)}:
                took = seconds(pattern, (word * SEARCHED)[:SEARCHED])
                self.assertLess(took, LATE, f"{pattern.pattern}: {word!r}")

    def test_nothing_of_ours_is_in_them(self) -> None:
        """No path of the machine they were written on, and no key that could be somebody's."""
        for path in SHIPPED.glob("*.toml"):
            text = path.read_text(encoding="utf-8")
            for pattern in (PATHS, SECRETS):
                found = pattern.search(text)
                self.assertIsNone(found, f"{path.name}: {found and found[0]}")
