"""The paths an External-API device calls, over real HTTP on a connection in memory."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from chanserv import reference
from chanserv.links.external import link
from chanserv.links.external.doors import PATHS, Devices
from chanserv.message import Status
from chanserv.settings import ExternalSettings, Secret
from chanserv.site import Fork, Site
from tests.links.fakes import FakeLane, FakeRouter
from tests.platform.helpers import FORM, UUID, Caller, Heard
from tests.platform.helpers import Stage as Front

FAR = "6b3f9f0e-3c4e-4a0e-9d4c-0b8a0f0a7d11"
TEXT = b"from=%2B250788123123&text=ol%C3%A1"
OURS = reference.write(7, 8, 1, "250788383383")
TOKEN = {"Authorization": "Token far"}
WELL = {"type": "status", "channel_uuid": FAR, "status": "D"}


class DoorsTests(SynchronousTestCase):
    """One device beside the platform's front."""

    def setUp(self) -> None:
        self.open()

    def open(self, **more: Any) -> None:
        known = {"name": "far", "uuid": FAR, "send_url": "http://far.example/", "authorization": Secret("Token far")}
        self.router, self.clock = FakeRouter(), Clock()
        settings = ExternalSettings(**{**known, **more})
        self.link = link.make(settings, FakeLane(), self.router, self.clock)
        devices = Devices(links={"far": self.link, "other": object()}, trusted_proxies=(ip_network("198.51.100.0/24"),))
        self.front = Front()
        self.site = Site(Fork(self.front.front.resource(), PATHS, devices.resource()), self.clock)

    def begin(
        self, path: str, body: bytes = b"", method: str = "POST", headers: dict[str, str] = TOKEN, uuid: str = FAR
    ) -> Caller:
        caller = Caller(self.site)
        caller.ask(method, f"/c/ex/{uuid}/{path}", {**headers, **(FORM if body else {})}, body)
        return caller

    def ask(self, path: str, *rest: Any, kept: bool = True, **more: Any) -> Heard:
        """The whole of it; what is told is kept at once, or not at all."""
        caller = self.begin(path, *rest, **more)
        for waiting in self.router.waiting:
            if not waiting.called:
                waiting.callback([kept])
        heard = caller.heard()
        assert heard is not None
        return heard

    def said(self, heard: Heard) -> Any:
        return heard.code, json.loads(heard.body)["data"][0]

    def assertError(self, code: int, why: str, heard: Heard) -> None:
        self.assertEqual((code, {"type": "error", "error": why}), self.said(heard))
        self.assertEqual("application/json", heard.headers["content-type"])

    def test_a_text_is_answered_once_it_is_kept(self) -> None:
        """Not before the commit; then in courier's words, with the id by which the store knows it."""
        caller = self.begin("receive", TEXT)
        self.assertIsNone(caller.heard())
        self.router.waiting[0].callback([True])
        heard = caller.heard()
        assert heard is not None
        [(reply,)] = self.router.replies
        self.assertEqual(("far", "+250788123123", "", "olá"), (reply.link, reply.sender, reply.to, reply.body.decode()))
        code, data = self.said(heard)
        self.assertEqual((200, reply.vendor_id, "olá"), (code, data["msg_uuid"], data["text"]))
        self.assertEqual(1, self.link.status()["mo"])

    def test_two_texts_without_a_date_are_two(self) -> None:
        """Nothing tells a repeat from a second one."""
        self.ask("receive", TEXT)
        self.ask("receive", TEXT)
        [(one,), (other,)] = self.router.replies
        self.assertNotEqual(one.vendor_id, other.vendor_id)

    def test_what_is_not_kept_is_a_503(self) -> None:
        """Texts, statuses and opt-outs: the device shall come again."""
        for path, body in (("receive", TEXT), ("delivered", f"id={OURS}".encode()), ("stopped", b"from=250788123123")):
            heard = self.ask(path, body, kept=False)
            self.assertError(503, "unavailable", heard)
            self.assertEqual("30", heard.headers["retry-after"])

    def test_statuses_by_our_id(self) -> None:
        """By POST and GET; each is a receipt of its part."""
        for kind, status in (("sent", Status.SENT), ("delivered", Status.DELIVERED), ("failed", Status.FAILED)):
            self.assertEqual(200, self.ask(kind, f"id={OURS}".encode()).code)
            self.assertEqual(200, self.ask(f"{kind}?uuid={OURS}", method="GET").code)
            for (receipt,) in self.router.receipts:
                self.assertEqual(
                    ("far", OURS, (), status), (receipt.link, receipt.ours, receipt.carrier_ids, receipt.status)
                )
            self.router.receipts.clear()

    def test_a_status_of_nobody_s_is_answered_well(self) -> None:
        """As courier does; it is counted, and nothing is kept."""
        self.assertEqual((200, WELL), self.said(self.ask("delivered", f"id={UUID}".encode())))
        self.assertEqual(([], 1), (self.router.receipts, self.link.status()["strange"]))

    def test_opt_outs(self) -> None:
        """A reply without a text."""
        self.assertEqual(200, self.ask("stopped/", b"from=%2B250788123123").code)
        [(reply,)] = self.router.replies
        self.assertEqual((True, "+250788123123"), (reply.stop, reply.sender))

    def test_a_country_makes_numbers_whole(self) -> None:
        """What the device writes nationally."""
        self.open(country="RW")
        for raw in ("0788123126", "250788123126", "%2B250788123126", "+250788123126"):
            self.ask("receive", f"from={raw}&text=a".encode())
        self.assertEqual(["+250788123126"] * 4, [reply.sender for (reply,) in self.router.replies])

    def test_what_cannot_be_read_is_a_400_in_courier_s_words(self) -> None:
        """Nothing is kept of it."""
        self.assertError(400, "must have one of 'sender' or 'from' set", self.ask("receive", b"text=a"))
        self.assertError(400, "parameters id or uuid should not be empty", self.ask("sent", b""))
        self.assertEqual(([], [], 2), (self.router.replies, self.router.receipts, self.link.status()["strange"]))

    def test_an_answer_of_ones_own(self) -> None:
        """To texts that are kept; errors and statuses stay as they are."""
        self.open(mo_response="<ok/>", mo_response_content_type="text/xml")
        heard = self.ask("receive", TEXT)
        self.assertEqual((200, b"<ok/>", "text/xml"), (heard.code, heard.body, heard.headers["content-type"]))
        self.assertError(503, "unavailable", self.ask("receive", TEXT, kept=False))
        self.assertEqual((200, WELL), self.said(self.ask("delivered", f"id={OURS}".encode())))

    def test_strangers_are_refused(self) -> None:
        """Before anything is read; counted each time, logged once a minute."""
        logged: list[LogEvent] = []
        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        for headers in ({}, {"Authorization": "Token fa"}, {"Authorization": "Token far2"}):
            self.assertError(401, "unauthorized", self.ask("receive", TEXT, headers=headers))
        self.assertEqual(["bad-token"], [event["alarm"] for event in logged if "alarm" in event])
        self.clock.advance(60)
        self.ask("receive", TEXT, headers={})
        self.assertEqual(2, sum("alarm" in event for event in logged))
        self.assertEqual(([], 4), (self.router.replies, self.link.status()["hooks_refused"]))

    def test_any_one_way_lets_in(self) -> None:
        """A secret behind the path, a network; and nobody where no way is named."""
        self.open(authorization=None, url_secret=Secret("nobody-guesses"), allow_from=(ip_network("203.0.113.0/24"),))
        self.assertEqual(200, self.ask("receive/nobody-guesses", TEXT, headers={}).code)
        for path in ("receive/nobody-guesse", "receive/", "receive"):
            self.assertEqual(401, self.ask(path, TEXT, headers={}).code, path)
        forwarded = {"X-Forwarded-For": "203.0.113.9"}
        self.assertEqual(401, self.ask("receive", TEXT, headers=forwarded).code)  # the peer is no proxy of ours
        caller = Caller(self.site, "198.51.100.1")  # one is
        caller.ask("POST", f"/c/ex/{FAR}/receive", {**forwarded, **FORM}, TEXT)
        self.router.waiting[-1].callback([True])
        heard = caller.heard()
        assert heard is not None
        self.assertEqual(200, heard.code)
        self.open(authorization=None)
        self.assertEqual(401, self.ask("receive", TEXT, headers={}).code)
        self.assertEqual(401, self.ask("receive", TEXT, headers={"Authorization": ""}).code)

    def test_paths(self) -> None:
        """47: the uuid's case does not matter; an unknown one is courier's 400; other methods are none."""
        self.assertEqual(200, self.ask("delivered", f"id={OURS}".encode(), uuid=FAR.upper()).code)
        self.assertError(400, "channel not found", self.ask("receive", TEXT, uuid=UUID))
        for method in ("PUT", "HEAD", "get", "DELETE"):
            self.assertEqual(405, self.ask("receive?from=12345&text=a", method=method).code, method)
        for path in ("receipt", "received", "receive/a/b"):
            self.assertEqual(404, self.ask(path, TEXT).code, path)
        self.assertEqual(404, self.ask("receive", TEXT, uuid=FAR + "%2Fsends").code)

    def test_the_platform_s_front_is_still_there(self) -> None:
        """Its own path, and whatever else it answers."""
        caller = Caller(self.site)
        caller.ask(
            "POST", f"/c/ex/{UUID}/send", {"Authorization": "Token sekrit", **FORM}, b"id=1&text=a&to=250788383383"
        )
        heard = caller.heard()
        assert heard is not None
        self.assertEqual((200, 1), (heard.code, len(self.front.router.posts)))
        self.assertEqual([], self.router.replies)

    def test_who_hangs_up_is_heard_all_the_same(self) -> None:
        """It is kept; the answer goes nowhere."""
        caller = self.begin("receive", TEXT)
        caller.hang_up()
        self.router.waiting[0].callback([True])
        self.assertEqual(1, len(self.router.replies))

    def test_a_fault_of_ours_is_a_503(self) -> None:
        """Logged once."""
        caller = self.begin("receive", TEXT)
        self.router.waiting[0].errback(ValueError("a fault"))
        heard = caller.heard()
        assert heard is not None
        self.assertError(503, "unavailable", heard)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))
