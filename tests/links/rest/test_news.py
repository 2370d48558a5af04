"""What a webhook told, as the router takes it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv import reference
from chanserv.links.rest.news import Sorted, sort
from chanserv.message import Receipt, Reply, Segment, Status
from chanserv.profiles.hooks import Heard, News, Told, Unclear

OURS = reference.write(101, 1, 1, "250788000111")


def told(**more: Any) -> Told:
    return Told(**{"ours": "", "id": "v1", "status": Status.DELIVERED, "word": "DELIVRD", **more})


def reply(country: str | None = None, **more: Any) -> Reply:
    heard = Heard(**{"sender": "+250788000111", "to": "8000", "text": "1", **more})
    [found] = sort("a", [heard], country).replies
    return found


def receipt(**more: Any) -> Receipt | None:
    found = sort("a", [told(**more)]).receipts
    return found[0] if found else None


class ReplyTests(SynchronousTestCase):
    """Texts of handsets."""

    def test_as_it_was_told(self) -> None:
        """Whole, in UTF-8, with the provider's id and instant."""
        found = reply(text="n\u00e3o \U0001f600", id="m1", at=5e8)
        self.assertEqual(
            Reply(
                link="a", sender="+250788000111", to="8000", body="n\u00e3o \U0001f600".encode(), encoding="utf-8",
                vendor_id="m1", at=5e8,
            ),
            found,
        )  # fmt: skip

    def test_half_a_character(self) -> None:
        """Cannot break what comes after us."""
        self.assertEqual(b"?", reply(text="\ud83d").body)

    def test_a_repeat_is_known(self) -> None:
        """By the provider's id; else by who, whom, what and when, all of them."""
        first = reply(at=5e8).vendor_id
        self.assertTrue(first)
        self.assertEqual(first, reply(at=5e8).vendor_id)
        others = [
            reply(at=5e8 + 1), reply(at=5e8, text="2"), reply(at=5e8, sender="+250788000112"), reply(at=5e8, to="8001"),
            reply(at=5e8, segment=("r", 2, 1)), reply(at=5e8, segment=("r", 2, 2)),
        ]  # fmt: skip
        self.assertEqual(7, len({first, *(each.vendor_id for each in others)}))

    def test_a_second_1_is_no_repeat(self) -> None:
        """Where nothing tells them apart, both are texts."""
        self.assertEqual("", reply().vendor_id)

    def test_in_parts(self) -> None:
        """Their reference is a word of the provider's; of one word always the same number."""
        first, second = reply(segment=("abc", 3, 1)), reply(segment=("abc", 3, 2))
        assert first.segment is not None and second.segment is not None
        self.assertEqual((3, 1, True), (first.segment.total, first.segment.number, first.segment.wide))
        self.assertEqual(first.segment.reference, second.segment.reference)
        self.assertNotEqual(first.segment, reply(segment=("abd", 3, 1)).segment)
        self.assertIsInstance(first.segment, Segment)
        self.assertTrue(sort("a", [Heard(sender="+1", segment=("abc", 3, 1))]).waits)
        self.assertFalse(sort("a", [Heard(sender="+1")]).waits)

    def test_numbers_of_a_country(self) -> None:
        """Where the settings say which; what has a + is left alone, and so is all without."""
        self.assertEqual("+250788000111", reply("RW", sender="0788000111").sender)
        self.assertEqual("+15551234567", reply("RW", sender="+15551234567").sender)
        self.assertEqual("0788000111", reply(sender="0788000111").sender)

    def test_opting_out(self) -> None:
        """Is told as such."""
        self.assertTrue(reply(stop=True).stop)


class ReceiptTests(SynchronousTestCase):
    """Statuses of parts."""

    def test_by_the_providers_id(self) -> None:
        """With what it said."""
        found = receipt(to="250788000111", at=5e8)
        self.assertEqual(
            Receipt(
                link="a", carrier_ids=("v1",), status=Status.DELIVERED, to="250788000111", at=5e8, raw="DELIVRD"
            ),
            found,
        )  # fmt: skip

    def test_by_ours(self) -> None:
        """Alone, or beside theirs; what is none of ours is none."""
        for ours, id, expected in (
            (OURS, "", (OURS, ())),
            (OURS, "v1", (OURS, ("v1",))),
            ("12345", "v1", ("", ("v1",))),
            ("a86f686f-9168-4dd9-a03e-77f11b265b56", "v1", ("", ("v1",))),
        ):
            found = receipt(ours=ours, id=id)
            assert found is not None
            self.assertEqual(expected, (found.ours, found.carrier_ids))

    def test_nobodys(self) -> None:
        """One by another system's id is nobody's, and is counted."""
        found = sort("a", [told(ours="12345", id="")])
        self.assertEqual(Sorted((), (), ("a status of a part that is not ours",), False), found)

    def test_a_word_that_changes_nothing(self) -> None:
        """Is none, and nothing is wrong with it."""
        self.assertEqual(Sorted((), (), (), False), sort("a", [told(status=None)]))

    def test_reasons_are_of_failures(self) -> None:
        """Many give a code of zeros with what went well."""
        for status, reason in ((Status.FAILED, "E7"), (Status.DELIVERED, ""), (Status.SENT, "")):
            found = receipt(status=status, reason="E7")
            self.assertEqual(reason, found.reason if found else None)

    def test_and_opting_out(self) -> None:
        """Beside the status, or alone; of a number that is told; a repeat is known."""
        found = sort("a", [told(status=Status.FAILED, stop=True, to="+250788000111")])
        self.assertEqual((1, 1), (len(found.receipts), len(found.replies)))
        [stop] = found.replies
        self.assertEqual(("+250788000111", True, "stop v1"), (stop.sender, stop.stop, stop.vendor_id))
        alone = sort("a", [told(status=None, stop=True, to="+250788000111")])
        self.assertEqual((0, 1, ()), (len(alone.receipts), len(alone.replies), alone.unclear))
        self.assertEqual((), sort("a", [told(stop=True)]).replies)


class BatchTests(SynchronousTestCase):
    """Several things in one request."""

    def test_in_order(self) -> None:
        """Each for itself; what means nothing is told beside."""
        news: list[News] = [
            Heard(sender="+1", id="1"),
            told(id="v1"),
            Unclear(why="what"),
            Heard(sender="+2", id="2"),
            told(id="v2"),
        ]
        found = sort("a", news)
        self.assertEqual(["1", "2"], [each.vendor_id for each in found.replies])
        self.assertEqual([("v1",), ("v2",)], [each.carrier_ids for each in found.receipts])
        self.assertEqual(("what",), found.unclear)
