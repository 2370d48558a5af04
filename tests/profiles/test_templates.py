"""Texts with expressions in them: one pass, and what is put in is never read again."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.expressions import Names, Scope
from chanserv.profiles.filters import empty, text
from chanserv.profiles.templates import OUT, compiled, structure

NAMES = Names({"a": None, "b": None, "n": None, "cfg": ("key",)})
SCOPE = Scope({"a": "A", "b": "", "n": 5, "cfg": {"key": "{a}"}})


def made(written: Any) -> Any:
    return structure(written, NAMES)(SCOPE)


class TextTests(SynchronousTestCase):
    def test_texts(self) -> None:
        """One expression keeps its type; braces are written twice; ? leaves all of it out."""
        cases: list[tuple[str, Any]] = [
            ("", ""),
            ("x", "x"),
            ("{a}", "A"),
            ("{n}", 5),
            ("{n|text}", "5"),
            ("x{n}", "x5"),
            ("{ a }", "A"),
            ("{b}", ""),
            ("{b?}", OUT),
            ("{ b ? }", OUT),
            ("{a?}", "A"),
            ("{n?}", 5),
            ("x{b?}", OUT),
            ("x{a?}y", "xAy"),
            ("{a?}-{b}", "A-"),  # what may be empty leaves nothing out
            ("{b?}-{b}", OUT),
            ("{{a}}", "{a}"),
            ("{{{a}}}", "{A}"),
            ("{cfg.key}", "{a}"),
            ("{cfg.key}{a}", "{a}A"),
            ("{'}'}{'{'}", "}{"),
            ("{a|replace:'A','''{}'''}", "'{}'"),
            ("{b|else:'?'}", "?"),
            ("{b or 'x?'}", "x?"),
            ('{{"to":{a|json}}}', '{"to":"A"}'),
        ]
        for written, expected in cases:
            found = compiled(written, NAMES)(SCOPE)
            self.assertEqual((expected, expected is OUT), (found, found is OUT), written)

    def test_escapes(self) -> None:
        """What is put in is written for its place, also where it is all there is; what stands around it is not."""
        template = compiled("<{a}>", NAMES, lambda expression: lambda value: f"[{expression}:{value}]")
        self.assertEqual("<[a:A]>", template(SCOPE))
        self.assertEqual("[a:A]", compiled("{a}", NAMES, lambda e: lambda value: f"[{e}:{value}]")(SCOPE))

    def test_faults(self) -> None:
        """A brace alone, and whatever an expression may have."""
        for written in ("{", "}", "{a", "a}", "{a}}", "{{a}", "{a{b}}", "{'}"):
            error = self.assertRaises(ValueError, compiled, written, NAMES)
            self.assertIn("has a brace without another; a brace itself is written twice", str(error))
        for written, expected in (
            ("{}", "'' lacks a name"),
            ("{?}", "'' lacks a name"),
            ("{c}", "there is no name 'c'"),
        ):
            self.assertTrue(str(self.assertRaises(ValueError, compiled, written, NAMES)).startswith(expected), written)

    def test_many_quotes(self) -> None:
        """They can be paired in one way only, so that a slip of the pen takes no time."""
        for written in ("{" + "'" * 4_000, "{" + "'" * 4_001 + "}", "{a|cut:" + "'a'" * 3_000):
            self.assertRaises(ValueError, compiled, written, NAMES)

    def test_what_is_left_out_is_nothing(self) -> None:
        """Wherever it goes by mistake it is empty: as a key of a signature, say."""
        self.assertEqual(("", True, "OUT"), (text(OUT), empty(OUT), repr(OUT)))


class StructureTests(SynchronousTestCase):
    def test_structures(self) -> None:
        """Tables and lists as deep as they are; what is left out leaves no trace."""
        cases: list[tuple[Any, Any]] = [
            ({"to": ["{a}", "{b?}", 5], "x": {"y": "{b?}", "z": True}}, {"to": ["A", 5], "x": {"z": True}}),
            ({"{a}": "{a}"}, {"{a}": "A"}),  # names are as they stand
            ({"x": {"when": "b", "then": "1"}}, {}),
            ({"x": {"when": "a", "then": "{a}!"}}, {"x": "A!"}),
            ({"x": {"when": "not a", "then": 1, "else": 2}}, {"x": 2}),
            ({"x": {"when": "a", "else": 2}}, {}),
            ({"x": {"when": ["a", "n = 5"], "then": {"y": ["{n}"]}}}, {"x": {"y": [5]}}),
            ({"x": {"when": "{a}", "then": "1", "more": "2"}}, {"x": {"when": "A", "then": "1", "more": "2"}}),
            ([{"when": "b", "then": 1}, 2.5, False], [2.5, False]),
            ("{a}", "A"),
        ]
        for raw, expected in cases:
            self.assertEqual(expected, made(raw), raw)

    def test_faults(self) -> None:
        """What no request can have, and what is no choice."""
        cases: list[tuple[Any, str]] = [
            (datetime.datetime(2024, 1, 1), "datetime is no type a request can have"),
            ({"x": [datetime.time(1)]}, "time is no type a request can have"),
            (float("nan"), "nan is no number a request can have"),
            ([float("inf")], "inf is no number a request can have"),
            ({"x": {"when": 5, "then": "1"}}, "must be a condition, or a list of them"),
            ({"x": {"when": [5], "then": "1"}}, "must be a condition, or a list of them"),
            ({"x": {"when": "a"}}, "a choice needs then, or else, or both"),
            ({"x": {"when": "c", "then": "1"}}, "there is no name 'c' here"),
            ({"x": {"when": "a", "then": "{"}}, "'{' has a brace without another"),
        ]
        for raw, expected in cases:
            error = self.assertRaises(ValueError, structure, raw, NAMES)
            self.assertTrue(str(error).startswith(expected), (raw, str(error)))


class OnePassTests(SynchronousTestCase):
    """Courier's External channel replaces again and again; here a text is a text."""

    PIECES = st.text(alphabet="{}'?|abcfg.key \\$%&<>\"\r\n☺\ud800") | st.text()

    @settings(max_examples=300, deadline=None)
    @given(PIECES, PIECES)
    def test_never_read_again(self, one: str, other: str) -> None:
        """Whatever the texts hold, they come out as they are."""
        scope = Scope({"a": one, "b": other, "n": 5, "cfg": {"key": one}})
        for written, expected in (
            ("{a}", one),
            ("<{a}|{b}>", f"<{one}|{other}>"),
            ("{a}{cfg.key}{{b}}", f"{one}{one}{{b}}"),
            ("{b or a}", other or one),
            ({"x": ["{a}!"]}, {"x": [f"{one}!"]}),
            ({"when": "a = '{b}'", "then": "{b}", "else": "{a}"}, other if one == "{b}" else one),
        ):
            self.assertEqual(expected, structure(written, NAMES)(scope))

    @settings(max_examples=300, deadline=None)
    @given(st.text(alphabet="{}'?|ab ") | st.text())
    def test_a_template_or_a_fault(self, written: str) -> None:
        """Anything may be written."""
        try:
            template = compiled(written, NAMES)
        except ValueError:
            return
        template(SCOPE)

    @settings(deadline=None)
    @given(st.text())
    def test_braces_twice(self, literal: str) -> None:
        """Any text can be said."""
        self.assertEqual(literal, compiled(literal.replace("{", "{{").replace("}", "}}"), NAMES)(SCOPE))
