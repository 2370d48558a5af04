"""Numbers as people, platforms and carriers write them."""

from __future__ import annotations

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.text.numbers import LONGEST, TEXT, digits, e164, from_ton, national, possible, ton_npi


class NumberTests(SynchronousTestCase):
    """Tables of cases, and no number that breaks them."""

    def test_e164(self) -> None:
        """`+digits` where it can be known, the digits where not."""
        cases: list[tuple[str, str | None, str]] = [
            ("0788123123", "RW", "+250788123123"),
            ("788123123", "RW", "+250788123123"),
            ("250788123123", "RW", "+250788123123"),
            ("00250788123123", "RW", "+250788123123"),
            ("+250 788 123-123", "RW", "+250788123123"),
            ("+250788123123", None, "+250788123123"),
            (" +5582999489287 ", "RW", "+5582999489287"),
            ("+5582999489287", None, "+5582999489287"),
            ("(082) 99948-9287", "BR", "+5582999489287"),
            ("0788123123", None, "0788123123"),
            ("00250788123123", None, "00250788123123"),
            ("2020", "RW", "2020"),
            ("2020", None, "2020"),
            ("123456", "RW", "123456"),
            ("0788123123", "XX", "0788123123"),  # no such country
            ("99999999999999999999", "RW", "99999999999999999999"),  # no number anywhere
            ("9999999", "RW", "9999999"),  # none there: a longer short code
            ("1" * 300, "RW", "1" * 300),  # too long for the library to look at
            ("INFO", "RW", ""),
            ("", "RW", ""),
        ]
        for given_as, country, expected in cases:
            self.assertEqual(e164(given_as, country), expected, (given_as, country))

    def test_what_nobody_can_dial_costs_nothing(self) -> None:
        """A webhook may hold hundreds of them, and the library takes its time over each."""
        asked = list[str]()
        self.patch(phonenumbers, "parse", lambda number, country: asked.append(number))
        self.assertEqual("1" * 21, e164("1" * 21, "RW"))
        self.assertEqual([], asked)

    def test_national(self) -> None:
        """What is dialled within a country, without a trunk prefix; of a number elsewhere, or none, its digits."""
        cases = [
            ("+250788123123", "RW", "788123123"),
            ("0788123123", "RW", "788123123"),
            ("250788123123", "RW", "788123123"),
            ("+252 61 2345678", "SO", "612345678"),
            ("+5582999489287", "RW", "5582999489287"),
            ("+12065550111", "CA", "2065550111"),  # they share a code
            ("+390612345678", "IT", "0612345678"),  # whose zero is dialled
            ("2020", "RW", "2020"),
            ("0788", "XX", "0788"),
            ("0788", "", "0788"),
            ("INFO", "RW", ""),
            ("", "RW", ""),
            ("1" * 300, "RW", "1" * 300),
            ("+", "RW", ""),
        ]
        for number, country, expected in cases:
            self.assertEqual(expected, national(number, country), (number, country))

    @given(st.text() | st.text(alphabet="+0123456789 -()x"), st.sampled_from(["RW", "US", "IT", "XX", "", "rw", "\0"]))
    def test_national_of_anything(self, number: str, country: str) -> None:
        """Digits, whatever it is."""
        found = national(number, country)
        self.assertEqual(digits(found), found)

    def test_possible(self) -> None:
        """Something to dial: digits, perhaps dressed, at most twenty."""
        cases = [
            ("+250788123123", True),
            ("0788 123 123", True),
            ("(250)", False),
            ("+250 (788) 123.123/4-5", True),
            ("2020", True),
            ("12", True),
            ("1", False),
            ("", False),
            ("+", False),
            ("INFO", False),
            ("25078x8123", False),
            ("++250788", False),
            ("٢٥٠٧٨٨", False),
            ("1" * 20, True),
            ("1" * 21, False),
        ]
        for number, expected in cases:
            self.assertEqual(possible(number), expected, number)

    def test_digits(self) -> None:
        """What two writings have in common."""
        for number in ("+250 788", "250788", "00+250/788", "250-788"):
            self.assertIn(digits(number), ("250788", "00250788"))
        self.assertEqual(digits("²٣x"), "")

    def test_ton_npi(self) -> None:
        """TON and NPI by the look of an address (SMPP 3.4, 5.2.5 and 5.2.6)."""
        cases = [
            ("+250788123123", (1, 1, b"250788123123")),
            ("+250 788-123", (1, 1, b"250788123")),
            ("250788123123", (0, 1, b"250788123123")),
            ("0788123123", (0, 1, b"0788123123")),
            ("2020", (3, 0, b"2020")),
            ("123456", (3, 0, b"123456")),
            ("INFO", (5, 0, b"INFO")),
            ("Elevenchars+", (5, 0, b"Elevenchars")),
            ("Čika", (5, 0, b"?ika")),
            ("me@home", (5, 0, b"me@home")),
            ("A_B", (5, 0, b"A\x11B")),
            ("€€€€€€", (5, 0, b"\x1be" * 5)),  # eleven septets have no room for half a pair
            ("", (0, 0, b"")),
        ]
        for address, expected in cases:
            self.assertEqual(ton_npi(address), expected, address)

    def test_from_ton(self) -> None:
        """What carriers write is brought to one form."""
        cases = [
            (1, 1, b"250788123123", "+250788123123"),
            (1, 1, b"+250788123123", "+250788123123"),
            (1, 1, b"00250788123123", "+250788123123"),
            (0, 1, b"00250788123123", "+250788123123"),
            (0, 0, b"+250788123123", "+250788123123"),
            (0, 1, b"250788123123", "250788123123"),
            (2, 1, b"0788123123", "0788123123"),
            (1, 1, b"2020", "2020"),  # short codes come with any TON
            (3, 0, b"2020", "2020"),
            (3, 0, b"0012", "0012"),
            (5, 0, b"INFO", "INFO"),
            (5, 0, b"12345678", "12345678"),
            (5, 0, b"Caf\xe9", "Café"),
            (5, 0, b"Caf\x05 \x1be", "Café €"),  # GSM septets
            (0, 0, b"INFO", "INFO"),
            (0, 0, b"*123#", "*123#"),
            (1, 1, b" 250788123123 ", "+250788123123"),
            (1, 1, b"", ""),
            (1, 1, b"+", "+"),
            (5, 0, b"caf\xe9", "café"),
        ]
        for ton, npi, address, expected in cases:
            self.assertEqual(from_ton(ton, npi, address), expected, address)

    @given(st.text(), st.sampled_from([None, "RW", "BR", "", "xx"]))
    def test_any_text(self, text: str, country: str | None) -> None:
        """Nothing a person types raises, and an address of ours fits its field."""
        self.assertIn(e164(text, country)[:1], ["", "+", *"0123456789"])
        ton, _, octets = ton_npi(text)
        self.assertLessEqual(len(octets), TEXT if ton == 5 else LONGEST)
        self.assertNotIn(0, octets)
        possible(text)

    @given(st.integers(0, 255), st.binary(max_size=64))
    def test_any_octets(self, ton: int, octets: bytes) -> None:
        """Nothing a carrier writes raises."""
        from_ton(ton, 0, octets)

    @given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True))
    def test_there_and_back(self, number: str) -> None:
        """An international number keeps its form through an SMSC."""
        self.assertEqual(from_ton(*ton_npi(number)), number)
