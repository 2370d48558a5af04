"""Fresh ids look like the example's, and values are found however senders write them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.stub.spelling import fresh, respelled, same, spelled


class SpellingTests(SynchronousTestCase):
    def test_a_fresh_id_is_of_the_same_sort(self) -> None:
        """A number stays one; of others the last digits change."""
        for like, wanted in (
            ("SM9", "SM77"),
            ("19835", "77"),
            ("BF7AD270", "BF7AD77"),
            ("5b8", "5b77"),
            ("k-1:1", "k-1:77"),
            ("1a", "77a"),
            ("abc", "abc77"),
            ("", "77"),
        ):
            self.assertEqual(wanted, fresh(like, 77))

    def test_numbers_are_written_in_several_ways(self) -> None:
        """With +, without, and without the country; a text is written as it is."""
        found = list(spelled("from", "+5511"))
        for wanted in (b"+5511", b"5511", b"511", b"11"):
            self.assertIn(wanted, found)
        self.assertIn((b"5511", b"4420"), list(respelled("to", "+5511", "+4420")))
        self.assertNotIn(b"5511", list(spelled("text", "+5511")))

    def test_texts_are_written_in_several_ways(self) -> None:
        """What a charset cannot say is left out, not spoilt."""
        found = list(spelled("text", "é☺"))
        for wanted in ("é☺".encode(), "é☺".encode("utf-16-be"), b"00e9263a", b"%C3%A9%E2%98%BA", b"w6nimLo="):
            self.assertIn(wanted, found)
        self.assertNotIn(b"\xe9?", found)
        self.assertIn(b"\xe9", list(spelled("text", "é")))

    def test_a_number_is_the_same_without_its_plus(self) -> None:
        """A text, or an id, is not."""
        self.assertTrue(same("to", "5511", "+5511"))
        self.assertFalse(same("id", "5511", "+5511"))
        self.assertTrue(same("text", "Hi ", "Hi"))
