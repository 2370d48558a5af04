"""Every command_status by its class, told here a second time and from the other end."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp import verdicts
from chanserv.links.smpp.verdicts import FEW, HOPELESS, THROTTLED_PAUSE, THROTTLES, meanings, name, verdict
from chanserv.message import Verdict

THROTTLED = {0x14, 0x58}
TEMPORARY = {0x08, 0x64, 0x102}
SESSION = {0x04, 0x05, 0x0D, 0x0E, 0x0F, 0x53}  # not the text's fault
FEW_TRIES = {0x45, 0xFF, *range(0x400, 0x500)}
PERMANENT = {
    *(0x01, 0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x0C, 0x11, 0x13, 0x15, 0x33, 0x34, 0x40, 0x42, 0x43, 0x44),
    *(0x48, 0x49, 0x50, 0x51, 0x54, 0x55, 0x61, 0x62, 0x63, 0x65, 0x66, 0x67, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xFE),
    *(0x100, 0x101, 0x103, 0x104, *range(0x105, 0x113)),
}
RESERVED = {
    0x09,
    0x10,
    *range(0x16, 0x33),
    *range(0x35, 0x40),
    0x41,
    0x52,
    0x68,
    0xBF,
    0x113,
    0x3FF,
    0x500,
    0xFFFF_FFFF,
}


class VerdictTests(SynchronousTestCase):
    """What a status means for the part it answers."""

    def test_taken(self) -> None:
        """Nothing but 0, however often it was tried."""
        taken = [status for status in range(0x600) if verdict(status) is Verdict.TAKEN]
        self.assertEqual(taken, [0])
        self.assertIs(verdict(0, 99), Verdict.TAKEN)

    def test_later(self) -> None:
        """Congestion, and faults of the session: for as long as the text is valid."""
        for status in THROTTLED | TEMPORARY | SESSION:
            for tries in (0, 1, FEW, 1000):
                self.assertIs(verdict(status, tries), Verdict.LATER, hex(status))

    def test_refused(self) -> None:
        """Faults of the text; and words nobody knows."""
        for status in PERMANENT | RESERVED:
            for tries in (0, 1, FEW):
                self.assertIs(verdict(status, tries), Verdict.REFUSED, hex(status))

    def test_few_tries(self) -> None:
        """Codes some SMSCs use for anything, and vendors' own: three tries in all."""
        for status in FEW_TRIES:
            found = [verdict(status, tries) for tries in range(5)]
            self.assertEqual(found, [Verdict.LATER] * 2 + [Verdict.REFUSED] * 3, hex(status))

    def test_no_code_is_forgotten(self) -> None:
        """Each code of the standard is in one class, and has its name."""
        named = {status for status in range(0x600) if name(status).startswith("ESME_R")}
        classes = [{0}, THROTTLED, TEMPORARY, SESSION, FEW_TRIES, PERMANENT]
        for status in named:
            self.assertEqual(sum(status in one for one in classes), 1, hex(status))
        self.assertEqual(len({name(status) for status in named}), len(named))

    def test_names(self) -> None:
        """The standard's word, or the number."""
        for status, expected in (
            (0x00, "ESME_ROK"),
            (0x0B, "ESME_RINVDSTADR"),
            (0x58, "ESME_RTHROTTLED"),
            (0x407, "status 0x00000407"),
        ):
            self.assertEqual(name(status), expected)
        for constant, value in vars(verdicts).items():
            if constant.startswith("ESME_"):
                self.assertEqual(name(value), constant)

    def test_rests_and_stops(self) -> None:
        """A full queue rests longer than a throttle; a wrong password is a person's matter."""
        self.assertEqual(set(THROTTLES), THROTTLED)
        self.assertGreater(THROTTLES[0x14], THROTTLES[0x58])
        self.assertEqual(set(HOPELESS), {0x03, 0x0E, 0x0F, 0x53})

    def test_a_failed_delivery(self) -> None:
        """data_sm in transaction mode: by whether the reason will pass; no other code is asked that."""
        self.assertEqual([verdict(0xFE, 9, passing) for passing in (False, True)], [Verdict.REFUSED, Verdict.LATER])
        self.assertIs(verdict(0x0B, 0, True), Verdict.REFUSED)


class MeaningTests(SynchronousTestCase):
    """What an operator says of single codes."""

    OWN = meanings({"0x0400": "later", "0X45": "refused", "1025": "throttled", "88": "refused", "0x0b": "taken"})

    def test_own_codes(self) -> None:
        """As the operator writes them."""
        for status, meant in (
            (0x400, Verdict.LATER),
            (0x45, Verdict.REFUSED),
            (0x401, Verdict.LATER),
            (0x58, Verdict.REFUSED),
            (0x0B, Verdict.TAKEN),
        ):
            self.assertIs(self.OWN.verdict(status), meant, hex(status))

    def test_the_rest_is_the_table(self) -> None:
        """Nothing is said of any other code."""
        for status in set(range(0x600)) - {0x400, 0x401, 0x45, 0x58, 0x0B}:
            self.assertIsNone(self.OWN.verdict(status), hex(status))

    def test_pauses(self) -> None:
        """Where throttling is meant, and nowhere else."""
        self.assertEqual(
            [self.OWN.pause(status) for status in (0x14, 0x401, 0x58, 0x400, 0)],
            [THROTTLES[0x14], THROTTLED_PAUSE, 0.0, 0.0, 0.0],
        )
        self.assertEqual(meanings({}).pause(0x58), THROTTLES[0x58])

    def test_lost(self) -> None:
        """0x04 ends the session, unless the operator knows that this carrier means something else."""
        self.assertEqual([meanings({}).lost(status) for status in (0x04, 0x05, 0)], [True, False, False])
        self.assertFalse(meanings({"0x04": "refused"}).lost(0x04))
