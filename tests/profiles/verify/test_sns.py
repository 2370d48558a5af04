"""Amazon SNS: genuine messages of one topic, under certificates that only Amazon can have put where they are."""

from __future__ import annotations

import base64
import datetime
import json
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.requests import Asked
from chanserv.profiles.verify.sns import Need, amazons, canonical, check, confirmation
from tests.profiles.helpers import Shelves

TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
URL = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
MESSAGE: dict[str, Any] = {
    "Type": "Notification",
    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    "TopicArn": TOPIC,
    "Subject": "My First Message",
    "Message": "Hello world!",
    "Timestamp": "2012-05-02T00:54:06.655Z",
    "SignatureVersion": "1",
    "SigningCertURL": URL,
}
CONFIRMATION: dict[str, Any] = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    "Token": "2336412f37",
    "TopicArn": TOPIC,
    "Message": "You have chosen to subscribe …",
    "SubscribeURL": f"https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37",
    "Timestamp": "2012-04-26T20:45:04.751Z",
    "SignatureVersion": "2",
    "SigningCertURL": URL,
}


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(signer: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    at = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(signer.public_key())
    made = made.serial_number(1).not_valid_before(at).not_valid_after(at + datetime.timedelta(days=365))
    return made.sign(signer, SHA256()).public_bytes(Encoding.PEM)


def signed(message: dict[str, Any], **changes: Any) -> bytes:
    """As Amazon would, then changed."""
    how = SHA1() if message["SignatureVersion"] == "1" else SHA256()
    signature = key().sign(canonical(message), PKCS1v15(), how)
    return json.dumps({**message, "Signature": base64.b64encode(signature).decode(), **changes}).encode()


def fetched() -> dict[str, bytes]:
    return {URL: certificate(key())}


class CanonicalTests(SynchronousTestCase):
    def test_by_hand(self) -> None:
        """As the guide writes it: name and value, each on its line; Subject only where there is one."""
        self.assertEqual(
            b"Message\nHello world!\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\nSubject\nMy First Message\n"
            b"Timestamp\n2012-05-02T00:54:06.655Z\nTopicArn\narn:aws:sns:us-west-2:123456789012:MyTopic\nType\nNotification\n",
            canonical(MESSAGE),
        )
        self.assertNotIn(b"Subject", canonical({**MESSAGE, "Subject": None}))
        self.assertIn(b"SubscribeURL\nhttps://sns", canonical(CONFIRMATION))
        self.assertIn(b"\nToken\n2336412f37\n", canonical(CONFIRMATION))


class CheckTests(SynchronousTestCase):
    def test_genuine(self) -> None:
        """Both versions, both sorts; the certificate is asked for first."""
        for message in (
            MESSAGE,
            {**MESSAGE, "SignatureVersion": "2"},
            CONFIRMATION,
            {**CONFIRMATION, "SignatureVersion": "1"},
        ):
            body = signed(message)
            self.assertEqual(Need(URL), check(body, TOPIC, {}))
            self.assertEqual("", check(body, TOPIC, fetched()), message)

    def test_what_is_changed(self) -> None:
        """Any value that is signed, the signature, its version."""
        wrong = "the signature is wrong"
        changes: list[tuple[dict[str, Any], str]] = [
            ({"Message": "x"}, wrong), ({"Subject": "x"}, wrong), ({"MessageId": "x"}, wrong),
            ({"Timestamp": "x"}, wrong),
            ({"Type": "SubscriptionConfirmation"}, wrong), ({"Signature": "AAAA"}, wrong), ({"Signature": ""}, wrong),
            ({"SignatureVersion": "2"}, wrong), ({"Subject": None}, wrong), ({"Message": ["x"]}, wrong),
            ({"SignatureVersion": "3"}, "it is signed in a way that is not taken"),
            ({"SignatureVersion": None}, "it is signed in a way that is not taken"),
            ({"SignatureVersion": []}, "it is signed in a way that is not taken"),
            ({"Signature": "☺"}, "the signature or its certificate is none"),
            ({"Signature": 5}, "the signature or its certificate is none"),
            ({"TopicArn": TOPIC + "2"}, "it is of another topic"), ({"TopicArn": [TOPIC]}, "it is of another topic"),
            ({"TopicArn": None}, "it is of another topic"),
        ]  # fmt: skip
        for change, expected in changes:
            self.assertEqual(expected, check(signed(MESSAGE, **change), TOPIC, fetched()), change)

    def test_another_topic_is_anybodys(self) -> None:
        """Amazon signs those as well."""
        other = {**MESSAGE, "TopicArn": "arn:aws:sns:us-west-2:666:Theirs"}
        self.assertEqual("it is of another topic", check(signed(other), TOPIC, fetched()))

    def test_certificates_that_are_none(self) -> None:
        """No PEM, one of another kind of key: no exception."""
        for pem, expected in (
            (b"", "the signature or its certificate is none"),
            (b"x", "the signature or its certificate is none"),
            (
                b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "the signature or its certificate is none",
            ),
            (certificate(ec.generate_private_key(ec.SECP256R1())), "it is signed in a way that is not taken"),
            (certificate(rsa.generate_private_key(65537, 2048)), "the signature is wrong"),
        ):
            self.assertEqual(expected, check(signed(MESSAGE), TOPIC, {URL: pem}), pem[:40])

    def test_certificates_elsewhere(self) -> None:
        """None is ever fetched from there."""
        for url in (*EVIL, *NOT_CERTIFICATES):
            body = signed(MESSAGE, SigningCertURL=url)
            found = check(body, TOPIC, {url: certificate(key())} if isinstance(url, str) else {})
            self.assertEqual("its certificate is not Amazon's", found, url)
        self.assertEqual("its certificate is not Amazon's", check(signed(MESSAGE, SigningCertURL=None), TOPIC, {}))

    def test_no_message(self) -> None:
        """Of another topic, as it is of none."""
        for body in (b"", b"{", b"[]", b"5", b"\xff", b"[" * 100_000, b'{"a":' * 5_000):
            self.assertEqual("it is of another topic", check(body, TOPIC, {}))
            self.assertEqual("", confirmation(body))

    @settings(max_examples=200, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([*MESSAGE, "Signature", "SigningCertUrl"]), st.text() | st.integers() | st.none()
        )
    )
    def test_anything(self, changes: dict[str, Any]) -> None:
        """Why not, or what is needed to know."""
        body = json.dumps({**MESSAGE, "Signature": "AAAA", **changes}).encode()
        self.assertTrue(check(body, TOPIC, fetched()))


EVIL: tuple[Any, ...] = (
    "", "x", "http://sns.us-west-2.amazonaws.com/a.pem", "https://evil.example/a.pem", "https://sns.us-west-2.amazonaws.com.evil/a",
    "https://sns.us-west-2.amazonaws.com@evil.example/a.pem", "https://evil.example#sns.us-west-2.amazonaws.com/a.pem",
    "https://evil.example\\@sns.us-west-2.amazonaws.com/a.pem", "https://sns.us-west-2.amazonaws.com:8443/a.pem",
    "https://sns.us-west-2.amazonaws.com\n.evil.example/a.pem", "https://sns.us-west-2.amazonaws.com/a\r\nHost: evil",
    "https://sns.us-west-2.amazonaws.com\t/a.pem", "https://snsxus-west-2.amazonaws.com/a.pem", "https://sns.amazonaws.com/a.pem",
    "https://sns.s3-us-west-2.amazonaws.com/a.pem", "https://sns.s3.amazonaws.com/a.pem", "https://sns.ec2.amazonaws.com/a.pem",
    "https://sns.us-west-2.amazonaws.com.cn.evil/a.pem", "https://a.sns.us-west-2.amazonaws.com/a.pem",
    "https://sns.us-west-2.amazonaws.com:/a.pem", "https://u:p@sns.us-west-2.amazonaws.com/a.pem", "file:///etc/passwd",
    "https://sns.us-west-2.amazonaws.com%2eevil.example/a.pem", "//sns.us-west-2.amazonaws.com/a.pem", "https://[::1/a.pem",
    "https://sns.us-west-2.amazonaws.com:99999/", "https://sns.us-west-\u0662.amazonaws.com/a.pem", 5, [], {},
)  # fmt: skip
NOT_CERTIFICATES = (
    "https://sns.us-west-2.amazonaws.com/",
    "https://sns.us-west-2.amazonaws.com/?Action=GetObject&x=.pem",
    URL + "?x",
    URL + "#x",
    URL.replace(".com/", ".com/../"),
    URL.replace("Simple", "Other"),
    "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-/../../x.pem",
)


class HostTests(SynchronousTestCase):
    def test_amazons(self) -> None:
        """Regional hosts of theirs, by TLS, at the usual port."""
        for region in ("us-west-2", "eu-central-1", "ap-southeast-2", "us-gov-west-1", "me-south-1", "cn-north-1"):
            top = "amazonaws.com.cn" if region.startswith("cn") else "amazonaws.com"
            self.assertTrue(amazons(f"https://sns.{region}.{top}/?Action=ConfirmSubscription"), region)
        self.assertTrue(amazons(URL))
        for url in EVIL:
            self.assertFalse(amazons(str(url)), url)

    def test_confirmation(self) -> None:
        """Only the URL Amazon is asked by, only of that sort of message."""
        self.assertEqual(CONFIRMATION["SubscribeURL"], confirmation(json.dumps(CONFIRMATION).encode()))
        self.assertEqual("", confirmation(json.dumps({**CONFIRMATION, "Type": "Notification"}).encode()))
        self.assertEqual("", confirmation(json.dumps(MESSAGE).encode()))
        for url in EVIL:
            self.assertEqual("", confirmation(json.dumps({**CONFIRMATION, "SubscribeURL": url}).encode()), url)


class SchemeTests(Shelves):
    def test_in_a_profile(self) -> None:
        """The guard asks for the certificate, and is asked again with it; nothing is genuine without a topic."""
        guard = self.profile('[[verify]]\nscheme = "sns"\nkey = "{cfg.key}"\n').guard
        request = Asked(body=signed(MESSAGE))
        self.assertEqual(Need(URL), guard.judge(request, {"key": TOPIC}, 0.0))
        self.assertEqual("", guard.judge(request, {"key": TOPIC}, 0.0, fetched()))
        self.assertEqual("this account has no key to check it with", guard.judge(request, {"key": ""}, 0.0, fetched()))
