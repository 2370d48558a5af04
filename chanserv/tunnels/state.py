"""What is known of a tunnel: a finding is what one look saw, a health is how things stand since when. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

State = Literal["up", "down", "unknown"]


@attrs.frozen
class Finding:
    """One look. `reason`: in an operator's words, and what to do; empty if all is well."""

    state: State
    reason: str = ""
    details: Mapping[str, object] = attrs.field(factory=dict)  # JSON-able


@attrs.frozen
class Health:
    """How a tunnel stands. Unknown counts as down for whoever would send through it."""

    state: State
    since: float
    reason: str = ""
    details: Mapping[str, object] = attrs.field(factory=dict)
    looked: float = 0.0  # when it was last looked at; 0: never

    @property
    def up(self) -> bool:
        return self.state == "up"


def after(health: Health, finding: Finding, now: float) -> Health:
    """How things stand after a look; `since` moves only with the state."""
    since = health.since if finding.state == health.state else now
    return Health(finding.state, since, finding.reason, finding.details, now)
