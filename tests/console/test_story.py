"""The verdict line answers "where is my message?" in plain words, for every state a text can be in."""

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chanserv.console.story import hear, stories, tell
from chanserv.message import Message, Part, Refusal, Slice, State, Status
from chanserv.operations import Listing
from tests.console.fakes import NOW, inbound, message


def with_part(status: Status = Status.QUEUED, **part: object) -> Message:
    made = message(status=status, told=None)
    fields = {"number": 1, "slice": Slice(b""), **part}
    piece = replace(made.pieces[0], parts=(Part(**fields),))  # type: ignore[arg-type]  # fields of the test's choice
    return replace(made, pieces=(piece,))


class VerdictTests(SynchronousTestCase):
    CASES = (
        ("waiting", with_part(), "Waiting for smsc."),
        (
            "held",
            with_part(state=State.HELD, tries=2, reason="ESME_RTHROTTLED", due=NOW),
            "after 2 tries on smsc: ESME_RTHROTTLED.",
        ),
        (
            "to be sent again",
            with_part(state=State.HELD, tries=1, reason="no answer within 30 s"),
            "Waiting for smsc after 1 try on smsc: no answer within 30 s.",
        ),
        ("sending", with_part(state=State.SENDING), "On its way to smsc; no answer yet."),
        ("doubtful", with_part(state=State.DOUBTFUL), "smsc never answered; it is not sent again"),
        ("sent", with_part(Status.SENT, state=State.SENT, carrier_id="ab"), "(id ab); its receipt has not come yet."),
        ("silent", with_part(Status.SENT, state=State.SILENT), "Sent; no receipt came or was to be had."),
        ("delivered", with_part(Status.DELIVERED, state=State.DELIVERED), "Delivered to the handset."),
        ("failed", message(status=Status.FAILED, reason="expired", told=None), "Failed: expired."),
        ("owed", message(owed=(Status.SENT,), told=None), "The platform is still to be told: sent."),
        ("told", message(), "The platform was told: sent."),
        ("without id", message(id="", told=Status.SENT), "its receipt has not come yet."),
        ("open", message(refusals=(Refusal("d", 1, NOW, "queue full"),)), "expected to ask again: queue full."),
        ("without pieces", message(pieces=(), status=Status.QUEUED, told=None), "Waiting for no link."),
    )

    def test_every_state_has_its_words(self) -> None:
        """One line each, found in the verdict."""
        for label, kept, words in self.CASES:
            self.assertIn(words, tell(kept).verdict, label)
        self.assertNotIn("told", tell(message(id="")).verdict)

    def test_a_link_that_is_down_is_why_a_text_waits(self) -> None:
        """With its last error, if there was one; other links change nothing."""
        for down, words in (
            ({"smsc": "down: refused"}, "Waiting for smsc (down: refused)."),
            ({"smsc": "down"}, "Waiting for smsc (down)."),
            ({"other": "refused"}, "Waiting for smsc."),
        ):
            self.assertEqual(words, tell(with_part(), lambda link, to, down=down: down.get(link, "")).verdict)  # type: ignore[misc]

    def test_it_may_be_the_number(self) -> None:
        """Why a text waits depends on whom it is for."""
        held = tell(with_part(), lambda link, to: f"held, {to}" if link == "smsc" else "")
        self.assertEqual(f"Waiting for smsc (held, {held.to}).", held.verdict)

    def test_what_is_over_is_final(self) -> None:
        """Followers stop at delivered, failed, and sent without any receipt to come."""
        over = [label for label, kept, _ in self.CASES if tell(kept).final]
        self.assertEqual(["silent", "delivered", "failed"], over)

    def test_a_reply_is_kept_told_or_dead(self) -> None:
        """And says how many of its segments never came."""
        kept = inbound()
        self.assertEqual(("kept", False), (hear(kept).status, hear(kept).final))
        self.assertIn("still to be told", hear(kept).verdict)
        self.assertIn("The platform has it", hear(replace(kept, told=NOW)).verdict)
        self.assertIn("A dead letter: no channel.", hear(replace(kept, dead="no channel")).verdict)
        self.assertIn("2 segments never came", hear(replace(kept, missing=2)).verdict)

    def test_both_directions_are_one_list(self) -> None:
        """Newest first, whichever way they went."""
        listing = Listing(messages=(message(ref=7), message(ref=12, born=NOW + 9)), inbound=(inbound(),))
        self.assertEqual([12, 9, 7], [story.ref for story in stories(listing)])
