"""A round with every provider whose profile is shipped: a text out, its status back, a text in, all over real HTTP.

Those that most people have are looked at more closely, in `tests.stories.test_rest_rounds`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from chanserv.profiles.shelf import Shelf
from tests.stories.rest_stage import RestStage


class RoundTests(RestStage):
    """A test for each profile, of its name."""

    odd: ClassVar[dict[str, dict[str, Any]]] = {
        "aws": {"called": False},  # what SNS signs is Amazon's alone to sign; `test_providers` has its webhooks
        "bongolive": {"text": "Ola {€}"},  # it says what GSM can, and leaves á no accent
        "thinq": {"to": "+12065550111", "dialled": "2065550111"},
    }

    async def setUp(self) -> None:
        self.profile = self._testMethodName.removeprefix("test_")
        for name, value in self.odd.get(self.profile, {}).items():
            setattr(self, name, value)
        await super().setUp()


def _round(name: str) -> Any:
    async def test(self: RoundTests) -> None:
        await self.round()

    test.__doc__ = f"With {name}."
    return test


for _name in Shelf().names():
    setattr(RoundTests, f"test_{_name}", _round(_name))
