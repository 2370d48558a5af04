"""The schemes that need nothing but a request and secrets: vectors of providers and RFCs, and what enemies try."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import hypothesis
from hypothesis import settings
from hypothesis import strategies as st

from chanserv.profiles.requests import FORM, Asked
from chanserv.profiles.verify.guard import Guard
from tests.profiles.helpers import Shelves

NOW = 1_700_000_000.0
TWILIO = """
[[verify]]
scheme = "hmac"
hash = "sha1"
given = "header.X-Twilio-Signature"
key = "{cfg.key}"
over = ["{url}", "{form_sorted}"]
"""


def asked(body: str | bytes = b"", **keys: Any) -> Asked:
    octets = body if isinstance(body, bytes) else body.encode()
    return Asked(**{"url": "https://gw.example/h", "body": octets, **keys})


def form(body: str, signature: str, url: str, name: str = "x-twilio-signature") -> Asked:
    return asked(body, url=url, query=url.partition("?")[2], headers={name: signature, "content-type": FORM})


class Guards(Shelves):
    def guard(self, text: str) -> Guard:
        return self.profile(text).guard

    def why(self, text: str, request: Asked, key: str = "KEY", now: float = NOW, **cfg: str) -> str:
        found = self.guard(text).judge(request, {"key": key, "user": "USER", "more": "", **cfg}, now)
        assert isinstance(found, str)
        return found


class HmacTests(Guards):
    BODY = "To=%2B18005551212&CallSid=CA1234567890ABCDE&Digits=1234&From=%2B12349013030&Caller=%2B12349013030"
    URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
    SIGNATURE = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="

    def test_twilio(self) -> None:
        """The worked example of Twilio's "Webhooks security"."""
        self.assertEqual("", self.why(TWILIO, form(self.BODY, self.SIGNATURE, self.URL), "12345"))

    def test_twilio_by_other_hands(self) -> None:
        """And one computed elsewhere."""
        body = "AccountSid=AC1&Body=Yes&From=%2B12065550111&MessageSid=SM1&NumMedia=0&To=%2B12065550100"
        request = form(body, "57ZFBHwCJmTiKWtaXnsI6lgOq90=", "https://gw.example/h/t/ACC/receive")
        self.assertEqual("", self.why(TWILIO, request, "TOK"))

    def test_what_is_changed(self) -> None:
        """Any value, name, the URL, the key, the signature: it is another's."""
        wrong = "the signature is wrong"
        for body, signature, url, key in (
            (self.BODY.replace("1234&", "1235&"), self.SIGNATURE, self.URL, "12345"),
            (self.BODY + "&x=", self.SIGNATURE, self.URL, "12345"),
            (self.BODY, self.SIGNATURE, self.URL + "&a=b", "12345"),
            (self.BODY, self.SIGNATURE, self.URL.replace("https", "http"), "12345"),
            (self.BODY, self.SIGNATURE, self.URL, "12346"),
            (self.BODY, self.SIGNATURE[:-1], self.URL, "12345"),
            (self.BODY, self.SIGNATURE.lower(), self.URL, "12345"),
            (self.BODY, "☺\ud800", self.URL, "12345"),
            (self.BODY, ",,x", self.URL, "12345"),
        ):
            self.assertEqual(wrong, self.why(TWILIO, form(body, signature, url), key), (body, signature, url, key))
        for signature in ("", " ", ",", " , "):
            self.assertEqual(
                "the signature is missing", self.why(TWILIO, form(self.BODY, signature, self.URL), "12345")
            )

    def test_an_empty_key_is_everybodys(self) -> None:
        """Also where ? leaves it out, or nothing is given for it at all."""
        signature = base64.b64encode(hmac.digest(b"", b"https://gw.example/h", "sha1")).decode()
        other = base64.b64encode(hmac.digest(b"OUT", b"https://gw.example/h", "sha1")).decode()
        for key in ("{cfg.key}", "{cfg.key?}", "{cfg.more}", "{cfg.more?}"):
            for one in (signature, other):
                request = form("", one, "https://gw.example/h")
                why = self.why(TWILIO.replace("{cfg.key}", key), request, "")
                self.assertEqual("this account has no key to check it with", why)

    def test_the_usual_port(self) -> None:
        """Written or not: senders differ (Twilio); another port is another URL."""

        def signed(url: str) -> str:
            return base64.b64encode(hmac.digest(b"KEY", url.encode(), "sha1")).decode()

        bare, port = "https://gw.example/h?a=1", "https://gw.example:443/h?a=1"
        for ours in (bare, port):
            for theirs in (bare, port):
                self.assertEqual("", self.why(TWILIO, form("", signed(theirs), ours)), (ours, theirs))
        self.assertEqual("", self.why(TWILIO, form("", signed("http://gw.example:80/h"), "http://gw.example/h")))
        for theirs in ("https://gw.example:80/h?a=1", "https://gw.example:8443/h?a=1", "http://gw.example/h?a=1"):
            self.assertEqual("the signature is wrong", self.why(TWILIO, form("", signed(theirs), bare)))
        self.assertEqual(
            "the signature is wrong", self.why(TWILIO, form("", signed(bare), "https://gw.example:8443/h?a=1"))
        )

    def test_several_signatures(self) -> None:
        """While a key is replaced; hex in either case."""
        hexed = TWILIO.replace('hash = "sha1"', 'encode = "hex"').replace("sha1", "sha256")
        right = hmac.new(b"KEY", b"https://gw.example/h", "sha256").hexdigest()
        for given in (f"x,{right}", f" {right.upper()} , y", right):
            self.assertEqual("", self.why(hexed, form("", given, "https://gw.example/h")))

    def test_names_that_come_again(self) -> None:
        """Each with each of its values once, sorted, as Twilio's libraries do."""
        signature = base64.b64encode(hmac.digest(b"KEY", b"https://gw.example/hA1A2B", "sha1")).decode()
        self.assertEqual("", self.why(TWILIO, form("A=2&B=&A=1&A=2", signature, "https://gw.example/h")))

    def test_the_body_as_it_came(self) -> None:
        """Its octets, not what they say; a nonce of the header; with RFC 4231's second case."""
        verify = TWILIO.replace('"{url}", "{form_sorted}"', '"{body}"').replace("sha1", "sha256")
        verify = verify.replace("given =", 'encode = "hex"\ngiven =')
        expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        self.assertEqual("", self.why(verify, form("what do ya want for nothing?", expected, ""), "Jefe"))
        plivo = TWILIO.replace('"{form_sorted}"', '"{header.X-Nonce}"').replace("sha1", "sha256")
        right = base64.b64encode(hmac.digest(b"KEY", b"https://gw.example/h12345", "sha256")).decode()
        request = asked(b"\xff\x00", headers={"x-twilio-signature": right, "x-nonce": "12345"})
        self.assertEqual("", self.why(plivo, request))

    def test_a_form_that_is_none(self) -> None:
        """More fields than a form may have: not genuine, and no exception."""
        self.assertEqual("more than 1000 fields", self.why(TWILIO, form("&" * 5_000, "x", "https://gw.example/h")))
        self.assertEqual("more than 1000 fields", self.why(TWILIO, asked(query="&" * 5_000)))

    def test_a_body_that_is_not_signed(self) -> None:
        """A signature over a form says nothing of a body that is none."""
        right = base64.b64encode(hmac.digest(b"KEY", b"https://gw.example/h", "sha1")).decode()
        for content_type in ("application/json", "", "text/xml", "multipart/form-data; boundary=b"):
            request = asked("{}", headers={"x-twilio-signature": right, "content-type": content_type})
            self.assertEqual("its body is no form, and the signature is over a form", self.why(TWILIO, request))
        self.assertEqual("", self.why(TWILIO, asked(headers={"x-twilio-signature": right})))

    def test_when(self) -> None:
        """One that does not apply says nothing; all that apply must agree."""
        optional = TWILIO + 'when = "cfg.more"\n'
        self.assertEqual("", self.why(optional, asked()))
        self.assertEqual("the signature is missing", self.why(optional, asked(), more="x"))
        token = '[[verify]]\nscheme = "token"\ngiven = "query.t"\nkey = "T"\n'
        right = base64.b64encode(hmac.digest(b"KEY", b"https://gw.example/h", "sha1")).decode()
        self.assertEqual("the token is missing", self.why(TWILIO + token, form("", right, "https://gw.example/h")))


class AgeTests(Guards):
    VERIFY = '[[verify]]\nscheme = "token"\ngiven = "query.t"\nkey = "T"\ntime = "query.at"\nmax_age = 300\n'

    def test_ages(self) -> None:
        """Five minutes either way; what is no time is none."""
        for at, expected in (
            (NOW, ""), (NOW - 300, ""), (NOW + 300, ""), (NOW - 301, "it was signed 301 s ago"),
            (NOW + 301, "it was signed -301 s ago"), ("", "it does not say when it was signed"),
            ("nan", "it does not say when it was signed"), ("inf", "it does not say when it was signed"),
            ("1e999", "it does not say when it was signed"), ("9" * 400, "it does not say when it was signed"),
        ):  # fmt: skip
            self.assertEqual(expected, self.why(self.VERIFY, asked(query=f"t=T&at={at}")), at)


class ParamsTests(Guards):
    """Vonage: the vectors of its Python library."""

    VERIFY = '[[verify]]\nscheme = "params"\nhash = "md5"\ngiven = "query.sig or form.sig"\nkey = "{cfg.key}"\n'
    FIELDS = "a=1&b=2&timestamp=1461605396"

    def test_vectors(self) -> None:
        """MD5 with the secret behind, and HMACs under it; in the query, in the body, or in both."""
        for changes, signature in (
            ("", "6af838ef94998832dbfc29020b564830"),
            ('keyed = true', "c15c21ced558c93a226c305f58f902f2"),
            ('keyed = true\nhash = "sha1"', "3e19a4e6880fdc2c1426bfd0587c98b9532f0210"),
            ('keyed = true\nhash = "sha256"', "a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24"),
            ('keyed = true\nhash = "sha512"', "812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c"
                                              "63ed26ec9702168781b6edcf1633db8ff95af9341701004eec3fcf9550572ee8"),
        ):  # fmt: skip
            verify = self.VERIFY.replace('hash = "md5"\n', "" if "hash" in changes else 'hash = "md5"\n') + changes
            written = f"{self.FIELDS}&sig={signature.upper()}"
            for request in (
                asked(query=written),
                asked(written, headers={"content-type": FORM}),
                asked(f"b=2&sig={signature}", query="a=1&timestamp=1461605396", headers={"content-type": FORM}),
            ):
                self.assertEqual("", self.why(verify, request, "secret"), changes)
            self.assertEqual("the signature is wrong", self.why(verify, asked(query=written + "&c=3"), "secret"))
            self.assertEqual("the signature is wrong", self.why(verify, asked(query=written), "other"))
        self.assertEqual("the signature is missing", self.why(self.VERIFY, asked(query=self.FIELDS), "secret"))

    def test_json(self) -> None:
        """The first level of a JSON body counts as well; one that is none is nobody's, and no exception."""
        right = {"content-type": "application/json"}
        body = '{"a": 1, "b": "2", "timestamp": "1461605396"}'
        written = "sig=6af838ef94998832dbfc29020b564830"
        self.assertEqual("", self.why(self.VERIFY, asked(body, query=written, headers=right), "secret"))
        for none in ("{", "{" + '"a":[' * 100, "[1]", "5", "\xff"):
            self.assertTrue(self.why(self.VERIFY, asked(none, query=written, headers=right), "secret"), none)
            self.assertTrue(self.why(self.VERIFY, asked(none, query=written), "secret"), none)

    def test_what_would_be_read_as_more_fields(self) -> None:
        """& and = of a value count as _, so that no value can look like two."""
        right = hashlib.md5(b"&a=1_b_2secret").hexdigest()
        self.assertEqual("", self.why(self.VERIFY, asked(query=f"a=1%26b%3D2&sig={right}"), "secret"))
        written = "a%3D1%26b=2&timestamp=1461605396&sig=6af838ef94998832dbfc29020b564830"
        self.assertEqual("the signature is wrong", self.why(self.VERIFY, asked(query=written), "secret"))

    def test_a_body_beside_signed_fields(self) -> None:
        """Who copies a signed URL must not get a body of their own read: hooks read XML, parts and lists too."""
        written = f"{self.FIELDS}&sig=6af838ef94998832dbfc29020b564830"
        for type, body in (
            ("text/xml", "<a>3</a>"),
            ("multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n3\r\n--b--'),
            ("application/json", '[{"a": "3"}]'),
            ("", '[{"a": "3"}]'),
            ("", "<a>3</a>"),
            ("text/plain", "3"),
            (FORM, "&"),
        ):
            request = asked(body, query=written, headers={"content-type": type})
            self.assertRegex(self.why(self.VERIFY, request, "secret"), "neither a form nor a table", (type, body))

    def test_a_field_in_two_places(self) -> None:
        """One of them is signed and the other read: a fresh time in the URL of an old request, say."""
        verify = self.VERIFY + 'time = "query.timestamp or form.timestamp"\n'
        old = f"{self.FIELDS}&sig=6af838ef94998832dbfc29020b564830"
        for query, why in (
            ("", "it was signed 238394604 s ago"),
            ("timestamp=1461605396", "it was signed 238394604 s ago"),
            ("timestamp=1700000000", "its timestamp is one in the URL and another in the body"),
            ("Timestamp=1700000000", "the signature is wrong"),
        ):
            request = asked(old, query=query, headers={"content-type": FORM})
            self.assertEqual(why, self.why(verify, request, "secret"), query)


class TokenTests(Guards):
    def test_tokens(self) -> None:
        """The very one, wherever it is; an empty one is everybody's."""
        given = "header.Authorization|without:'Bearer '"
        verify = f'[[verify]]\nscheme = "token"\ngiven = "{given}"\nkey = "{{cfg.key}}"\n'
        for given, expected in (
            ("Bearer KEY", ""), ("KEY", ""), ("Bearer KEY ", "the token is wrong"),
            ("Bearer key", "the token is wrong"),
            ("", "the token is missing"), ("Bearer ", "the token is missing"), ("Bearer \ud800☺", "the token is wrong"),
        ):  # fmt: skip
            self.assertEqual(expected, self.why(verify, asked(headers={"authorization": given})), given)
        for given in ("", "Bearer ", "Bearer OUT", "Bearer Token ", "Token ", "Token"):
            for key in ("{cfg.key}", "{cfg.key?}", "Token {cfg.key}", "Token{cfg.key}", "{cfg.user}{cfg.key}"):
                why = self.why(verify.replace("{cfg.key}", key), asked(headers={"authorization": given}), "")
                self.assertEqual("this account has no key to check it with", why)


class BasicTests(Guards):
    VERIFY = '[[verify]]\nscheme = "basic"\nbasic = ["{cfg.user}", "{cfg.key}"]\n'

    def test_rfc_7617(self) -> None:
        """Its two examples."""
        for user, password, given in (
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ):  # fmt: skip
            request = asked(headers={"authorization": given})
            self.assertEqual("", self.why(self.VERIFY, request, password, user=user))
            for other in (given[:-1], given[6:], given.lower(), "", "Basic", "Basic ☺", "Bearer " + given[6:]):
                why = self.why(self.VERIFY, asked(headers={"authorization": other}), password, user=user)
                self.assertEqual("user or password is wrong", why, other)

    def test_an_empty_password_is_everybodys(self) -> None:
        """As an empty key is."""
        for user, password in (("", ""), ("USER", "")):
            given = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            why = self.why(self.VERIFY, asked(headers={"authorization": given}), password, user=user)
            self.assertEqual("this account has no password to check it with", why)


class Ed25519Tests(Guards):
    """RFC 8032, 7.1, tests 2 and 3, and Telnyx's way: over the time, a bar and the body."""

    VERIFY = (
        '[[verify]]\nscheme = "ed25519"\ngiven = "header.telnyx-signature-ed25519"\n'
        'key = "{cfg.key}"\nover = ["{body}"]\n'
    )
    VECTORS = (
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
         "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    )  # fmt: skip

    def test_vectors(self) -> None:
        """Right as they are, wrong in every other way."""
        for key, body, signature in self.VECTORS:
            public = base64.b64encode(bytes.fromhex(key)).decode()
            given = base64.b64encode(bytes.fromhex(signature)).decode()
            for octets, one, expected in (
                (bytes.fromhex(body), given, ""),
                (bytes.fromhex(body) + b"x", given, "the signature is wrong"),
                (bytes.fromhex(body), base64.b64encode(bytes(64)).decode(), "the signature is wrong"),
                (bytes.fromhex(body), base64.b64encode(b"x").decode(), "the signature is wrong"),
                (bytes.fromhex(body), "", "the signature is wrong"),
                (bytes.fromhex(body), signature, "the signature is wrong"),
                (bytes.fromhex(body), "☺", "the signature is missing"),
                (bytes.fromhex(body), given + "\n", "the signature is missing"),
            ):
                request = asked(octets, headers={"telnyx-signature-ed25519": one})
                why = self.why(self.VERIFY, request, public)
                self.assertEqual(bool(expected), bool(why), (one, why))

    def test_keys_that_are_none(self) -> None:
        """Never genuine, never an exception."""
        _, body, signature = self.VECTORS[0]
        given = base64.b64encode(bytes.fromhex(signature)).decode()
        request = asked(bytes.fromhex(body), headers={"telnyx-signature-ed25519": given})
        for key in (
            "x",
            "AAAA",
            "☺",
            base64.b64encode(bytes(31)).decode(),
            base64.b64encode(b"\xff" * 32).decode(),
            " ",
        ):
            self.assertTrue(self.why(self.VERIFY, request, key), key)


class IpTests(Guards):
    def test_networks(self) -> None:
        """Of either family; an address that is none comes from nowhere."""
        verify = '[[verify]]\nscheme = "ip"\nnetworks = ["192.0.2.0/24", "2001:db8::/32"]\n'
        for ip, expected in (
            ("192.0.2.7", ""), ("2001:db8::1", ""), ("192.0.3.1", "it comes from elsewhere"),
            ("::1", "it comes from elsewhere"), ("::ffff:192.0.2.7", ""), ("", "it comes from nowhere"),
            ("192.0.2.7:80", "it comes from nowhere"), ("localhost", "it comes from nowhere"),
        ):  # fmt: skip
            self.assertEqual(expected, self.why(verify, asked(ip=ip)), ip)


ALL = TWILIO + (
    ParamsTests.VERIFY + BasicTests.VERIFY + Ed25519Tests.VERIFY + AgeTests.VERIFY
    + '[[verify]]\nscheme = "jwt"\ngiven = "header.authorization"\nkey = "{cfg.key}"\n'
    + '[[verify]]\nscheme = "sns"\nkey = "{cfg.key}"\n'
)  # fmt: skip


class AnythingTests(Guards):
    @settings(max_examples=200, deadline=None)
    @hypothesis.given(st.text(), st.text(), st.binary(), st.text(), st.text(max_size=10))
    def test_no_request_fails(self, header: str, query: str, body: bytes, ip: str, key: str) -> None:
        """It is genuine or it is not."""
        if not hasattr(self, "one"):
            self.one = [Guard((check,)) for check in self.guard(ALL).checks]
        names = ("x-twilio-signature", "authorization", "telnyx-signature-ed25519")
        for content_type in (FORM, ""):
            headers = {**dict.fromkeys(names, header), "content-type": content_type}
            request = asked(body, query=query, ip=ip, headers=headers, url=f"https://gw.example/h?{query}")
            for guard in self.one:
                self.assertIsNotNone(guard.judge(request, {"key": key, "user": key, "more": ""}, NOW))
