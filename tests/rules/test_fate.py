"""What answers, receipts and time make of a part, and what the parts add up to."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import UNSENT, Outcome, Part, Receipt, Refusal, Slice, State, Status, Verdict
from chanserv.rules import fate
from chanserv.rules.terms import LinkTerms, Terms
from tests.rules.helpers import message, piece

DAY = 86400.0


def part(state: str = "queued", **more: Any) -> Part:
    return Part(number=1, slice=Slice(b"x"), state=State(state), **more)


def outcome(verdict: Verdict, **more: Any) -> Outcome:
    return Outcome(message=1, piece=10, part=1, link="a", verdict=verdict, **more)


class SettledTests(SynchronousTestCase):
    RESEND, FAIL, NONE = LinkTerms(), LinkTerms(on_unknown="fail"), LinkTerms(receipts="none")
    TAKEN = outcome(Verdict.TAKEN, carrier_id="c1")
    UNKNOWN = outcome(Verdict.UNKNOWN, reason="no answer")
    CASES = [
        ("taken", part(), TAKEN, RESEND, "sent"),
        ("taken, by a carrier without receipts", part(), TAKEN, NONE, "silent"),
        ("taken, without an id", part(), outcome(Verdict.TAKEN), RESEND, "silent"),
        ("taken after all", part("doubtful"), TAKEN, FAIL, "sent"),
        ("taken, though dropped meanwhile", part("dropped"), TAKEN, RESEND, "sent"),
        ("refused", part("sending"), outcome(Verdict.REFUSED, reason="no"), FAIL, "failed"),
        ("later", part(), outcome(Verdict.LATER, reason="busy"), RESEND, "held"),
        ("later, though dropped", part("dropped"), outcome(Verdict.LATER), RESEND, "dropped"),
        ("never left", part("sending"), outcome(Verdict.LATER, reason=UNSENT), FAIL, "queued"),
        ("unknown, may go again", part(), UNKNOWN, RESEND, "held"),
        ("unknown for the third time", part(unknowns=2), UNKNOWN, RESEND, "unknown"),
        ("unknown, may not go again", part("sending"), UNKNOWN, FAIL, "doubtful"),
        ("unknown, and dropped", part("dropped"), UNKNOWN, RESEND, "unknown"),
        ("settled before", part("delivered"), UNKNOWN, RESEND, "delivered"),
        ("sent before", part("sent"), outcome(Verdict.REFUSED), RESEND, "sent"),
    ]

    def test_table(self) -> None:
        """One line for each state and verdict that matters."""
        for what, before, came, terms, after in self.CASES:
            self.assertEqual(after, fate.settled(before, came, 100.0, terms).state, what)

    def test_tries(self) -> None:
        """LATER and UNKNOWN count, what never left does not; waits double up to a minute."""
        later = fate.settled(part(tries=1), outcome(Verdict.LATER), 100.0, self.RESEND)
        self.assertEqual((2, 101.0), (later.tries, later.due))
        asked = fate.settled(part(), outcome(Verdict.LATER, retry_after=9.0), 100.0, self.RESEND)
        self.assertEqual(109.0, asked.due)
        unknown = fate.settled(part(), self.UNKNOWN, 100.0, self.RESEND)
        self.assertEqual((1, 1, 0.0), (unknown.tries, unknown.unknowns, unknown.due))
        waits = fate.settled(part(), outcome(Verdict.UNKNOWN, retry_after=60.0), 100.0, self.RESEND)
        self.assertEqual(160.0, waits.due)
        unsent = fate.settled(part(tries=3), outcome(Verdict.LATER, reason=UNSENT), 100.0, self.RESEND)
        self.assertEqual(3, unsent.tries)
        self.assertEqual([0.5, 1.0, 2.0, 32.0, 60.0, 60.0], [fate.pause(n) for n in (0, 1, 2, 6, 7, 1000)])

    def test_receipts(self) -> None:
        """The first final one counts."""
        for before, status, after in [
            ("sent", Status.DELIVERED, "delivered"),
            ("sent", Status.FAILED, "failed"),
            ("doubtful", Status.DELIVERED, "delivered"),
            ("sent", Status.SENT, "sent"),
            ("failed", Status.DELIVERED, "failed"),
            ("queued", Status.DELIVERED, "queued"),
        ]:
            receipt = Receipt(link="a", carrier_ids=("c1",), status=status)
            self.assertEqual(after, fate.receipted(part(before), receipt, 1.0).state, (before, status))

    def test_time(self) -> None:
        """Validity, unless it is claimed; a week for a receipt or an orphan."""
        terms = Terms()
        for before, now, claimed, after in [
            ("queued", DAY, False, "failed"),
            ("held", DAY, False, "failed"),
            ("queued", DAY, True, "queued"),
            ("queued", DAY - 1, False, "queued"),
            ("sent", 7 * DAY, False, "silent"),
            ("sent", 7 * DAY - 1, False, "sent"),
            ("doubtful", 7 * DAY, False, "unknown"),
            ("delivered", 1e9, False, "delivered"),
        ]:
            self.assertEqual(after, fate.aged(part(before), now, DAY, terms, claimed=claimed).state, (before, now))

    def test_asking(self) -> None:
        """Three turns, each at its time; what was missed is not made up for."""
        terms = Terms(receipt_wait=100.0)
        for state, asked, now, after in [
            ("sent", 0, 99.0, 0),
            ("sent", 0, 100.0, 1),
            ("sent", 1, 109.0, 1),
            ("sent", 1, 110.0, 2),
            ("sent", 2, 120.0, 3),
            ("sent", 0, 125.0, 3),
            ("doubtful", 0, 125.0, 0),
            ("delivered", 0, 125.0, 0),
        ]:
            self.assertEqual(after, fate.asking(part(state, asked=asked), now, terms).asked, (state, asked, now))
        pauses = [fate.ask_pause(Terms(receipt_wait=wait)) for wait in (1.0, 100.0, 100 * DAY)]
        self.assertEqual([5.0, 10.0, DAY], pauses)

    def test_patience(self) -> None:
        """Three turns longer where somebody can be asked."""
        terms = Terms(receipt_wait=100.0)
        for asks, now, after in [(False, 100.0, "silent"), (True, 129.0, "sent"), (True, 130.0, "silent")]:
            aged = fate.aged(part("sent"), now, DAY, terms, claimed=False, asks=asks)
            self.assertEqual(after, aged.state.value, (asks, now))

    def test_who_is_asked(self) -> None:
        """A link that can be, of a part it has a name for, of a message that is not decided."""
        can = Terms(links={"a": LinkTerms(asks=True)})
        known = part("sent", carrier_id="c1")
        for what, one, of, terms, asks in [
            ("yes", message(), known, can, True),
            ("a link that cannot", message(), known, Terms(links={"a": LinkTerms()}), False),
            ("a link that is gone", message(), known, Terms(), False),
            ("no id", message(), part("sent"), can, False),
            ("delivered", message(status=Status.DELIVERED), known, can, False),
            ("failed", message(status=Status.FAILED), known, can, False),
        ]:
            self.assertEqual(asks, fate.asks(one, one.pieces[0], of, terms), what)

    def test_wake_to_ask(self) -> None:
        """At the next turn, and at the end."""
        terms = Terms(receipt_wait=100.0, links={"a": LinkTerms(asks=True)})
        for asked, at in [(0, 100.0), (1, 110.0), (3, 130.0)]:
            one = message(piece("sent"))
            parts = (part("sent", carrier_id="c1", asked=asked),)
            self.assertEqual(at, fate.wake(fate.with_parts(one, one.pieces[0], parts), terms))

    def test_a_failed_part_drops_those_not_sent(self) -> None:
        """Of its piece; what is out is waited for."""
        whole = fate.with_part(piece("queued", "queued", "held", "sending", "sent"), part("failed"))
        self.assertEqual(["failed", "dropped", "dropped", "sending", "sent"], [p.state.value for p in whole.parts])


class StatusTests(SynchronousTestCase):
    MESSAGE, NONE = Terms(links={"a": LinkTerms(receipts="message")}), Terms()
    CASES: list[tuple[str, list[list[str]], Terms, Status]] = [
        ("waiting", [["sent", "queued"]], NONE, Status.QUEUED),
        ("all taken", [["sent", "silent"]], NONE, Status.SENT),
        ("every part delivered", [["delivered"], ["delivered", "delivered"]], NONE, Status.DELIVERED),
        ("one not yet", [["delivered"], ["delivered", "sent"]], NONE, Status.SENT),
        ("one receipt a piece", [["delivered", "sent"], ["silent", "delivered"]], MESSAGE, Status.DELIVERED),
        ("one receipt a piece, one not taken", [["delivered", "queued"]], MESSAGE, Status.QUEUED),
        ("one failed", [["delivered"], ["failed", "dropped"]], NONE, Status.FAILED),
        ("one unknown", [["sent", "unknown"]], NONE, Status.FAILED),
        ("one in doubt", [["sent", "doubtful"]], NONE, Status.QUEUED),
    ]

    def test_table(self) -> None:
        """What all parts of all pieces add up to."""
        for what, states, terms, status in self.CASES:
            whole = message(*(piece(*each, ref=n) for n, each in enumerate(states, 10)))
            self.assertEqual(status, fate.status(whole, terms)[0], what)

    def test_rejected_and_late(self) -> None:
        """A piece refused for good fails it; one that came after the final counts for nothing."""
        self.assertEqual((Status.FAILED, "why"), fate.status(message(piece("sent"), rejected="why"), Terms()))
        late = message(piece("delivered"), piece("failed", ref=11, late=True))
        self.assertEqual((Status.DELIVERED, ""), fate.status(late, Terms()))

    def test_wake(self) -> None:
        """The first moment at which time alone changes something."""
        week, stay = 604800.0, 1800.0
        refusal = Refusal("d", 1, 10.0, "503")
        for what, one, at in [
            ("waiting: its validity", message(piece("queued", "sent")), DAY),
            ("sent: receipt_wait", message(piece("sent")), week),
            ("in doubt: orphan_wait", message(piece("doubtful")), week),
            ("open: repeat_window", message(piece("queued"), refusals=(refusal,)), 10.0 + stay),
            ("over: repeat_window, then history", message(piece("delivered"), asked=5.0), 5.0 + stay),
            ("over, and owed: retention", message(piece("delivered"), owed=(Status.SENT,)), 90 * DAY),
            ("over, and open", message(piece("delivered"), refusals=(refusal,)), 10.0 + stay),
            ("being sent: its validity, should its link be gone", message(piece("sending")), DAY),
        ]:
            self.assertEqual(at, fate.wake(one, Terms()), what)
