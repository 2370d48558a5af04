"""A link that is being tried (`phase = "test"`) sends to its test numbers alone; all other texts stay where they are.

Held, they cost nothing: a claim asks for the test numbers' lines, and never
looks at the others. How a text is claimed and sent is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from chanserv.message import queue_line
from chanserv.settings.carrier import CarrierSettings
from chanserv.text.numbers import digits


def reaches(link: CarrierSettings, to: str) -> bool:
    """May a text to this number go by this link?"""
    return link.phase == "live" or digits(to) in {digits(number) for number in link.test_numbers}


@attrs.frozen
class Trial:
    """Of one link. `channels`: names of those whose texts there may be; they may grow."""

    _link: CarrierSettings
    _channels: Iterable[str]

    def lines(self) -> tuple[str, ...] | None:
        """The lines it may claim from; None: from all."""
        if self._link.phase == "live":
            return None
        numbers = [digits(number) for number in self._link.test_numbers]
        written = [to for number in numbers for to in (f"+{number}", number)]  # as dialects know numbers
        return tuple(queue_line(one, to, reply) for one in self._channels for to in written for reply in (True, False))

    def reaches(self, to: str) -> bool:
        """May a text to this number be sent?"""
        return reaches(self._link, to)
