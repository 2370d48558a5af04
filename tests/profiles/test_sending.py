"""[send]: a part becomes the request a profile says; nothing in a text can make another of it."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.profiles.expressions import Names
from chanserv.profiles.sending import Compiler, Sending
from chanserv.profiles.shape import SendTable
from chanserv.profiles.trees import tree
from tests.profiles.helpers import OURS, Shelves

URL = 'url = "https://api.example/sms"\n'
ENTRIES = '{ to = "{to|noplus}", t = "{text}", n = "{part}", more = "{cfg.more?}" }'


class RequestTests(Shelves):
    """Each key of [send]."""

    def test_bodies(self) -> None:
        """Of each kind, with its Content-Type."""
        cases = [
            (f"form = {ENTRIES}", "application/x-www-form-urlencoded", "to=12065550111&t=Hi+%E2%98%BA&n=1"),
            (f"json = {ENTRIES}", "application/json", '{"to":"12065550111","t":"Hi ☺","n":1}'),
            ('json = [{ to = "{to}" }, 5]', "application/json", '[{"to":"+12065550111"},5]'),
            ("xml = '<t a=\"{more}\">{text}</t>'\nlet = { more = \"<'&\\\">\" }",
             "application/xml; charset=utf-8", '<t a="&lt;&apos;&amp;&quot;&gt;">Hi ☺</t>'),
            ('body = "{text}"', "text/plain", "Hi ☺"),
            ('body = "{text}"\ntype = "text/plain; charset=utf-8"', "text/plain; charset=utf-8", "Hi ☺"),
            ('json = "{cfg.more?}"', None, ""),
            ('body = "{cfg.more?}"', None, ""),
            ('form = { when = "cfg.more", then = { a = "1" } }', None, ""),
            ('form = { when = "cfg.key", then = { a = "1" } }', "application/x-www-form-urlencoded", "a=1"),
            ("", None, ""),
        ]  # fmt: skip
        for written, kind, body in cases:
            request = self.request(f"[send]\n{URL}{written}\n")
            self.assertEqual((body, kind), (request.body.decode(), dict(request.headers).get("Content-Type")), written)
            self.assertEqual("POST", request.method)

    def test_urls_and_queries(self) -> None:
        """What is put in is escaped, but for what the operator or we have written."""
        cases = [
            ('url = "https://x/{to}/{text}"', "https://x/%2B12065550111/Hi%20%E2%98%BA"),
            ('url = "https://x/{cfg.key}"', "https://x/KEY"),
            ('url = "{cfg.more}"', "https://site/?u=1"),
            ('url = "{cfg.more}"\nquery = { a = "b c" }', "https://site/?u=1&a=b%20c"),
            ('url = "https://x"\nquery = { a = ["1", "2"], t = "{text}" }', "https://x?a=1&a=2&t=Hi%20%E2%98%BA"),
            ('url = "https://x"\nquery = { t = "{text|utf16be}" }', "https://x?t=%00H%00i%00%20%26%3A"),
            ('url = "https://x?dlr={hook.status}"', f"https://x?dlr={OURS['hook']['status']}"),
        ]  # fmt: skip
        hooks = "[[hook]]\nkind = 'status'\nours = '$query.id'\nmap = { sent = ['1'] }\n"
        for written, expected in cases:
            request = self.request(f"[send]\n{written}\n{hooks}", cfg={"key": "KEY", "more": "https://site/?u=1"})
            self.assertEqual((expected,), request.urls, written)

    def test_several_urls(self) -> None:
        """Each with the query; one signature, over the first."""
        request = self.request('[send]\nurls = ["https://a/{to}", "http://b"]\nquery = { q = "1" }\n')
        self.assertEqual(("https://a/%2B12065550111?q=1", "http://b?q=1"), request.urls)

    def test_authorization(self) -> None:
        """RFC 7617, 2 and 2.1: Aladdin, and a pound sign in UTF-8; RFC 6750; none where it is left out."""
        cases = [
            ('basic = ["Aladdin", "open sesame"]', "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ('basic = ["test", "123£"]', "Basic dGVzdDoxMjPCow=="),
            ('basic = ["{cfg.user}", "{cfg.more?}"]', "Basic " + base64.b64encode(b"USER:").decode()),
            ('bearer = "{cfg.key}"', "Bearer KEY"),
            ('bearer = "{cfg.more?}"', None),
            ('headers = { Authorization = "AccessKey {cfg.key}", X-B = "{cfg.more?}" }', "AccessKey KEY"),
        ]
        for written, expected in cases:
            headers = dict(self.request(f"[send]\n{URL}{written}\n").headers)
            self.assertEqual(expected, headers.get("Authorization"), written)
            self.assertNotIn("X-B", headers)

    def test_lets(self) -> None:
        """Each may name those before it; octets stay octets."""
        request = self.request(
            f'[send]\n{URL}let = {{ day = "{{now|strftime:\'%d/%m/%Y\'}}", key = "{{cfg.key}}|{{day}}" }}\n'
            'form = { k = "{key|md5|hex}", d = "{day}" }\n'
        )
        self.assertEqual(b"k=fd07ebadb0a10d6d3bb4b1b4ff4b6b41&d=14%2F11%2F2023".partition(b"&")[2], request.body[35:])

    def test_methods(self) -> None:
        """In capitals."""
        self.assertEqual("GET", self.request(f'[send]\n{URL}method = "get"\n').method)


class SignatureTests(Shelves):
    """Digests that providers want; each is one that another program has computed."""

    def test_ovh(self) -> None:
        """Over the octets that leave: python-ovh's vectors, without a body and with one."""
        for body, expected in (
            ("", "$1$16ae5ba8c63841b1951575be905867991d5f49dc"),
            ("""body = '{{"some": "random", "data": 42}}'""", "$1$9acb1ac0120006d16261a635aed788e83ab172d2"),
        ):
            request = self.request(
                f"""
                [send]
                method = "method"
                url = "https://eu.api.ovh.com/1.0/unit/{{cfg.more}}"
                {body}
                [send.sign]
                let = {{ base = "{{cfg.user}}+{{cfg.key}}+{{method}}+{{url}}+{{body}}+{{now|strftime:'s'}}" }}
                headers = {{ X-Ovh-Signature = "$1${{base|sha1|hex}}" }}
                """,
                now=1404395931.467238,
                cfg={"more": "test", "user": "fake application secret", "key": "fake consumer key"},
            )
            self.assertEqual(expected, dict(request.headers)["X-Ovh-Signature"])

    def test_smsglobal(self) -> None:
        """A MAC over time, nonce, method, path, host and port."""
        request = self.request(
            """
            [send]
            url = "https://api.smsglobal.com/v2/sms/"
            json = { origin = "{from}" }
            [send.sign]
            let = { base = "{now|strftime:'s'}\\n{nonce}\\n{method}\\n{uri}\\n{host}\\n{port}\\n\\n" }
            headers.Authorization = '''MAC id="{cfg.user}", ts="{now|strftime:'s'}", nonce="{nonce}", \
mac="{base|hmac:'sha256',cfg.key|base64}"'''
            """,
            cfg={"key": "SEC", "user": "K"},
        )
        self.assertEqual(
            'MAC id="K", ts="1700000000", nonce="n1", mac="JiAUwhbeUr/YpllGgm4A9ByO1+D8Wcg7uVVm1mDVCpk="',
            dict(request.headers)["Authorization"],
        )

    def test_digests_of_fields(self) -> None:
        """Click Mobile, Novo, Telesom and Messangi: courier's vectors."""
        click = self.request(
            f"[send]\n{URL}let = {{ at = \"{{now|strftime:'%Y%m%d%H%M%S'}}\", "
            'base = "{cfg.user}{at}{cfg.key}" }\n'
            'form = { at = "{at}", k = "{base|md5|hex}" }\n',
            now=1712859870.0, cfg={"user": "a", "key": "p"},
        )  # fmt: skip
        self.assertEqual(b"at=20240411182430&k=870289f16d438b2d5b8e7d298f2eff5a", click.body)
        novo = self.request(
            f'[send]\n{URL}let = {{ base = "{{from}};{{to|noplus}};{{text}};" }}\n'
            "query = { signature = \"{base|hmac:'sha256',cfg.key|hex}\" }\n",
            **{"from": "2020", "to": "18680000111", "cfg": {"key": "SEC"}},
        )
        self.assertTrue(
            novo.urls[0].endswith("=d2c453e9adc4c082f043f7efb244d2c4701bbd7e60269e73121b87ca93b586d6"), novo.urls
        )
        telesom = self.request(
            f"[send]\n{URL}let = {{ day = \"{{now|strftime:'%d/%m/%Y'}}\", "
            'base = "{cfg.user}|p|{to}|{text}|{from}|{day}|{cfg.key}" }\n'
            'form = { k = "{base|md5|hex|upper}" }\n',
            **{"from": "2020", "to": "0612345678", "text": "Hi", "now": 1712859870.0, "cfg": {"user": "u", "key": "K"}},
        )
        self.assertEqual(b"k=5FBCA281933203C42EFE1612F9C636EC", telesom.body)
        messangi = self.request(
            "[send]\nlet = { path = \"7/{from}/2/{to|noplus}/{text|base64url|replace:'=',''}\" }\n"
            "url = \"https://x/{path|hmac:'sha256',cfg.key|hex}\"\n",
            **{"from": "2020", "to": "+18765550111", "cfg": {"key": "PRIV"}},
        )
        self.assertEqual("https://x/45fcc847b4491f3bb4254fa010fa10f629b5a70f0c5146430e34b374237384db", messangi.urls[0])


class EnemyTests(Shelves):
    """What a text, a number or a setting may hold must not make another request of it."""

    def test_headers(self) -> None:
        """A line break in any value is no request at all."""
        for line in ("a\r\nB: c", "a\nb", "a\0b"):
            for written in ('headers = { X = "{text}" }', 'bearer = "{text}"', 'sign.headers = { X = "{text}" }'):
                with self.assertRaises(BadField):
                    self.request(f"[send]\n{URL}{written}\n", text=line)

    def test_nothing_leaves_its_place_in_a_url(self) -> None:
        """Neither the path, nor into the query, the host or a fragment."""
        for evil in (
            "../../admin",
            "a/b",
            "a?b=c",
            "a#b",
            "@evil.example",
            "a&b=c",
            "%2e%2e%2f",
            "\\..\\",
            "a b\r\nX: y",
            "..;",
        ):
            for written in (
                "{to}",
                "{to|text}",
                "{cfg.more or to}",
                "{cfg.more|else:to}",
                "{cfg.more|else:to|text}",
                "{x}",
            ):
                request = self.request(
                    f'[send]\nlet = {{ x = "{{to}}" }}\nurl = "https://api.example/v1/{written}/sms?to={written}"\n',
                    to=evil,
                )
                parts = urlsplit(request.urls[0])
                self.assertEqual(("api.example", ""), (parts.netloc, parts.fragment), (evil, written))
                self.assertEqual(4, len(parts.path.split("/")), (evil, written))
                self.assertEqual({"to": [evil]}, parse_qs(parts.query))

    def test_dots_that_lead_away(self) -> None:
        """`..` cannot be escaped: servers and clients take it for a step up however it is written."""
        for evil in ("..", "."):
            with self.assertRaises(BadField):
                self.request('[send]\nurl = "https://api.example/v1/{to}/sms"\n', to=evil)
        self.assertTrue(self.request('[send]\nurl = "https://api.example/v1/x{to}/s?t={to}"\n', to="..").urls)

    def test_what_is_no_url(self) -> None:
        """Another scheme, none, no host, a port that is none, a space: told before anything is signed or sent."""
        keys = ("region", "service", "access_key", "secret_key")
        amazon = "sign.scheme = 'sigv4'\n" + "".join(f"sign.{key} = 'x'\n" for key in keys)
        for evil in (
            "", "ftp://x/", "javascript:alert(1)", "file:///etc/passwd", "//x/", "https://", "https:///x", "https://:443/",
            "https://x:99999/", "https://x:abc/", "https://[::1/", "https://x /", "https://x/\ry", "https://x/\ty",
            "https://x/\x7f", "https://x\u2028/", "https://@/",
        ):  # fmt: skip
            for sign in ("", "sign.headers = { X = '{uri}' }\n", amazon):
                with self.assertRaises(BadField):
                    self.request('[send]\nurl = "{cfg.key}"\n' + sign, cfg={"key": evil})

    def test_basic_with_what_utf8_lacks(self) -> None:
        """A lone surrogate is a question mark, no exception."""
        request = self.request(f'[send]\n{URL}basic = ["{{text}}", "x"]\n', text="\ud800")
        self.assertIn(("Authorization", "Basic Pzp4"), request.headers)


def sending(**keys: object) -> Sending:
    def fault(why: str, *where: str) -> None:
        raise AssertionError(why, where)

    return Compiler(Names({**dict.fromkeys(OURS), "cfg": ("key",), "hook": ("status",)}), fault).sending(
        SendTable(url="https://x/{id}", **keys)  # type: ignore[arg-type]
    )


ANY_TEXT = st.text() | st.text(alphabet="<>&'\"]{}[]\\/?#=%+\r\n\t\0 é☺\ud800\ufffe")


def written(text: str) -> str:
    """As UTF-8 can say it."""
    return text.encode("utf-8", "replace").decode()


class AnyTextTests(SynchronousTestCase):
    """A text, a name and an id come out of the body again as they went in."""

    FORM = sending(form={"t": "{text}", "f": "x{from}y"}, query={"q": "{text}"})
    JSON = sending(json={"t": "{text}", "f": ["x{from}y"]})
    XML = sending(xml='<m a="{from}"><t>{text}</t></m>')

    @settings(max_examples=300, deadline=None)
    @given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
    def test_they_come_back(self, text: str, sender: str, id: str) -> None:
        """By our readers and by others; in XML, what it lacks is U+FFFD and line ends are one."""
        ours = {**OURS, "text": text, "from": sender, "id": id}
        try:
            form = self.FORM.request(ours)
        except BadField:
            self.assertIn(id, (".", ".."))
            return
        read = {"t": written(text), "f": f"x{written(sender)}y"}
        self.assertEqual(read, tree("form", form.body))
        query = parse_qs(urlsplit(form.urls[0]).query, keep_blank_values=True, max_num_fields=1)
        self.assertEqual({"q": [written(text)]}, query)
        self.assertEqual({"t": read["t"], "f": [read["f"]]}, json.loads(self.JSON.request(ours).body))
        self.assertEqual(2, urlsplit(form.urls[0]).path.count("/") + 1)
        root = ElementTree.fromstring(self.XML.request(ours).body)
        inner = root.find("t")
        assert inner is not None
        self.assertEqual(lines(text), inner.text or "")


def lines(text: str) -> str:
    """What a reader of XML makes of it (XML 1.0, 2.2 and 2.11)."""
    said = re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    return said.replace("\r\n", "\n").replace("\r", "\n")
