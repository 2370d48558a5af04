"""Webhooks, octet by octet over HTTP: who is let in, what is kept before which answer, and what nobody learns."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet.defer import FirstError, fail
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from chanserv.links.rest import door
from chanserv.links.rest.doors import PREFIX, Doors
from chanserv.links.rest.link import RestLink
from chanserv.message import Status
from chanserv.profiles.replies import Answered
from chanserv.profiles.verify.sns import canonical
from chanserv.settings import Secret
from chanserv.site import Fork, Site
from chanserv.web import BODY_LIMIT
from tests.links.fakes import FakeLane, FakeRouter
from tests.links.rest.helpers import KEY, SECRET, UNSENT, FakeCalls, account, profile
from tests.platform.helpers import Caller, Heard

PUBLIC = "https://gw.example/base/"
OTHER = "another-secret-of-20"
STATUS = {"id": "v1", "status": "delivered", "to": "15551234567"}
TEXT = {"from": "+15551234567", "to": "8000", "text": "ja bitte", "id": "m1"}


class DoorsCase(SynchronousTestCase):
    """Link `a` at Acme."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_800_000_000.0)
        self.calls = FakeCalls()
        self.router: Any = FakeRouter()
        self.links: dict[str, Any] = {"smsc": object()}
        self.link = self.add(account())
        doors = Doors(links=self.links, public_url=PUBLIC, trusted_proxies=(ip_network("192.0.2.9"),))
        self.site = Site(Fork(Resource(), PREFIX, doors.resource()), self.clock)
        self.logged: list[str] = []
        observer: Any = self._log
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def _log(self, event: Any) -> None:
        self.logged.append(f"{event.get('log_format')} {event}")

    def add(self, settings: Any) -> RestLink:
        link = RestLink(settings, FakeLane(), self.router, self.clock, calls=self.calls)
        self.links[settings.name] = link
        return link

    def begin(
        self, body: Any = STATUS, path: str = f"a/{SECRET}/status", method: str = "POST", address: str = "192.0.2.7",
        **headers: str,
    ) -> Caller:  # fmt: skip
        """A webhook that is not answered yet."""
        caller = Caller(self.site, address)
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
        caller.ask(method, f"/hook/{path}", given, octets if method == "POST" else b"")
        return caller

    def ask(self, *told: Any, **more: Any) -> Heard:
        well = more.pop("well", True)
        caller = self.begin(*told, **more)
        self.commit(well)
        heard = caller.heard()
        assert heard is not None
        return heard

    def commit(self, well: bool = True) -> None:
        for waiting in self.router.waiting:
            kept = len(self.router.receipts[-1] if self.router.receipts else self.router.replies[-1])
            waiting.callback([well] * kept)
        self.router.waiting.clear()


class KeptTests(DoorsCase):
    """The answer after the commit."""

    def test_commit_before_the_answer(self) -> None:
        """Not an octet of it goes before what was told is on disk."""
        for body, path in ((STATUS, "status"), ({"messages": [TEXT]}, "receive")):
            caller = self.begin(body, f"a/{SECRET}/{path}")
            self.assertIsNone(caller.heard())
            self.commit()
            heard = caller.heard()
            assert heard is not None
            self.assertEqual((200, b"<ok/>", "text/xml"), (heard.code, heard.body, heard.headers["content-type"]))
        [[receipt]], [[reply]] = self.router.receipts, self.router.replies
        self.assertEqual(("a", ("v1",), Status.DELIVERED), (receipt.link, receipt.carrier_ids, receipt.status))
        self.assertEqual((b"ja bitte", "+15551234567", "8000"), (reply.body, reply.sender, reply.to))
        self.assertEqual((1, 1), (self.link.status()["mo"], self.link.status()["receipts"]))

    def test_not_kept(self) -> None:
        """503, in the provider's own words: it comes again."""
        heard = self.ask(well=False)
        self.assertEqual((503, b"<no/>", "text/xml"), (heard.code, heard.body, heard.headers["content-type"]))
        self.assertNotIn("receipts", self.link.status())

    def test_all_or_nothing(self) -> None:
        """One text of a batch that is not kept brings the whole batch again."""
        caller = self.begin({"messages": [TEXT, {**TEXT, "id": "m2"}]}, f"a/{SECRET}/receive")
        [waiting] = self.router.waiting
        waiting.callback([True, False])
        heard = caller.heard()
        self.assertEqual(503, heard and heard.code)

    def test_both_sorts(self) -> None:
        """A status that is an opt-out as well: both are kept before the answer, or it is none."""
        opted = {**STATUS, "status": "failed", "why": "opted-out"}
        for first, second in ((True, False), (False, True)):
            caller = self.begin(opted)
            for waiting, well in zip(self.router.waiting, (first, second), strict=True):
                waiting.callback([well])
            self.router.waiting.clear()
            heard = caller.heard()
            self.assertEqual(503, heard and heard.code)

    def test_a_fault_of_ours(self) -> None:
        """503 as well; it is in the log."""
        self.router.receipt = lambda receipts: fail(ZeroDivisionError())
        heard = self.ask()
        self.assertEqual((503, b"<no/>"), (heard.code, heard.body))
        self.assertEqual(1, len(self.flushLoggedErrors(FirstError)))

    def test_whoever_hangs_up(self) -> None:
        """Does not stop the commit, and the next one is heard."""
        caller = self.begin()
        caller.hang_up()
        [waiting] = self.router.waiting
        self.assertFalse(waiting.called)
        self.commit()
        self.assertEqual(1, self.link.status()["receipts"])
        self.assertEqual(200, self.ask({**STATUS, "id": "v2"}).code)

    def test_a_part_of_a_text(self) -> None:
        """Has the answer the profile gives while the rest is to come."""
        part = {**TEXT, "part": {"ref": "r", "count": 2, "index": 1}}
        self.assertEqual(b"HOLD", self.ask({"messages": [part]}, path=f"a/{SECRET}/receive").body)

    def test_unclear(self) -> None:
        """Is answered well, or it would come for days; and counted."""
        heard = self.ask({**STATUS, "status": "15551234567"})
        self.assertEqual((200, 1), (heard.code, self.link.status()["unclear"]))
        self.assertEqual([], self.router.receipts)
        self.assertNotIn("15551234567", "".join(self.logged))


class LetInTests(DoorsCase):
    """Who is heard."""

    def test_the_secret(self) -> None:
        """Either of two while it is changed; whoever has none learns nothing, not even which links there are."""
        self.add(account(hook_secret=(Secret(SECRET), Secret(OTHER))))
        self.assertEqual([200, 200], [self.ask(path=f"a/{each}/status").code for each in (SECRET, OTHER)])
        nothing = [
            self.ask(path=path)
            for path in (
                "a/wrong/status", f"a/{SECRET}x/status", f"a/{SECRET[:-1]}/status", f"b/{SECRET}/status",
                f"smsc/{SECRET}/status", "a/%00/status", "a/%C3%A9/status", f"a//{SECRET}/status",
            )
        ]  # fmt: skip
        self.assertEqual({404}, {each.code for each in nothing})
        self.assertEqual(1, len({(each.body, tuple(each.headers)) for each in nothing}))

    def test_no_words_of_ours(self) -> None:
        """Some providers send whatever we answer to the handset: an outdated URL, or half of one, hears nothing."""
        for path, method, code in (
            ("a/wrong/status", "POST", 404), ("gone/wrong/status", "POST", 404),
            ("a", "POST", 404), (f"a/{SECRET}/status", "DELETE", 405),
        ):  # fmt: skip
            heard = self.ask(path=path, method=method)
            self.assertEqual((code, b""), (heard.code, heard.body), path)

    def test_a_wrong_secret_is_counted(self) -> None:
        """The operator is told, once a minute: a provider may have been given an old one. The secret is not."""
        for _ in range(3):
            self.ask(path="a/a-wrong-one/status")
        self.assertEqual(3, self.link.status()["hooks_refused"])
        lines = [each for each in self.logged if "a webhook: {what}" in each]
        self.assertEqual((1, 0), (len(lines), sum("a-wrong-one" in each for each in self.logged)))

    def test_in_constant_time(self) -> None:
        """All secrets are compared, each as a whole, whatever the first was."""
        compared = []
        given = hmac.compare_digest

        def compare(one: Any, other: Any) -> bool:
            compared.append(other)
            return bool(given(one, other))

        self.patch(hmac, "compare_digest", compare)
        link = self.add(account(hook_secret=(Secret(SECRET), Secret(OTHER))))
        self.assertTrue(link.door.opens(SECRET))
        self.assertEqual([SECRET.encode(), OTHER.encode()], compared)
        self.assertFalse(self.add(account(hook_secret=())).door.opens(""))

    def test_another_path(self) -> None:
        """Of one who knows the secret: 404, in the provider's words, counted; the path is not told in full."""
        heard = self.ask(path=f"a/{SECRET}/15551234567")
        self.assertEqual((404, b"<no/>", 1), (heard.code, heard.body, self.link.status()["hooks_refused"]))
        self.assertNotIn("15551234567", "".join(self.logged))

    def test_a_secret_that_stands_there_twice(self) -> None:
        """Who wrote the URL down wrong at the provider must not find the secret in the log."""
        self.ask(path=f"a/{SECRET}/x/{SECRET}/status")
        [line] = [each for each in self.logged if "nothing is heard" in each]
        self.assertIn("'x/…/status'", line)
        self.assertFalse(any(SECRET[at : at + 8] in line for at in range(len(SECRET) - 8)), line)

    def test_from_where(self) -> None:
        """Only from `hook_from`; behind a proxy of ours, whom that names."""
        self.add(account(hook_from=(ip_network("198.51.100.0/24"),)))
        for address, forwarded, code in (
            ("198.51.100.7", {}, 200),
            ("192.0.2.7", {}, 403),
            ("192.0.2.7", {"X-Forwarded-For": "198.51.100.7"}, 403),
            ("192.0.2.9", {"X-Forwarded-For": "198.51.100.7"}, 200),
            ("192.0.2.9", {"X-Forwarded-For": "198.51.100.7, 192.0.2.7"}, 403),
        ):
            self.assertEqual(code, self.ask(address=address, **forwarded).code, (address, forwarded))

    def test_a_probe(self) -> None:
        """HEAD is answered well by whoever knows the path, though it bears no signature; nothing is told by it."""
        self.add(account(options={"signed": "yes"}))
        heard = self.ask(method="HEAD")
        self.assertEqual((200, b""), (heard.code, heard.body))
        self.assertEqual(404, self.ask(method="HEAD", path="a/wrong/status").code)

    def test_too_large(self) -> None:
        """413 over 64 KiB, in the provider's words, and the log says what the limit is; to a stranger 404."""
        body = b" " * (BODY_LIMIT + 1)
        heard = self.ask(body)
        self.assertIn("more than 64 KiB", "".join(self.logged))
        self.assertEqual((413, b"<no/>", 1), (heard.code, heard.body, self.link.status()["hooks_refused"]))
        self.assertEqual(404, self.ask(body, path="a/wrong/status").code)
        fits = json.dumps(STATUS).encode()
        self.assertEqual(200, self.ask(fits + b" " * (BODY_LIMIT - len(fits))).code)

    def test_unreadable(self) -> None:
        """400, in the provider's words."""
        heard = self.ask(b"{not json")
        self.assertEqual((400, b"<no/>"), (heard.code, heard.body))

    def test_a_flood_is_one_line(self) -> None:
        """A minute, of each sort of trouble."""
        for _ in range(50):
            self.ask(b"{")
            self.ask(path=f"a/{SECRET}/else")
        self.clock.advance(61.0)
        self.ask(b"{")
        lines = [each for each in self.logged if "a webhook: {what}" in each]
        self.assertEqual((3, 101), (len(lines), self.link.status()["hooks_refused"]))

    def test_nothing_in_the_log(self) -> None:
        """No text, number, id or secret of anybody."""
        self.ask({"messages": [TEXT, {"text": "ja bitte"}]}, path=f"a/{SECRET}/receive")
        self.ask({**STATUS, "status": "ja bitte 15551234567"})
        self.ask(b"ja bitte 15551234567")
        self.ask(well=False)
        told = "".join(each for each in self.logged if "a webhook" in each)
        self.assertIn("unreadable", told)
        for secret in ("15551234567", SECRET, KEY):
            self.assertNotIn(secret, told)


class SignedTests(DoorsCase):
    """With a signature over the URL and the body."""

    def setUp(self) -> None:
        super().setUp()
        self.link = self.add(account(options={"signed": "yes"}))

    def sign(self, url: str, body: bytes) -> str:
        return base64.b64encode(hmac.digest(KEY.encode(), url.encode() + body, "sha256")).decode()

    def test_over_our_public_url(self) -> None:
        """And the target as it was asked for, to the octet; never the Host header, which anybody may send."""
        body, target = json.dumps(STATUS).encode(), f"/hook/a/{SECRET}/status"
        for query in ("", "?a=%7e+1&b"):
            right = self.sign(f"https://gw.example/base{target}{query}", body)
            heard = self.ask(body, path=f"a/{SECRET}/status{query}", X_Signature=right)
            self.assertEqual(200, heard.code)
        for base in ("http://sms.example.org", "https://sms.example.org", "https://gw.example"):
            wrong = self.sign(base + target, body)
            self.assertEqual(403, self.ask(body, X_Signature=wrong, X_Forwarded_Host="gw.example").code, base)

    def test_wrong(self) -> None:
        """403, nothing is read of it; a missing one as well; the body must be to the octet what was signed."""
        body, url = json.dumps(STATUS).encode(), f"https://gw.example/base/hook/a/{SECRET}/status"
        for given in (
            {},
            {"X_Signature": ""},
            {"X_Signature": "nonsense"},
            {"X_Signature": self.sign(url, body + b" ")},
        ):
            heard = self.ask(body, **given)
            self.assertEqual((403, b"<no/>"), (heard.code, heard.body))
        self.assertEqual((4, []), (self.link.status()["hooks_refused"], self.router.receipts))


class AmazonTests(DoorsCase):
    """SNS: its certificate is fetched from Amazon's hosts alone, and a subscription confirmed there."""

    topic = "arn:aws:sns:eu-west-1:1:sms"
    cert_url = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
    key = generate_private_key(65537, 2048)

    def setUp(self) -> None:
        super().setUp()
        name, now = x509.Name([]), datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        self.pem = made.sign(self.key, SHA256()).public_bytes(Encoding.PEM)
        keys = {key: Secret("x") for key in profile("aws").about.needs}
        self.link = self.add(account("aws", credentials={**keys, "topic": Secret(self.topic)}))

    def message(self, **more: str) -> bytes:
        given = {
            "Type": "Notification", "MessageId": "1", "TopicArn": self.topic, "Timestamp": "2026-11-27T00:00:00Z",
            "SigningCertURL": self.cert_url, "SignatureVersion": "2",
            "Message": json.dumps({"originationNumber": "+15551234567", "messageBody": "hi", "inboundMessageId": "i"}),
            **more,
        }  # fmt: skip
        given["Signature"] = base64.b64encode(self.key.sign(canonical(given), PKCS1v15(), SHA256())).decode()
        return json.dumps(given).encode()

    def hear(self, body: bytes) -> Caller:
        return self.begin(body, f"a/{SECRET}/receive", Content_Type="text/plain")

    def code(self, caller: Caller) -> int:
        self.commit()
        heard = caller.heard()
        return heard.code if heard else 0

    def test_the_certificate_is_fetched_once(self) -> None:
        """And the text is kept."""
        caller = self.hear(self.message())
        self.assertEqual([self.cert_url], self.calls.urls)
        self.calls.answer(Answered(status=200, body=self.pem))
        self.assertEqual(200, self.code(caller))
        self.assertEqual(200, self.code(self.hear(self.message())))
        self.assertEqual(([self.cert_url], 2), (self.calls.urls, len(self.router.replies)))

    def test_it_cannot_be_fetched(self) -> None:
        """503: Amazon sends nothing again that had a 403."""
        for answer in (UNSENT, Answered(status=404)):
            caller = self.hear(self.message())
            self.calls.answer(answer)
            self.assertEqual(503, self.code(caller))

    def test_from_nobody_else(self) -> None:
        """No other host is asked, whatever the message says."""
        for url in (
            "http://sns.eu-west-1.amazonaws.com/x.pem", "https://evil.example/x.pem", "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem", "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        ):  # fmt: skip
            self.assertEqual(403, self.code(self.hear(self.message(SigningCertURL=url))), url)
        self.assertEqual([], self.calls.requests)

    def test_a_forged_one(self) -> None:
        """Is refused, and its subscription not confirmed."""
        body = self.message(Type="SubscriptionConfirmation", SubscribeURL=self.cert_url, Token="t")
        caller = self.hear(body.replace(b'"Token": "t"', b'"Token": "u"'))
        self.calls.answer(Answered(status=200, body=self.pem))
        self.assertEqual((403, [self.cert_url]), (self.code(caller), self.calls.urls))

    def test_confirmed(self) -> None:
        """A genuine one is, at Amazon's; if that fails it shall come again. Elsewhere nothing is asked."""
        there = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
        body = self.message(Type="SubscriptionConfirmation", SubscribeURL=there, Token="t")
        caller = self.hear(body)
        self.calls.answer(Answered(status=200, body=self.pem))
        self.calls.answer(UNSENT)
        self.assertEqual(503, self.code(caller))
        caller = self.hear(body)
        self.calls.answer(Answered(status=200))
        self.assertEqual((200, [self.cert_url, there, there]), (self.code(caller), self.calls.urls))
        evil = self.message(Type="SubscriptionConfirmation", SubscribeURL="https://evil.example/", Token="t")
        self.assertEqual((200, 3), (self.code(self.hear(evil)), len(self.calls.requests)))

    def test_what_is_no_certificate_is_not_kept(self) -> None:
        """A page of an hour's trouble would have all notifications refused until the next start."""
        first = self.hear(self.message())
        self.calls.answer(Answered(status=200, body=b"<html>We are sorry</html>"))
        self.assertEqual(503, self.code(first))
        second = self.hear(self.message())
        self.calls.answer(Answered(status=200, body=self.pem))
        self.assertEqual(200, self.code(second))

    def test_certificates_do_not_pile_up(self) -> None:
        """However many there are said to be."""
        for number in range(3 * door.MOST_FETCHED):
            caller = self.hear(self.message(SigningCertURL=self.cert_url.replace("-1.pem", f"-{number}.pem")))
            self.calls.answer(Answered(status=200, body=self.pem))
            self.assertEqual(200, self.code(caller))
        self.assertEqual(door.MOST_FETCHED, len(self.link.door._fetched))
