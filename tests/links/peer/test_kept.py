"""What a carrier keeps of its parts has a bound, and an id may come again."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.desk import Submit
from chanserv.links.peer.kept import Shelf


def submit(message_id: str, source: str = "8000") -> Submit:
    return Submit(0.0, message_id, source, "+5511987654321", "hello", b"hello", None)


class ShelfTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.shelf = Shelf(kept=2)

    def put(self, *submits: Submit) -> None:
        for one in submits:
            self.shelf.put(one, 1, Behaviour(), 1)

    def test_the_oldest_is_forgotten(self) -> None:
        """Nobody can ask for it any more."""
        first, second, third = map(submit, "123")
        self.put(first, second, third)
        self.assertEqual([second, third], list(self.shelf.submits))
        self.assertIsNone(self.shelf.get("1", ""))
        self.assertIsNotNone(self.shelf.get("2", ""))

    def test_of_two_with_one_id_the_later_counts(self) -> None:
        """Also after the earlier was forgotten."""
        first, again, third = submit("1"), submit("1", "8001"), submit("3")
        self.put(first, again, third)
        found = self.shelf.get("1", "")
        assert found is not None
        self.assertIs(again, found.submit)

    def test_a_source_must_fit(self) -> None:
        """Where one is named."""
        self.put(submit("1"))
        for source, known in (("", True), ("8000", True), ("8001", False)):
            self.assertEqual(known, self.shelf.get("1", source) is not None)
