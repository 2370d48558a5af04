"""What Prometheus reads: names, labels, and the state of links and queues at a scrape."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.console.metrics import REASONS, Lag, Metrics
from chanserv.message import Verdict
from chanserv.meter import COUNTS, SILENT, IMeter
from chanserv.operations import Counted, Queue
from tests.console.fakes import FakeLink, FakeTunnel


class MetricsTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.metrics = Metrics()

    def text(self, census: Counted | None = None) -> str:
        return self.metrics.text(census, [FakeLink("claro")], 1000.0, {"claro": 22.5}).decode()

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"chanserv_{name}", labels)

    def test_it_is_a_meter(self) -> None:
        """The real one and the silent one may stand for each other."""
        meters: list[IMeter] = [self.metrics, SILENT]
        for meter in meters:
            meter.accepted("main")
            meter.answered("claro", Verdict.TAKEN, "", 0.1)
            meter.counted("sessions_broken", link="claro")

    def test_what_happens_is_counted_under_its_labels(self) -> None:
        """Every verb of the meter has its metric."""
        m = self.metrics
        for verb in (m.accepted, m.repeated, m.regenerated, m.emptied, m.foreign, m.unauthorized):
            verb("main")
        m.declined("main", 503)
        m.answered("claro", Verdict.LATER, "ESME_RTHROTTLED", 0.2)
        m.throttled("claro")
        m.heard("claro", "kept")
        m.recorded("claro", "orphan")
        m.posted("sent", "told", 0.03)
        m.committed(0.004, 12)
        m.lagged(0.002)
        for name in ("accepted_pieces", "repeats", "generations", "empty_texts", "foreign_senders", "bad_tokens"):
            self.assertEqual(1.0, self.value(f"{name}_total", channel="main"), name)
        self.assertEqual(1.0, self.value("declined_total", channel="main", code="503"))
        self.assertEqual(1.0, self.value("answers_total", link="claro", verdict="later", reason="ESME_RTHROTTLED"))
        self.assertEqual(1.0, self.value("submit_seconds_count", link="claro"))
        self.assertEqual(1.0, self.value("throttled_total", link="claro"))
        self.assertEqual(1.0, self.value("inbound_total", link="claro", fate="kept"))
        self.assertEqual(1.0, self.value("receipts_total", link="claro", fate="orphan"))
        self.assertEqual(1.0, self.value("posts_total", kind="sent", result="told"))
        self.assertEqual(12.0, self.value("commit_operations_sum"))
        self.assertEqual(1.0, self.value("reactor_lag_seconds_count"))

    def test_rare_things_are_counted_by_name(self) -> None:
        """Every name of the table works; a name or label nobody declared is a surprise, not an error."""
        for name, (_, labels) in COUNTS.items():
            self.metrics.counted(name, **dict.fromkeys(labels, "x"))
            self.assertEqual(1.0, self.value(f"{name}_total", **dict.fromkeys(labels, "x")), name)
        self.metrics.counted("sessions_broken", wrong="x")
        self.metrics.counted("nobody_knows")
        self.assertEqual(1.0, self.value("surprises_total", where="sessions_broken"))
        self.assertEqual(1.0, self.value("surprises_total", where="nobody_knows"))

    def test_what_carriers_say_is_no_label(self) -> None:
        """Their own words name numbers (a UCP system message does), and differ from text to text."""
        for words in ("EC 04 operation not allowed", "EC 04 operation not allowed: 5511999990000:010126120000"):
            self.metrics.answered("claro", Verdict.LATER, words, 0.1)
        text = self.metrics.text(None, [], 0.0).decode()
        self.assertNotIn("5511999990000", text)
        self.assertIn('reason="EC 04 operation not allowed",verdict="later"} 2.0', text)

    def test_a_carrier_cannot_fill_the_memory_with_reasons(self) -> None:
        """Past a number of different reasons the rest is `other`; known ones go on."""
        for number in range(REASONS + 5):
            self.metrics.answered("claro", Verdict.REFUSED, f"0x{number:08x}", 0.1)
        self.metrics.answered("claro", Verdict.REFUSED, "0x00000000", 0.1)
        self.assertEqual(5.0, self.value("answers_total", link="claro", verdict="refused", reason="other"))
        self.assertEqual(2.0, self.value("answers_total", link="claro", verdict="refused", reason="0x00000000"))

    def test_nobodys_number_is_a_label(self) -> None:
        """Aggregators put one into their words; codes stay as they are."""
        for reason in ("bad number 15551234567", "bad number 15551234568", "0x00000411: 15551234567", "E12345"):
            self.metrics.answered("claro", Verdict.REFUSED, reason, 0.1)
        for reason, count in (("bad number …", 2.0), ("0x00000411", 1.0)):
            self.assertEqual(count, self.value("answers_total", link="claro", verdict="refused", reason=reason))

    def test_a_scrape_sees_links_and_queues(self) -> None:
        """Window and queue of each link, age of the oldest, and what is owed to the platform."""
        census = Counted(queues={"claro": Queue(7, 990.0)}, outbox=3, outbox_oldest=940.0, dead=2, orphans=1)
        text = self.text(census)
        for line in (
            'chanserv_link_up{link="claro"} 1.0',
            'chanserv_link_window{link="claro"} 10.0',
            'chanserv_link_window_used{link="claro"} 4.0',
            'chanserv_link_rate{link="claro"} 22.5',
            'chanserv_link_sessions{link="claro"} 2.0',
            'chanserv_link_locked{link="claro"} 1.0',
            'chanserv_link_answers_late_total{link="claro"} 3.0',
            'chanserv_link_strange_total{link="claro"} 2.0',
            'chanserv_link_webhooks_refused_total{link="claro"} 6.0',
            'chanserv_link_queue{link="claro"} 7.0',
            'chanserv_link_queue_oldest_seconds{link="claro"} 10.0',
            "chanserv_outbox 3.0",
            "chanserv_outbox_oldest_seconds 60.0",
            "chanserv_outbox_dead 2.0",
            "chanserv_orphan_receipts 1.0",
            "chanserv_store_up 1.0",
        ):
            self.assertIn(line, text.splitlines())

    def test_a_scrape_sees_tunnels(self) -> None:
        """Up or not, and how old the handshake is of one that has any."""
        tunnels = [FakeTunnel("one", up=True, age=12.0), FakeTunnel("two"), FakeTunnel("three", age=None)]
        self.metrics.text(None, [], 1000.0, {}, tunnels)
        up = [self.value("tunnel_up", tunnel=name) for name in ("one", "two", "three")]
        self.assertEqual([1.0, 0.0, 0.0], up)
        ages = [self.value("tunnel_handshake_age_seconds", tunnel=name) for name in ("one", "two", "three")]
        self.assertEqual([12.0, 200.0, None], ages)
        self.metrics.text(None, [], 1000.0, {}, [FakeTunnel("two", age=None)])
        self.assertIsNone(self.value("tunnel_handshake_age_seconds", tunnel="two"))

    def test_an_emptied_queue_goes_back_to_nothing(self) -> None:
        """A link the census no longer names has no queue."""
        self.text(Counted(queues={"claro": Queue(7, 990.0)}, outbox=0, outbox_oldest=0.0, dead=0, orphans=0))
        text = self.text(Counted(queues={}, outbox=0, outbox_oldest=0.0, dead=0, orphans=0))
        self.assertIn('chanserv_link_queue{link="claro"} 0.0', text)
        self.assertIn("chanserv_outbox_oldest_seconds 0.0", text)

    def test_a_failing_store_shows_no_stale_queue(self) -> None:
        """Without a census the queue is absent, and the store is down."""
        self.text(Counted(queues={"claro": Queue(7, 990.0)}, outbox=0, outbox_oldest=0.0, dead=0, orphans=0))
        text = self.text(None)
        self.assertIn("chanserv_store_up 0.0", text)
        self.assertNotIn('chanserv_link_queue{link="claro"}', text)

    def test_two_gateways_do_not_meet(self) -> None:
        """Each has a registry of its own."""
        self.metrics.accepted("main")
        self.assertNotIn('channel="main"', Metrics().text(None, [], 0.0, {}).decode())


class LagTests(SynchronousTestCase):
    def test_a_late_timer_is_told_and_the_next_one_armed(self) -> None:
        """Half a second late is half a second of lag; stopping leaves nothing behind."""
        clock, told = Clock(), list[float]()
        lag = Lag(clock, told.append)
        lag.start()
        clock.advance(1.5)
        clock.advance(1.0)
        self.assertEqual([0.5, 0.0], told)
        lag.stop()
        lag.stop()
        self.assertEqual([], clock.getDelayedCalls())
