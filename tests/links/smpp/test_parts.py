"""A part as a submit_sm: addresses, coding, header, receipt."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.smpp.parts import submit_sm
from chanserv.message import Coding, Part, Slice
from tests.links.fakes import work


class SubmitSmTests(SynchronousTestCase):
    def test_addresses(self) -> None:
        """TON and NPI by what is written: +digits, a short code, digits, a name."""
        for address, ton, npi, octets in (
            ("+5511999990000", 1, 1, b"5511999990000"),
            ("8000", 3, 0, b"8000"),
            ("11999990000", 0, 1, b"11999990000"),
            ("WENI", 5, 0, b"WENI"),
        ):
            one = work(sender=address, to=address)
            pdu = submit_sm(one, one.parts[0], True)
            source = pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr
            dest = pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr
            self.assertEqual(((ton, npi, octets),) * 2, (source, dest), address)

    def test_octets(self) -> None:
        """The header goes before the body and is announced; each coding has its number."""
        for coding, number in ((Coding.GSM7, 0), (Coding.UCS2, 8), (Coding.OCTETS, 4)):
            one = work(coding=coding)
            headed = submit_sm(one, Part(number=1, slice=Slice(b"ab", b"\x05\0\3\1\2\1")), True)
            plain = submit_sm(one, Part(number=1, slice=Slice(b"ab")), True)
            self.assertEqual(
                (number, 0x40, b"\x05\0\3\1\2\1ab"), (headed.data_coding, headed.esm_class, headed.short_message)
            )
            self.assertEqual((0, b"ab"), (plain.esm_class, plain.short_message))

    def test_receipts_are_asked_for(self) -> None:
        """Final ones, and only where the carrier gives any; validity is ours."""
        one = work()
        self.assertEqual([1, 0], [submit_sm(one, one.parts[0], wanted).registered_delivery for wanted in (True, False)])
        self.assertEqual(b"", submit_sm(one, one.parts[0], True).validity_period)
