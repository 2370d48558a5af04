"""New, further, repeat or wanted resend: the table of what courier may mean by a request."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Message, Refusal, Status, digest
from chanserv.rules.repeats import Kind, answered, closed, concluded, judge, refused, taken
from chanserv.rules.terms import Terms
from tests.rules.helpers import message, piece

TERMS = Terms()
HELLO = digest("hello")
FINAL: dict[str, Any] = {"told": Status.DELIVERED, "status": Status.DELIVERED}
REFUSAL = Refusal(HELLO, 1, 100.0, "503")


class JudgeTests(SynchronousTestCase):
    """At 100 s, by a process that started at 0 unless it says otherwise."""

    CASES: list[tuple[str, Message | None, dict[str, Any], Kind]] = [
        ("nothing is known of the id", None, {}, Kind.NEW),
        ("another text", message(), {"text": "other"}, Kind.FURTHER),
        ("another number", message(), {"to": "+1"}, Kind.FURTHER),
        ("the same text a second time in one round", message(), {"n": 2}, Kind.FURTHER),
        ("the same, taken twice", message(piece("sent"), piece("sent", ref=11)), {"n": 2}, Kind.REPEAT),
        ("nothing sent yet, however old", message(), {"now": 1e6}, Kind.REPEAT),
        ("sent and not told", message(piece("sent"), status=Status.SENT), {}, Kind.REPEAT),
        ("sent, told, not over", message(piece("sent"), told=Status.SENT), {}, Kind.REPEAT),
        ("delivered, not told", message(piece("delivered"), owed=(Status.DELIVERED,)), {}, Kind.REPEAT),
        ("delivered, told", message(piece("delivered"), **FINAL), {}, Kind.RESEND),
        ("ends at sent, told", message(piece("silent"), told=Status.SENT), {}, Kind.RESEND),
        ("told, and our answer in doubt", message(piece("delivered"), doubt=True, **FINAL), {}, Kind.REPEAT),
        ("told, and open", message(piece("delivered"), refusals=(REFUSAL,), **FINAL), {}, Kind.REPEAT),
        ("told, and we were started since", message(piece("delivered"), **FINAL), {"started": 50.0}, Kind.REPEAT),
        (
            "in doubt, but every part failed",
            message(piece("failed", "dropped"), doubt=True, told=Status.FAILED),
            {"started": 50.0},
            Kind.RESEND,
        ),
        ("in doubt, for half an hour", message(piece("delivered"), doubt=True, **FINAL), {"now": 1801.0}, Kind.RESEND),
        ("in doubt, not quite", message(piece("delivered"), doubt=True, **FINAL), {"now": 1800.0}, Kind.REPEAT),
    ]

    def test_table(self) -> None:
        """One line for each thing a request can mean."""
        for what, known, given, kind in self.CASES:
            case = {"text": "hello", "n": 1, "now": 100.0, "started": 0.0, **given}
            asked = piece(text=case["text"], **({"to": case["to"]} if "to" in case else {}))
            found = judge(known, asked, case["n"], case["now"], case["started"], TERMS)
            self.assertEqual(kind, found, what)

    def test_concluded(self) -> None:
        """Told a final status; or *sent*, with nothing owed and nothing to come."""
        self.assertFalse(concluded(message(piece("silent"), told=Status.SENT, owed=(Status.SENT,))))
        self.assertTrue(concluded(message(piece("sent"), told=Status.FAILED, owed=(Status.FAILED,))))

    def test_taken(self) -> None:
        """By recipient and text."""
        known = message(piece("sent"), piece("sent", ref=11), piece("sent", ref=12, to="+1"))
        self.assertEqual(2, taken(known, piece().to, HELLO))


class RefusalTests(SynchronousTestCase):
    def test_opens_and_mends(self) -> None:
        """One mark a request; the 2xx of that request or a later one takes it away."""
        open_ = refused(refused(message(), REFUSAL, lost=False), replace(REFUSAL, at=200.0), lost=False)
        self.assertEqual((True, True, 1), (open_.open, open_.doubt, len(open_.refusals)))
        two = refused(open_, replace(REFUSAL, n=2), lost=False)
        self.assertEqual([2], [each.n for each in answered(two, HELLO, 1).refusals])
        self.assertFalse(answered(two, HELLO, 2).open)
        self.assertTrue(answered(two, "other", 2).open)
        self.assertFalse(answered(message(), HELLO, 1).open)

    def test_of_what_is_concluded(self) -> None:
        """A refused resend is still a resend; an answer that was lost is a doubt."""
        told = message(piece("delivered"), **FINAL)
        known = replace(REFUSAL, taken=True)
        self.assertIs(told, refused(told, known, lost=False))
        self.assertTrue(refused(told, known, lost=True).doubt)

    def test_closes_with_repeat_window(self) -> None:
        """A piece that never came again fails the message; a lost answer alone does not."""
        open_ = message(refusals=(REFUSAL,))
        self.assertIs(open_, closed(open_, 1899.0, TERMS))
        over = closed(open_, 1900.0, TERMS)
        self.assertEqual(("a piece never came again after 503", False), (over.rejected, over.open))
        lost = closed(message(refusals=(replace(REFUSAL, taken=True),)), 1900.0, TERMS)
        self.assertEqual(("", False), (lost.rejected, lost.open))
        younger = closed(message(refusals=(REFUSAL, replace(REFUSAL, n=2, at=500.0)), rejected="x"), 1900.0, TERMS)
        self.assertEqual(("x", [2]), (younger.rejected, [each.n for each in younger.refusals]))
