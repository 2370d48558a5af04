"""Instants as providers write them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles import dates

AT = 1_700_000_000.0  # 2023-11-14T22:13:20Z
FORMS = ("iso", "s", "ms", "%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%y%m%d%H%M", "%d/%b/%Y", "%Y-%m-%dT%H:%M:%S%z")

ANY = st.text() | st.text(alphabet="0123456789-:TZ+. ") | st.integers() | st.floats() | st.none()


class ReadTests(SynchronousTestCase):
    def test_forms(self) -> None:
        """ISO 8601 and what is nearly that, seconds, milliseconds, patterns; a zone in the text goes before."""
        cases: list[tuple[Any, str, str, float | None]] = [
            ("2023-11-14T22:13:20Z", "iso", "UTC", AT),
            ("2023-11-14 22:13:20", "iso", "UTC", AT),
            ("2023-11-15 00:13:20", "iso", "Africa/Kigali", AT),
            ("2023-11-14T22:13:20+0000", "iso", "Africa/Kigali", AT),
            ("2023-11-14T23:13:20.123456789+01:00", "iso", "UTC", AT + 0.123456),
            ("2023-11-14T22:13:20.5Z", "iso", "UTC", AT + 0.5),
            ("20231114T221320Z", "iso", "UTC", AT),
            ("2023-11-14", "iso", "UTC", 1_699_920_000.0),
            (" 1700000000 ", "s", "UTC", AT),
            (1_700_000_000, "s", "UTC", AT),
            ("1700000000500", "ms", "UTC", AT + 0.5),
            (1_700_000_000_000.0, "ms", "UTC", AT),
            ("231114 2213", "%y%m%d %H%M", "UTC", AT - 20),
            ("14/Nov/2023:22:13:20 +0000", "%d/%b/%Y:%H:%M:%S %z", "Africa/Kigali", AT),
            ("2023-06-01 00:00:00", "%Y-%m-%d %H:%M:%S", "Europe/Berlin", 1_685_570_400.0),  # summer time
        ]
        for written, form, zone, expected in cases:
            self.assertEqual(expected, dates.read(written, form, zone), (written, form, zone))

    def test_none(self) -> None:
        """What is no date, or none a calendar holds."""
        for written, form in (
            (None, "iso"), ("", "iso"), ("today", "iso"), ("2023-13-01", "iso"), ("2023-11-14", "%Y%m%d"), ("x", "s"),
            ("nan", "s"), ("inf", "ms"), ("-1", "s"), ("1e300", "s"), ("9" * 400, "s"), ("1969-12-31T00:00:00Z", "iso"),
            ("0001-01-01T00:00:00", "iso"), ([1], "s"), ({}, "iso"), (True, "s"), ("9999-12-31T23:59:59-23:59", "iso"),
        ):  # fmt: skip
            self.assertIsNone(dates.read(written, form), (written, form))

    @settings(deadline=None)
    @given(
        st.text() | st.text(alphabet="0123456789-:TZ+. ") | st.integers() | st.floats() | st.none(),
        st.sampled_from(FORMS),
    )
    def test_anything(self, written: Any, form: str) -> None:
        """An instant that can be written again, or nothing."""
        found = dates.read(written, form, "America/Sao_Paulo")
        if found is not None:
            self.assertIsNotNone(dates.write(found, form, "America/Sao_Paulo"))


class WriteTests(SynchronousTestCase):
    def test_forms(self) -> None:
        """Seconds as whole numbers; local time where a zone is named."""
        cases: list[tuple[Any, str, str, str | None]] = [
            (AT, "iso", "UTC", "2023-11-14T22:13:20Z"),
            (AT + 0.9, "iso", "Africa/Kigali", "2023-11-15T00:13:20+02:00"),
            (AT + 0.9, "s", "UTC", "1700000000"),
            (AT + 0.5, "ms", "UTC", "1700000000500"),
            (str(AT), "%d/%m/%Y", "UTC", "14/11/2023"),
            (AT, "%Y%m%d%H%M%S", "Africa/Kigali", "20231115001320"),
        ]
        for value, form, zone, expected in cases:
            self.assertEqual(expected, dates.write(value, form, zone), (value, form, zone))

    def test_none(self) -> None:
        """What is no instant, or none a calendar holds, in any form."""
        values: tuple[Any, ...] = (
            None,
            "",
            "x",
            [],
            {},
            float("nan"),
            float("inf"),
            "-inf",
            1e300,
            10**400,
            -1e20,
            253402300800,
        )
        for value in values:
            for form in FORMS:
                self.assertIsNone(dates.write(value, form), (value, form))

    @settings(deadline=None)
    @given(st.integers(0, 253402214400), st.sampled_from(["iso", "s", "ms", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H%M%S"]))
    def test_there_and_back(self, instant: int, form: str) -> None:
        """What is written is read as it was."""
        self.assertEqual(instant, dates.read(dates.write(instant, form), form))


class WhyNotTests(SynchronousTestCase):
    def test_forms(self) -> None:
        """Only what can be read as well is one."""
        for form in FORMS:
            self.assertEqual("", dates.why_not(form))
        for form in ("%Q", "%", "ISO", "", "%Y-%m-%d%", "%-d", "%s"):
            self.assertIn("is no form of a date", dates.why_not(form), form)
