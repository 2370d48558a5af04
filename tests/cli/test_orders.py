"""What a person may tell a running simulator: a line is an order, or says why it is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli.orders import AGGREGATOR, Call, Change, Drop, Help, List, Mo, Show, Tell, Unclear, parse


class OrderTests(SynchronousTestCase):
    GOOD = (
        ("throttle_for 10", Change("throttle_for", 10.0)),
        ("  receipt-delay   0.5 ", Change("receipt_delay", 0.5)),
        ("silent yes", Change("silent", True)),
        ("silent OFF", Change("silent", False)),
        ("refuse_with 0x58", Change("refuse_with", 88)),
        ("window 3", Change("window", 3)),
        ("receipt_status ENROUTE DELIVRD", Change("receipt_status", "ENROUTE DELIVRD")),
        ("password", Change("password", "")),
        ("mo +5511 8000  Olá,  tudo bem?", Mo("+5511", "8000", "Olá,  tudo bem?")),
        ("drop", Drop()),
        ("call 127.0.0.1:2775", Call("127.0.0.1", 2775)),
        ("call [::1]:2775", Call("::1", 2775)),
        ("show", Show()),
        ("help", Help()),
    )
    BAD = (
        ("", "not known"),
        ("latencey 3", "'latencey' is not known"),
        ("silent", "yes or no"),
        ("silent 1", "yes or no"),
        ("window many", "window wants a number"),
        ("window 1.5", "window wants a number"),
        ("throttle_for", "throttle_for wants a number"),
        ("mo +5511 8000", "FROM TO TEXT"),
        ("call nowhere", "HOST:PORT"),
        ("call host:0", "HOST:PORT"),
        ("call host:65536", "HOST:PORT"),
        ("drop everything", "drop stands alone"),
    )

    def test_orders_are_read(self) -> None:
        """Each as what it means."""
        for line, order in self.GOOD:
            self.assertEqual(order, parse(line), line)

    def test_what_says_nothing_is_told(self) -> None:
        """With what is wrong about it."""
        for line, why in self.BAD:
            self.assertIn(why, str(self.assertRaises(Unclear, parse, line)), line)

    @given(st.text())
    def test_any_line_is_an_order_or_unclear(self, line: str) -> None:
        """Never anything else."""
        try:
            parse(line)
        except Unclear as unclear:
            self.assertTrue(unclear.args[0])


class AggregatorTests(SynchronousTestCase):
    """Another vocabulary."""

    GOOD = (
        ("early yes", Change("early", True)),
        ("status-delay 0.5", Change("status_delay", 0.5)),
        ("answer too many at once", Change("answer", "too many at once")),
        ("mo +5511 8000 Olá", Mo("+5511", "8000", "Olá")),
        ("tell failed", Tell("failed", "")),
        ("tell failed  SM1", Tell("failed", "SM1")),
        ("list", List()),
        ("show", Show()),
        ("help", Help()),
    )

    def test_orders_are_read(self) -> None:
        """Each as what it means; those of carriers mean nothing, and the other way round."""
        for line, order in self.GOOD:
            self.assertEqual(order, parse(line, AGGREGATOR), line)
        for line in ("drop", "call 127.0.0.1:1", "receipt_delay 1"):
            self.assertRaises(Unclear, parse, line, AGGREGATOR)
        for line in ("tell failed", "list", "status_delay 1"):
            self.assertRaises(Unclear, parse, line)
