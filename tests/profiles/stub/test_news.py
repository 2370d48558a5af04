"""Webhooks made of a profile's cases: the profile reads from them what was put in."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.hooks import Heard, Told
from chanserv.profiles.profile import Profile
from chanserv.profiles.stub import news
from chanserv.profiles.stub.account import account
from chanserv.profiles.stub.news import Mould
from tests.profiles.stub.shelf import made, shipped

OURS = "019a0719-ac96-8eb9-a837-cac215164834"
NOW = 1_795_750_000.0
BATCH = """
[profile]
title = "Acme"

[[hook]]
kind = "status"
each = ["all"]
id = "id"
ours = "ref|re:'^m-(.*)$'"
status = "st"
to = "nr|plus"
at = "when|date:'%Y-%m-%d %H:%M:%S'"
map = { delivered = ["1"], failed = ["2"], ignored = ["0"] }

[[hook]]
kind = "mo"
from = "nr|plus"
text = "body|unhex|decode:'utf-16-be'"

[[test]]
what = "three at once"
kind = "status"
json.all = [
    { id = "a", st = "0" },
    { id = 7, st = "1", ref = "m-x", nr = "5511", when = "2020-01-01 12:00:00" },
    { id = "a", st = "2" },
]

[[test]]
what = "a text in hexadecimal"
kind = "mo"
query = "nr=5511&body=00480069"
means = { text = "Hi" }
"""


TIGHT = """
[profile]
title = "Acme"

[[hook]]
kind = "status"
id = "report|re:'^(.*)-.*-.*$'"
to = "report|re:'-(.*)-'"
status = "report|re:'-([^-]*)$'"
stop = "gone"
map = { failed = ["1"], ignored = ["*"] }

[[hook]]
kind = "mo"
from = "both|re:'^(.*)-'"
to = "both|re:'-(.*)$'"
text = "text"

[[test]]
what = "a text"
kind = "mo"
form = { both = "5-5", text = "Hi" }

[[test]]
what = "an opt-out"
kind = "status"
form = { report = "1-1-1", gone = "yes" }

[[test]]
what = "failed"
kind = "status"
form = { report = "1-1-1" }
"""


class MouldTests(SynchronousTestCase):
    def cast(self, profile: Profile, found: list[Mould], **values: str) -> list[Any]:
        """What the profile reads of the first mould that can say it."""
        cfg = account(profile, {})
        for mould in found:
            if asked := mould.cast({name.rstrip("_"): value for name, value in values.items()}, NOW):
                return news.heard(profile, asked, mould.path, cfg)
        return []

    def moulds(self, profile: Profile) -> list[Mould]:
        return news.moulds(profile, account(profile, {}))

    def test_a_status_of_a_form(self) -> None:
        """Twilio's: id and number are others, the word stays."""
        profile = shipped("twilio")
        found = news.statuses(self.moulds(profile), "delivered")
        (told,) = self.cast(profile, found, id="SM77", to="+5511", ours=OURS)
        self.assertEqual(("SM77", "+5511", "delivered"), (told.id, told.to, told.word))

    def test_the_words_are_kept_apart(self) -> None:
        """Each status has its own; an opt-out comes last."""
        moulds = self.moulds(shipped("twilio"))
        for word in ("sent", "delivered", "failed", "ignored"):
            found = news.statuses(moulds, word)
            self.assertTrue(found, word)
            self.assertEqual({word}, {one.news.status.value if one.news.status else "ignored" for one in found})  # type: ignore[union-attr]
        self.assertFalse(news.statuses(moulds, "failed")[0].news.stop)
        self.assertTrue(news.statuses(moulds, "failed")[-1].news.stop)

    def test_of_a_batch_one_is_meant(self) -> None:
        """Its values are put in: an id that is a number, a reference with something about it, a date; no other's."""
        profile = made(self.mktemp(), BATCH)
        found = news.statuses(self.moulds(profile), "delivered")
        first, told, last = self.cast(profile, found, id="99", ours=OURS, to="+4477")
        self.assertEqual(("99", OURS, "+4477", NOW), (told.id, told.ours, told.to, told.at))
        self.assertEqual(("a", "a"), (first.id, last.id))

    def test_no_value_is_spoilt_by_another(self) -> None:
        """All in one field, and all alike in the example; an opt-out is told if nothing else can be."""
        moulds = self.moulds(made(self.mktemp(), TIGHT))
        found = news.statuses(moulds, "failed")
        self.assertEqual([False, True], [one.news.stop for one in found])
        asked = found[0].cast({"id": "77", "to": "+55"}, NOW)
        assert asked is not None
        self.assertEqual(b"report=77-%2B55-1", asked.body)
        asked = news.texts(moulds)[0].cast({"from": "77", "to": "88", "text": "Ho"}, NOW)
        assert asked is not None
        self.assertEqual(b"both=77-88&text=Ho", asked.body)

    def test_a_text_is_spelled_as_the_example_is(self) -> None:
        """Here in hexadecimal of UTF-16."""
        profile = made(self.mktemp(), BATCH)
        (heard,) = self.cast(profile, news.texts(self.moulds(profile)), from_="+4477", to="80", text="Olá ☺", id="x")
        self.assertEqual(("+4477", "Olá ☺"), (heard.sender, heard.text))

    def test_what_cannot_be_said_is_not(self) -> None:
        """High Connection's webhooks are in Latin-1."""
        profile = shipped("highconnection")
        texts = news.texts(self.moulds(profile))
        self.assertEqual([], self.cast(profile, texts, from_="+4477", text="☺"))
        (heard,) = self.cast(profile, texts, from_="+4477", text="é")
        self.assertEqual("é", heard.text)

    def test_every_shipped_profile_can_say_what_its_cases_do(self) -> None:
        """A text, and each status that any of its cases has; values of now are read back, none is spoilt."""
        from tests.profiles.stub.shelf import SHELF

        for name in SHELF.names():
            profile = shipped(name)
            moulds = self.moulds(profile)
            for found in (news.statuses(moulds, word) for word in ("sent", "delivered", "failed")):
                one = "77" if name != "infobip" else OURS  # whose id is the one we gave
                told = self.cast(profile, found, id=one, ours=OURS, to="+5511999990000")
                seen = [each for each in told if isinstance(each, Told) and (each.id == one or each.ours == OURS)]
                self.assertEqual(bool(found), bool(seen), name)
            if "statuses" in profile.features:
                self.assertTrue(news.statuses(moulds, "delivered"), f"{name} has no case of it")
            texts = news.texts(moulds)
            heard = self.cast(profile, texts, from_="+5511999990000", to="8000", text="Oi, tudo?", id="in77")
            said = [(one.sender.lstrip("+"), one.text) for one in heard if isinstance(one, Heard)]
            self.assertEqual(bool(texts), ("5511999990000", "Oi, tudo?") in said, name)
