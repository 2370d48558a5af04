"""The gateway as it is built: what the store goes by, and that nothing is opened."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

from treq.testing import StubTreq
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from chanserv import gateway as gateway_module
from chanserv import loading
from chanserv import operations as op
from chanserv.errors import Conflict, Leaving, StoreError
from chanserv.gateway import Gateway
from chanserv.loading.adding import Adding
from chanserv.message import Piece, Post, Reply
from chanserv.rules.terms import ChannelTerms, Terms
from chanserv.settings import (
    Addition,
    ChannelSettings,
    GatewaySettings,
    LinkSettings,
    PlatformSettings,
    Secret,
    SmppSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.store_terms import terms
from tests.fakes import settings, smpp
from tests.loading.folder import SOUND, Folder

UUID = "b86f686f-9168-4dd9-a03e-77f11b265b56"
KEYS = {"auth_id": "a", "auth_token": "b"}


class TermsTests(SynchronousTestCase):
    def test_defaults_agree(self) -> None:
        """What the settings say by default is what the rules say by default."""
        made = terms(settings(channels={}, links={}))
        self.assertEqual(Terms(), made)

    def test_every_term_is_a_setting(self) -> None:
        """Each number reaches the store."""
        names = [name for name in Terms.__struct_fields__ if name not in ("channels", "links")]
        for number, name in enumerate(names, 7):
            made = terms(settings(gateway=GatewaySettings(**{name: number})))
            self.assertEqual(number, getattr(made, name), name)

    def test_of_channels_and_links(self) -> None:
        """Which statuses, which receipts, whether to resend."""
        made = terms(
            settings(
                channels={"c": ChannelSettings(name="c", uuid="u", address="1", statuses=("failed",))},
                links={"a": smpp("a", receipts="message", on_unknown="fail")},
            )
        )
        self.assertEqual(("failed",), made.channels["c"].statuses)
        self.assertEqual(
            ("message", "fail", True), (made.links["a"].receipts, made.links["a"].on_unknown, made.links["a"].asks)
        )
        silent = terms(settings(links={"a": smpp("a", ask=False)}))
        self.assertFalse(silent.links["a"].asks)
        ids = terms(settings(links={"a": smpp("a"), "u": UcpSettings(name="u", hosts=("h:1",))}, channels={}))
        self.assertEqual([False, True], [ids.links[name].by_second for name in "au"])


class ConstructionTests(SynchronousTestCase):
    def gateway(self, links: dict[str, SmppSettings] | None = None, **more: object) -> Gateway:
        self.folder = os.path.join(self.mktemp(), "data")
        given = {"data": self.folder, **more}
        made = settings(
            gateway=GatewaySettings(**given),
            platforms={"main": PlatformSettings(name="main", url="http://127.0.0.1:1")},
            tunnels={"vpn": TunnelSettings(name="vpn", kind="device", device="no-such0")},
            **({} if links is None else {"links": links}),
        )
        self.reactor = MemoryReactorClock()
        return Gateway(made, self.reactor)

    def test_nothing_is_opened(self) -> None:
        """No thread, no file, no socket, no timer: a process that becomes a daemon would lose them."""
        threads = threading.active_count()
        gateway = self.gateway()
        self.assertEqual((["a"], ["a"]), (list(gateway.links), list(gateway.lanes)))
        self.assertEqual((threads, False), (threading.active_count(), os.path.exists(self.folder)))
        self.assertEqual(
            ([], [], []), (self.reactor.tcpServers, self.reactor.tcpClients, self.reactor.getDelayedCalls())
        )

    def test_closed_until_it_is_started(self) -> None:
        """The way in says so, and health with it."""
        gateway = self.gateway()
        self.assertEqual(("starting", False), (gateway.front.closed, gateway.healthy()))

    def test_a_page_only_where_it_is_wanted(self) -> None:
        """`console` names its endpoint."""
        self.assertIsNone(self.gateway().console)
        with_page = self.gateway(console="tcp:8081:interface=127.0.0.1", console_token=Secret("t"))
        self.assertIsNotNone(with_page.console)

    def test_a_link_waits_for_its_tunnel(self) -> None:
        """The gate of its settings is its own; a link without one dials."""
        gateway = self.gateway({"a": smpp("a", tunnel="vpn", require_tunnel=True), "b": smpp("b")})
        for link in gateway.links.values():
            link.start()
        states = [link.status()["state"] for link in gateway.links.values()]
        self.assertEqual((["waiting", "dialling"], ["vpn"]), (states, list(gateway.fleet.watches)))
        self.assertIn("tunnel vpn is not known to be up", str(gateway.links["a"].status()["last_error"]))
        for link in gateway.links.values():
            self.successResultOf(link.stop())


class AdditionTests(Folder):
    """A gateway that was started from a file, but for its ports, with a store that takes everything."""

    def setUp(self) -> None:
        super().setUp()
        console = "console = 'tcp:8081:interface=127.0.0.1'\nconsole_token = 'hush'"
        data = f'data = "{self.folder.absolute()}/d"\npublic_url = "https://sms.example.org"'
        main = self.write('include = ["conf.d/*.toml"]\n' + SOUND.replace('data = "d"', f"{data}\n{console}"))
        loaded = loading.read(main)
        self.clock = MemoryReactorClock()
        self.gateway = gateway = Gateway(loaded.settings, self.clock, Adding(main, loaded.drafts))
        self.given = loaded.settings
        self.operations: list[op.Operation] = []
        counted = op.Counted(queues={}, outbox=0, outbox_oldest=0.0, dead=0, orphans=0)
        self.answers: dict[type, op.Result] = {op.Formers: op.Digests(digests=()), op.Census: counted}
        self.patch(gateway.store, "apply", self.apply)
        self.patch(gateway.additions, "_apart", maybeDeferred)
        gateway.front.closed = ""

    def apply(self, operations: Sequence[op.Operation]) -> Deferred[list[op.Result]]:
        self.operations += operations
        return succeed([self.answers.get(type(each), op.Done()) for each in operations])

    def add(self, **sections: Any) -> Deferred[Addition]:
        return self.gateway.additions.add("acme", sections)

    def both(self, **more: object) -> dict[str, Any]:
        link = {"kind": "rest", "profile": "plivo", "hook_secret": "s3cret-of-theirs", "receipts": "none", **more}
        channel = {"uuid": UUID, "address": "2020", "url_secret": "s", "links": ["acme"], "statuses": ["failed"]}
        return {"link": {"acme": {**link, "credentials": KEYS}}, "channel": {"acme": channel}}

    def asked(self, web: StubTreq, path: str) -> int:
        return self.successResultOf(web.post(f"http://127.0.0.1{path}", b"")).code

    def test_whoever_looks_finds_it(self) -> None:
        """The way in, the routing, the way back, the webhooks, the console; none of it did before."""
        gateway = self.gateway
        front, doors = StubTreq(gateway.front.resource()), StubTreq(gateway.doors.resource())
        send, hook = f"/c/ex/{UUID.upper()}/send", "/hook/acme/s3cret-of-theirs/status"
        assert gateway.console is not None
        console = StubTreq(gateway.console.resource())
        self.assertEqual((404, 404), (self.asked(front, send), self.asked(doors, hook)))
        self.successResultOf(self.add(**self.both()))
        self.assertEqual(401, self.asked(front, send))
        self.assertNotEqual(404, self.asked(doors, hook))
        self.assertEqual("plivo", gateway.links["acme"].status()["version"])
        self.assertEqual((True, "bound"), (gateway.links["acme"].up, gateway.links["acme"].status()["state"]))
        self.assertEqual("2020", gateway.reporter.channels["acme"].address)
        reply = Reply(link="acme", sender="+250788123123", to="2020", body=b"hi", encoding="utf-8")
        self.successResultOf(gateway.router.reply([reply]))
        self.assertEqual("acme", self.operations[-1].reply.channel)  # type: ignore[union-attr] # a Hear
        rows = self.successResultOf(console.get("http://127.0.0.1/api/links", headers={"Authorization": "Bearer hush"}))
        self.assertIn(b'"name":"acme"', self.successResultOf(rows.content()))

    def test_texts_go_by_it(self) -> None:
        """Routed and cut as the new link wants it."""
        self.successResultOf(self.add(**self.both()))
        post = Post(channel="acme", id="7", piece=Piece(to="+250788123123", sender="2020", text="x" * 300))
        self.gateway.router.submit(post).addErrback(lambda failure: failure.trap(StoreError))
        (take,) = [each for each in self.operations if isinstance(each, op.Take)]
        self.assertEqual(("acme", 1), (take.link, len(take.slices)))

    def test_the_store_is_told_first(self) -> None:
        """What it is to go by, then who came just before the last process ended; only then does the link start."""
        self.successResultOf(self.add(**self.both()))
        know, formers, *_ = self.operations
        assert isinstance(know, op.Know)
        self.assertEqual({"acme": ChannelTerms(statuses=("failed",))}, know.channels)
        self.assertEqual(("none", True), (know.links["acme"].receipts, know.links["acme"].ours))
        self.assertEqual(op.Formers(link="acme"), formers)
        self.assertEqual("none", self.gateway.store._terms.links["acme"].receipts)

    def test_only_of_this_gateway(self) -> None:
        """The settings it was given are as they were."""
        self.successResultOf(self.add(**self.both()))
        self.assertEqual((["mtn"], ["claro"]), (list(self.given.links), list(self.given.channels)))
        self.assertEqual(["claro", "acme"], list(self.gateway.settings.channels))

    def test_a_store_that_fails(self) -> None:
        """Nothing is there: neither link nor lane nor channel nor file."""
        self.patch(self.gateway.store, "apply", lambda operations: fail(StoreError("no disk")))
        self.failureResultOf(self.add(**self.both()), StoreError)
        gateway = self.gateway
        self.assertEqual((["mtn"], ["mtn"]), (list(gateway.links), list(gateway.lanes)))
        self.assertEqual((["mtn"], ["claro"]), (list(gateway.settings.links), list(gateway.settings.channels)))
        self.assertFalse((self.folder / "conf.d").exists())
        self.assertNotIn("acme", gateway.store._terms.links)

    def test_a_link_that_cannot_start(self) -> None:
        """Those beside it are stopped again; the file is gone."""
        stopped: list[str] = []

        class Broken:
            def __init__(self, settings: LinkSettings, *words: Any, **more: Any) -> None:
                self.name = settings.name

            def start(self) -> None:
                if self.name == "b":
                    raise RuntimeError("a fault of ours")

            def stop(self) -> None:
                stopped.append(self.name)

        self.patch(gateway_module, "KINDS", {"smpp": Broken})
        link = {"kind": "smpp", "hosts": ["127.0.0.1:1"], "system_id": "x", "password": "pw"}
        self.failureResultOf(self.add(link={"a": link, "b": link}), RuntimeError)
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
        self.assertEqual((["a", "b"], ["mtn"]), (stopped, list(self.gateway.links)))
        self.assertEqual([], os.listdir(self.folder / "conf.d"))

    def test_smsc_links(self) -> None:
        """Any kind: it dials at once, and waits for its tunnel's device if that is required."""
        smsc = {"kind": "smpp", "hosts": ["127.0.0.1:2775"], "system_id": "x", "password": "pw"}
        self.successResultOf(self.add(link={"a": smsc, "b": {**smsc, "device": "no-such0", "require_tunnel": True}}))
        states = [self.gateway.links[name].status()["state"] for name in ("a", "b")]
        self.assertEqual((["dialling", "waiting"], ["device no-such0"]), (states, list(self.gateway.fleet.watches)))
        assert self.gateway.console is not None
        self.assertEqual(["device no-such0"], list(self.gateway.console.tunnels))

    def test_before_it_takes_texts(self) -> None:
        """And when it does no more."""
        self.gateway.front.closed = "starting"
        self.assertEqual("starting", str(self.failureResultOf(self.add(**self.both()), Leaving).value))

    def test_what_it_was_given_has_no_file(self) -> None:
        """Then nothing can be added."""
        gateway = Gateway(self.given, MemoryReactorClock())
        gateway.front.closed = ""
        self.failureResultOf(gateway.additions.add("acme", self.both()), Conflict)
