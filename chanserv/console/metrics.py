"""The meter Prometheus reads: counters fed as things happen, gauges set when somebody looks.

It keeps a registry of its own, so that two gateways in one process (a test)
do not meet. Children of labels are bound once and then found in a dict: the
hot path costs one look-up and one addition. It knows no link kind and no
store: what a scrape needs is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

import attrs
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics import MetricWrapperBase
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chanserv.console.tallies import Tallies, number
from chanserv.interfaces import ILink, ITunnel
from chanserv.message import Verdict, masked
from chanserv.meter import COUNTS
from chanserv.operations import Counted

CONTENT_TYPE = CONTENT_TYPE_LATEST.encode("ascii")

ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COMMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
BATCHES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
LAGS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

REASONS = 60
"""Different reasons kept apart for one link; a carrier that invents more is counted under `other`."""

_M = TypeVar("_M", bound=MetricWrapperBase)


class _Children(dict[tuple[str, ...], _M], Generic[_M]):
    """Label values -> the metric bound to them."""

    def __init__(self, metric: _M) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> _M:
        child = self[labels] = self._metric.labels(*labels)
        return child


class Metrics:
    """An `IMeter` with a text for Prometheus."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, help: str, *labels: str) -> _Children[Counter]:
            return _Children(Counter(f"chanserv_{name}", help, labels, registry=registry))

        def histogram(name: str, help: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"chanserv_{name}", help, labels, buckets=buckets, registry=registry)

        self._accepted = counter("accepted_pieces", "Pieces taken for delivery, on disk", "channel")
        self._repeats = counter("repeats", "Requests known as repeats; nothing new was sent", "channel")
        self._generations = counter("generations", "Wanted resends", "channel")
        self._empty = counter("empty_texts", "Empty texts answered and dropped", "channel")
        self._foreign = counter("foreign_senders", "Requests whose `from` is not the channel's", "channel")
        self._tokens = counter("bad_tokens", "Requests with a wrong token", "channel")
        self._declined = counter("declined", "Requests answered with another status than 2xx", "channel", "code")
        self._answers = counter("answers", "What carriers said to parts", "link", "verdict", "reason")
        self._throttled = counter("throttled", "Times a carrier said slow down", "link")
        self._heard = counter("inbound", "Texts from handsets (MO)", "link", "fate")
        self._receipts = counter("receipts", "Receipts", "link", "fate")
        self._posts = counter("posts", "Posts to the platform", "kind", "result")
        self._counts = {name: counter(name, help, *labels) for name, (help, labels) in COUNTS.items()}
        self._submits = _Children(
            histogram("submit_seconds", "From hand-over of a part to its answer", ANSWERS, "link")
        )
        self._post_seconds = _Children(histogram("post_seconds", "Posts to the platform", ANSWERS, "kind"))
        self._commit_seconds = histogram("commit_seconds", "Commits of the store", COMMITS)
        self._commit_sizes = histogram("commit_operations", "Operations a commit", BATCHES)
        self._lag = histogram("reactor_lag_seconds", "How late a timer of the reactor fired", LAGS)
        self._gauges = _Gauges(registry)
        self._tallies = Tallies()
        registry.register(self._tallies)
        self._reasons: dict[str, set[str]] = {}

    # what happens (IMeter)

    def accepted(self, channel: str) -> None:
        self._accepted[channel,].inc()

    def repeated(self, channel: str) -> None:
        self._repeats[channel,].inc()

    def regenerated(self, channel: str) -> None:
        self._generations[channel,].inc()

    def emptied(self, channel: str) -> None:
        self._empty[channel,].inc()

    def foreign(self, channel: str) -> None:
        self._foreign[channel,].inc()

    def unauthorized(self, channel: str) -> None:
        self._tokens[channel,].inc()

    def declined(self, channel: str, code: int) -> None:
        self._declined[channel, str(code)].inc()

    def answered(self, link: str, verdict: Verdict, reason: str, seconds: float) -> None:
        known = reason.partition(": ")[0]  # behind it are the carrier's own words, which may name a number
        known = known if known.startswith("0x") else masked(known)  # an aggregator's are words throughout
        self._answers[link, verdict.value, self._reason(link, known)].inc()
        self._submits[link,].observe(seconds)

    def throttled(self, link: str) -> None:
        self._throttled[link,].inc()

    def heard(self, link: str, fate: str) -> None:
        self._heard[link, fate].inc()

    def recorded(self, link: str, fate: str) -> None:
        self._receipts[link, fate].inc()

    def posted(self, kind: str, result: str, seconds: float) -> None:
        self._posts[kind, result].inc()
        self._post_seconds[kind,].observe(seconds)

    def committed(self, seconds: float, operations: int) -> None:
        self._commit_seconds.observe(seconds)
        self._commit_sizes.observe(operations)

    def counted(self, name: str, **labels: str) -> None:
        if name in COUNTS and set(labels) == set(COUNTS[name][1]):
            key = tuple(labels[label] for label in COUNTS[name][1])
            self._count(name, key)
        else:
            self._count("surprises", (name,))

    def lagged(self, seconds: float) -> None:
        """A timer of the reactor fired so late."""
        self._lag.observe(seconds)

    # what is, when somebody looks

    def text(
        self,
        census: Counted | None,
        links: Iterable[ILink],
        now: float,
        rates: Mapping[str, float] | None = None,
        tunnels: Iterable[ITunnel] = (),
    ) -> bytes:
        """Everything in the text format (version 0.0.4). Without a census (the store is failing) queues are absent."""
        for name, rate in (rates or {}).items():
            self._gauges.rate.labels(name).set(rate)
        links = tuple(links)
        self._tallies.set(links)
        self._gauges.set(census, links, now)
        self._gauges.set_tunnels(tunnels)
        return generate_latest(self.registry)

    def _count(self, name: str, key: tuple[str, ...]) -> None:
        children = self._counts[name]
        (children[key] if key else children._metric).inc()

    def _reason(self, link: str, reason: str) -> str:
        seen = self._reasons.setdefault(link, set())
        if reason in seen:
            return reason
        if len(seen) >= REASONS:
            return "other"
        seen.add(reason)
        return reason


class _Gauges:
    """The state of links, queues and outbox, set afresh at every scrape."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, help: str, *labels: str) -> Gauge:
            return Gauge(f"chanserv_{name}", help, labels, registry=registry)

        self.up = gauge("link_up", "1: at least one session may send", "link")
        self.sessions = gauge("link_sessions", "Sessions that are bound", "link")
        self.locked = gauge(
            "link_locked", "1: refused for what only a person can mend, such as a wrong password", "link"
        )
        self.window = gauge("link_window", "Parts that may be unanswered at once", "link")
        self.rate = gauge("link_rate", "Parts a second that may be sent at present", "link")
        self.used = gauge("link_window_used", "Parts that are unanswered", "link")
        self.tunnel = gauge("tunnel_up", "1: the tunnel is known to be up", "tunnel")
        self.handshake = gauge("tunnel_handshake_age_seconds", "Since WireGuard's last handshake", "tunnel")
        self.depth = gauge("link_queue", "Pieces waiting", "link")
        self.oldest = gauge("link_queue_oldest_seconds", "Age of the oldest piece waiting", "link")
        self.outbox = gauge("outbox", "Posts owed to the platform")
        self.outbox_oldest = gauge("outbox_oldest_seconds", "Age of the oldest post owed")
        self.dead = gauge("outbox_dead", "Dead letters")
        self.orphans = gauge("orphan_receipts", "Receipts whose text is not known")
        self.store_up = gauge("store_up", "1: the store answers")

    def set_tunnels(self, tunnels: Iterable[ITunnel]) -> None:
        """A handshake that nobody saw has no age."""
        self.handshake.clear()
        for tunnel in tunnels:
            self.tunnel.labels(tunnel.name).set(bool(tunnel.up))
            age = tunnel.status().get("handshake_age")
            if isinstance(age, int | float):
                self.handshake.labels(tunnel.name).set(age)

    def set(self, census: Counted | None, links: Iterable[ILink], now: float) -> None:
        for link in links:
            self.up.labels(link.name).set(link.up)
            self.window.labels(link.name).set(link.window)
            status = link.status()
            self.used.labels(link.name).set(number(status, "unanswered"))
            self.sessions.labels(link.name).set(number(status, "sessions"))
            self.locked.labels(link.name).set(status.get("locked") is True)
            self.depth.labels(link.name).set(0)
            self.oldest.labels(link.name).set(0)
        self.store_up.set(census is not None)
        if census is None:
            self.depth.clear()
            self.oldest.clear()
            return
        for name, queue in census.queues.items():
            self.depth.labels(name).set(queue.depth)
            self.oldest.labels(name).set(age(queue.oldest, now))
        self.outbox.set(census.outbox)
        self.outbox_oldest.set(age(census.outbox_oldest, now))
        self.dead.set(census.dead)
        self.orphans.set(census.orphans)


def age(since: float, now: float) -> float:
    """Seconds since an instant; 0 where there is none (0.0)."""
    return max(0.0, now - since) if since else 0.0


@attrs.define
class Lag:
    """Measures how late timers fire, once every `interval` seconds."""

    clock: IReactorTime
    tell: Callable[[float], None]
    interval: float = 1.0
    _call: IDelayedCall | None = None

    def start(self) -> None:
        self._call = self.clock.callLater(self.interval, self._fired, self.clock.seconds() + self.interval)

    def stop(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _fired(self, due: float) -> None:
        self.tell(max(0.0, self.clock.seconds() - due))
        self.start()
