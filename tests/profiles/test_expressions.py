"""A path, filters behind it, what else to take; and what is wrong with one, told when it is read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles import conditions
from chanserv.profiles.expressions import Names, Scope, compiled, roots
from chanserv.profiles.trees import Tree
from tests.profiles.test_trees import JSON

OURS = Names({"to": None, "text": None, "now": None, "message": None, "cfg": ("key", "user"), "hook": ("status",)})
TREE = Names({"cfg": ("key",), "http": None, "query": None}, tree=True)
SCOPE = Scope({"to": "+250788", "text": "it's", "now": 0, "cfg": {"key": "K"}, "hook": {"status": "https://x"}})


class OurTests(SynchronousTestCase):
    """Where only ours can be named, as in [send]."""

    def test_values(self) -> None:
        """Names, second words, texts, filters one after the other, alternatives."""
        cases: list[tuple[str, Tree]] = [
            ("to", "+250788"),
            (" to ", "+250788"),
            ("cfg.key", "K"),
            ("cfg.user", None),
            ("hook.status", "https://x"),
            ("'a''b|c,d'", "a'b|c,d"),
            ("''", ""),
            ("to|noplus|cut:3", "250"),
            ("to | noplus | cut : 3", "250"),
            ("text|replace:'''','’'", "it’s"),
            ("cfg.user or cfg.key", "K"),
            ("cfg.user or message or 'x'", "x"),
            ("cfg.user or message", None),
            ("now or 'x'", 0),  # 0 is something
            ("cfg.user|else:to", "+250788"),
            ("cfg.user|upper or to|noplus", "250788"),
            ("to.0", "+250788"),
        ]
        for written, expected in cases:
            self.assertEqual(expected, compiled(written, OURS)(SCOPE), written)

    def test_an_argument_is_a_value(self) -> None:
        """A key that is named, not written: RFC 2202, 2, case 2."""
        scope = Scope({"text": "what do ya want for nothing?", "cfg": {"key": "Jefe"}})
        found = compiled("text|hmac:'md5',cfg.key|hex", OURS)(scope)
        self.assertEqual("750c783e6ab0b503eaa86e310a5db738", found)

    def test_faults(self) -> None:
        """Each with words for who wrote it."""
        cases = [
            ("", "'' lacks a name"),
            (" ", "' ' lacks a name"),
            ("|upper", "'|upper' lacks a name"),
            ("to|", "'to|' lacks a filter"),
            ("to|cut:", "'to|cut:' lacks a value"),
            ("to|replace:'a',", "\"to|replace:'a',\" lacks a value"),
            ("to or", "'to or' lacks a name"),
            ("to text", "'text' cannot follow there"),
            ("to, text", "',' cannot follow there"),
            ("'abc", "\"'abc\" has a ' without another"),
            ("to..x", "'to..x' is no path"),
            ("too", "there is no name 'too' here; is to meant?"),
            ("$to", "there is no name '$to' here; is to meant?"),
            ("sender", "there is no name 'sender' here; there are cfg, hook, message, now, text, to"),
            ("cfg.keys", "there is no cfg. 'keys' here; is key meant?"),
            ("cfg.zone", "there is no cfg. 'zone' here; there are key, user"),
            ("cfg", "there is no cfg. '' here; there are key, user"),
            ("cfg.key.x", "there is no cfg. 'key.x' here; is key meant?"),
            ("hook.receive", "there is no hook. 'receive' here; there are status"),
            ("to|uper", "there is no filter 'uper' here; is upper meant?"),
            ("to|__import__", "there is no filter '__import__' here; there are "),
            ("to|upper:'x'", "upper takes nothing behind a colon"),
            ("to|cut", "cut takes count behind a colon"),
            ("to|replace:'a'", "replace takes mark and word behind a colon"),
            ("to|cut:'x'", "'x' must be a whole number"),
            ("to|hmac:'md4',cfg.key", "there is no hash 'md4'; there are md5, sha1, sha256, sha384, sha512"),
            ("to|hmac:'md5',cfg.keys", "there is no cfg. 'keys' here; is key meant?"),
            ("to|decode:'klingon'", "there is no charset 'klingon'"),
            ("to|re:'('", "'(' is no regular expression: "),
            ("now|date:'%Q'", "'%Q' is no form of a date: iso, s, ms or a pattern such as %Y-%m-%d"),
            ("now|date:'iso','Mars'", "there is no time zone 'Mars'"),
            ("to=5", "'to=5' is no name: = stands between spaces"),
        ]
        for written, expected in cases:
            error = self.assertRaises(ValueError, compiled, written, OURS)
            self.assertTrue(str(error).startswith(expected), (written, str(error)))

    def test_a_place_without_names(self) -> None:
        """A profile that needs nothing of an account has no cfg."""
        error = self.assertRaises(ValueError, compiled, "cfg.key", Names({"cfg": ()}))
        self.assertEqual("there is no cfg. 'key' here; there is none", str(error))

    def test_roots(self) -> None:
        """All that an expression may take its value from."""
        cases = [
            ("cfg.key", {"cfg"}),
            ("cfg.user or to", {"cfg", "to"}),
            ("cfg.key|else:text", {"cfg", "text"}),
            ("'cfg.key'", set()),
            ("hook.status|replace:'text','to'", {"hook"}),
            ("'x'|hmac:'md5',token", {"token"}),
        ]
        for written, expected in cases:
            self.assertEqual(expected, roots(written), written)


class TreeTests(SynchronousTestCase):
    """Where a provider's tree is read."""

    def test_a_level_stands_by_itself(self) -> None:
        """^Type is a name that nobody has: it is told, since it would be nothing for ever."""
        for written in ("^Type", "^^.Type", "^.^Type"):
            with self.assertRaisesRegex(ValueError, r"a \^ stands by itself, as in \^\.Type"):
                compiled(written, Names({}, tree=True))

    def test_levels(self) -> None:
        """Plain names are the tree's, ours have a $; each ^ goes to what holds an item."""
        outer: Tree = {"id": 1, "cfg": "theirs", "list": [{"id": 2, "inner": [{"id": 3}]}]}
        scope = Scope({"cfg": {"key": "K"}, "query": {"a": "q"}}, (outer,))
        inner = scope.within(outer["list"][0], 0).within(outer["list"][0]["inner"][0], 0)
        cases: list[tuple[Scope, str, Tree]] = [
            (scope, "id", 1),
            (scope, "cfg", "theirs"),
            (scope, "$cfg.key", "K"),
            (scope, "$query.a", "q"),
            (scope, "$query", {"a": "q"}),
            (scope, "anything.at.all", None),
            (inner, "id", 3),
            (inner, "^.id", 2),
            (inner, "^.^.id", 1),
            (inner, "^.^.^.id", None),
            (inner, "^", outer["list"][0]),
            (inner, "none or ^.id", 2),
            (Scope({}), "id", None),
        ]
        for where, written, expected in cases:
            self.assertEqual(expected, compiled(written, TREE)(where), written)

    def test_what_holds_the_items_is_looked_at_once(self) -> None:
        """A thousand items beside a text that takes a millisecond to read must not take a second; each has its own."""
        looked = list[str]()

        class Outer(dict[str, Tree]):
            def __getitem__(self, key: str) -> Tree:
                looked.append(key)
                return super().__getitem__(key)

        scope = Scope({"index": 0}, (Outer(id="x", type="MO"),))
        items = [scope.within({"id": number, "type": "mo"}, number) for number in range(3)]
        names = Names({"index": None}, tree=True)
        for written, expected, times in (
            ("^.id|upper", ["X", "X", "X"], 1),
            ("id", [0, 1, 2], 0),
            ("^.id|append:id", ["x0", "x1", "x2"], 3),
            ("^.id|append:$index", ["x0", "x1", "x2"], 3),
            ("none or ^.id", ["x", "x", "x"], 3),
        ):
            getter = compiled(written, names)
            self.assertEqual(expected, [getter(item) for item in items], written)
            self.assertEqual(times, looked.count("id"), written)
            looked.clear()
        for written, holds, times in (("^.type = MO", True, 1), ("not ^.type = MO", False, 1), ("type = MO", False, 0)):
            condition = conditions.compiled(written, names)
            self.assertEqual([holds] * 3, [condition(item) for item in items], written)
            self.assertEqual(times, looked.count("type"), written)
            looked.clear()

    def test_ours_are_known(self) -> None:
        """As everywhere."""
        for written, expected in (
            ("$page.x", "there is no name 'page' here; there are cfg, http, query"),
            ("$cfg.keys", "there is no cfg. 'keys' here; is key meant?"),
            ("$", "there is no name '' here; there are cfg, http, query"),
        ):
            self.assertTrue(str(self.assertRaises(ValueError, compiled, written, TREE)).startswith(expected), written)

    def test_signs_between_names(self) -> None:
        """A sign without spaces around it is no path that is never there, but a fault."""
        for written in ("code=0", "code!=0", "code>5", "a~b"):
            self.assertRaises(ValueError, compiled, written, TREE)
        self.assertEqual("a=b", compiled("'a=b'", TREE)(Scope({})))


WRITTEN = st.text(alphabet="abcfgtox.$^|:,'= 0", max_size=30) | st.lists(
    st.sampled_from(
        ["to", "cfg.key", "|", ":", ",", "upper", "cut", "'x'", "''", "'", "or", " ", "3", "$query", "re", "not"]
    )
).map("".join)


class AnythingTests(SynchronousTestCase):
    @settings(max_examples=400, deadline=None)
    @given(WRITTEN, JSON)
    def test_a_value_or_a_fault(self, written: str, tree: Tree) -> None:
        """Whatever is written: a ValueError when it is read, or a value of any tree."""
        for names in (OURS, TREE):
            try:
                getter = compiled(written, names)
            except ValueError:
                continue
            getter(Scope({"to": tree, "text": tree, "cfg": {}, "query": tree}, (tree, tree)))

    @settings(deadline=None)
    @given(st.text())
    def test_a_text_is_itself(self, text: str) -> None:
        """Between quotes, its own written twice."""
        quoted = text.replace("'", "''")
        self.assertEqual(text, compiled(f"'{quoted}'", OURS)(SCOPE))
