"""What a stub answers: the profile's own cases, with ids that were not there before."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.stub.account import account
from chanserv.profiles.stub.replies import Script
from chanserv.profiles.stub.tokens import VALUE, token
from tests.profiles.stub.shelf import SHELF, made, shipped

TRAP = """
[profile]
title = "Acme"

[send]
url = "https://acme.example/"
form = { to = "{to}" }
[send.reply]
ok = "state = id"
id = "id"
reason = "state"

[[test]]
what = "accepted"
status = 200
reply = '{"state": "id", "id": "id", "echo": "<id>"}'
means = { then = "accepted", id = "id" }
"""


class ScriptTests(SynchronousTestCase):
    def script(self, name: str) -> Script:
        profile = shipped(name)
        return Script.of(profile, account(profile, {}))

    def test_each_word_has_its_case(self) -> None:
        """The profile's first, or a plain answer that means it."""
        script = self.script("twilio")
        for word, what, status in (
            ("accepted", "a text with a character that GSM lacks", 201),
            ("throttled", "too many at once", 429),
            ("failed", "refused with a code", 400),
            ("stopped", "who gets it wants no more texts", 400),
        ):
            case = script.like(word)
            self.assertEqual((what, word), (case.what, script.given(case, 1, "").said.word))
            self.assertEqual(status, script.given(case, 1, "").answered.status)
        self.assertEqual("retry", self.script("infobip").like("retry").what)  # it has none

    def test_the_id_is_fresh(self) -> None:
        """In the answer, and in what it means."""
        script = self.script("twilio")
        given = script.given(script.like("accepted"), 77, "")
        self.assertEqual(("SM77", b'{"sid":"SM77"}'), (given.said.id, given.answered.body))

    def test_an_id_of_ours_is_given_back(self) -> None:
        """Where the case has it."""
        script = self.script("infobip")
        given = script.given(script.like("accepted"), 77, "our-own")
        self.assertEqual("our-own", given.said.id)

    def test_only_the_id_is_changed(self) -> None:
        """Whatever else is written like it."""
        profile = made(self.mktemp(), TRAP)
        script = Script.of(profile, {})
        given = script.given(script.like("accepted"), 77, "our-own")
        self.assertEqual(b'{"state":"id","id":"id77","echo":"our-own"}', given.answered.body)

    def test_names_are_whole_or_their_beginning(self) -> None:
        """One that fits several, or none, is told with what there is."""
        script = self.script("twilio")
        self.assertEqual("too many at once", script.named("too many").what)
        for wrong in ("refused", "foo"):
            why = self.assertRaises(LookupError, script.named, wrong).args[0]
            self.assertIn(repr(wrong), why)
            self.assertIn("their trouble", why)

    def test_every_shipped_profile_accepts(self) -> None:
        """With an id of its own, if its provider gives one."""
        for name in SHELF.names():
            if shipped(name).send is None:
                continue
            script = self.script(name)
            one, other = (script.given(script.like("accepted"), number, "our-own").said for number in (77, 78))
            self.assertEqual("accepted", one.word, name)
            if one.id and one.id != "our-own":
                self.assertNotEqual(one.id, other.id, name)

    def test_a_token_is_where_the_profile_looks(self) -> None:
        """In JSON."""
        answered = token(shipped("hormuud"))
        self.assertIn(VALUE.encode(), answered.body)


class AccountTests(SynchronousTestCase):
    def test_what_is_not_given_is_made_up(self) -> None:
        """As in the profile's cases, so that two ends agree by themselves."""
        self.assertEqual("AC1", account(shipped("twilio"), {})["account_sid"])
        self.assertEqual("AC7", account(shipped("twilio"), {"account_sid": "AC7"})["account_sid"])

    def test_a_key_that_means_nothing_is_told(self) -> None:
        """With those that do."""
        why = self.assertRaises(LookupError, account, shipped("twilio"), {"sid": "x"}).args[0]
        self.assertIn("account_sid", why)
