"""The log: one JSON object a line, and numbers cut short."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.logs import json_lines


class JsonLineTests(SynchronousTestCase):
    """What a log collector reads."""

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.getvalue().splitlines()]

    def setUp(self) -> None:
        self.file = StringIO()
        self.log = Logger("chanserv.test", observer=LogPublisher(json_lines(self.file)))

    def test_an_event_is_a_line(self) -> None:
        """Message, level, system, time in UTC, and the plain fields beside them."""
        self.log.warn("{link} is down\nand out", link="claro", tries=3)
        [line] = self.lines()
        self.assertRegex(line.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")
        wanted = {
            "level": "warn",
            "system": "chanserv.test",
            "message": "claro is down\nand out",
            "link": "claro",
            "tries": 3,
        }
        self.assertEqual(wanted, line)

    def test_objects_stay_out(self) -> None:
        """Their repr may tell anything; only the message may use them."""
        self.log.info("up", session=object(), message="not the message")
        [line] = self.lines()
        self.assertEqual({"time", "level", "system", "message"}, set(line))
        self.assertEqual("up", line["message"])

    def test_a_failure_brings_its_traceback(self) -> None:
        """In the same line."""
        self.log.failure("a surprise", Failure(ValueError("odd")))
        [line] = self.lines()
        self.assertEqual(("critical", "a surprise"), (line["level"], line["message"]))
        self.assertIn("ValueError: odd", line["traceback"])

    def test_an_event_of_old_code_is_a_line_too(self) -> None:
        """Neither level nor system nor format."""
        json_lines(self.file)({"log_time": 0.0})
        self.assertEqual(
            [{"time": "1970-01-01T00:00:00.000+00:00", "level": "info", "system": "-", "message": ""}], self.lines()
        )
