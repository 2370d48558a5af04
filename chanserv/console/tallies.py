"""What links have counted themselves, as counters of Prometheus: read from their status when somebody looks.

Nobody waits for such figures, so nothing is told when they change. What they mean is the links' matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from chanserv.interfaces import ILink

TOLD = {
    "late": ("link_answers_late", "Answers that nobody waited for any more"),
    "strange": ("link_strange", "What came from the carrier and made no sense"),
    "refused": ("link_calls_refused", "Calls from elsewhere than listen_from"),
    "hooks_refused": ("link_webhooks_refused", "Webhooks that were not the provider's, not understood or not kept"),
}
"""Key in a link's status -> name and help; a link that does not have it has no such counter."""


class Tallies(Collector):
    """Of the links as they stood at the last `set`."""

    def __init__(self) -> None:
        self._rows: dict[str, Mapping[str, object]] = {}

    def set(self, links: Iterable[ILink]) -> None:
        self._rows = {link.name: link.status() for link in links}

    def collect(self) -> Iterable[Metric]:
        for key, (name, help) in TOLD.items():
            family = CounterMetricFamily(f"chanserv_{name}", help, labels=["link"])
            for link, row in self._rows.items():
                if key in row:
                    family.add_metric([link], number(row, key))
            yield family


def number(status: Mapping[str, object], key: str) -> float:
    """What a link says of itself under this key; 0 where it says nothing that counts."""
    value = status.get(key, 0)
    return float(value) if isinstance(value, int | float) else 0.0
