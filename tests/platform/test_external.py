"""What the External dialect reads and writes: every shape the platform, and people's templates, send."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadRequest
from chanserv.message import Letter, Post
from chanserv.platform.courier import TEMPLATES, render, split
from chanserv.platform.dialects import Asked, external
from tests.platform.helpers import UUID, channel

JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "text/xml; charset=utf-8"
COURIER_JSON = (
    '{"id":"1001","text":"Hi \\u0026 \\"you\\" \\u003cb\\u003e é☺\\nline2","to":"+250788383383",'
    '"to_no_plus":"250788383383","from":"+250788000111","from_no_plus":"250788000111",'
    f'"channel":"{UUID}","session_status":"W","quick_replies":["Yes","No \\u0026 maybe"]}}'
)
COURIER_FORM = (
    "text=Ola+-+%22quotes%22+cao&to=%2B250788383383&to_no_plus=250788383383&from=%2B250788000111&id=1002"
    f"&channel={UUID}&quick_reply=Yes&quick_reply=No+%26+maybe"
)
COURIER_XML = (
    "<msg><id>1004</id><to>+250788383383</to><text>a&lt;b&gt;&amp;&#34;c&#34;</text>"
    "<qr><item>Yes</item><item>No&lt;</item></qr></msg>"
)


def read(body: str | bytes = b"", kind: str = FORM, query: str = "", **settings: object) -> Post:
    octets = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    asked = Asked(query=query.encode("latin-1"), content_type=kind, body=octets)
    return external.post(external.read(asked), channel(**settings)).post


class CourierTests(SynchronousTestCase):
    """Requests as courier was seen to send them."""

    def assertRead(self, post: Post, id: str, text: str, to: str = "+250788383383") -> None:
        self.assertEqual((id, text, to), (post.id, post.piece.text, post.piece.to))
        self.assertEqual("+250788000111", post.piece.sender)

    def test_json_with_the_query_beside_it(self) -> None:
        """All variables; session status W is a reply to a person who waits."""
        post = read(COURIER_JSON, JSON, "to=%2B250788383383")
        self.assertRead(post, "1001", 'Hi & "you" <b> é☺\nline2')
        self.assertEqual((True, UUID), (post.reply, post.claimed_channel))

    def test_an_id_that_is_a_uuid(self) -> None:
        """Newer lines send UUIDs, under either name."""
        id = "0199df0f-9f82-7689-b02d-f34105991321"
        self.assertEqual(id, read(COURIER_JSON.replace("1001", id), JSON).id)
        self.assertEqual(id, read(f"uuid={id}&text=hi&to=%2B250788383383").id)
        self.assertEqual("5", read("uuid={{uuid}}&id=5&text=hi&to=%2B250788383383").id)
        self.assertEqual("", read("uuid=%7B%7Buuid%7D%7D&text=hi&to=%2B250788383383").id)

    def test_forms(self) -> None:
        """Substituted by courier, or left as it was."""
        self.assertRead(read(COURIER_FORM), "1002", 'Ola - "quotes" cao')
        self.assertFalse(read(COURIER_FORM).reply)
        self.assertEqual("☺ ção", read("text=%E2%98%BA+%C3%A7%C3%A3o&to=%2B250788383383").piece.text)

    def test_xml(self) -> None:
        """Any root, entities of XML itself only."""
        self.assertRead(read(COURIER_XML, XML), "1004", 'a<b>&"c"')
        self.assertRead(
            read(f'<?xml version="1.0"?><x:a xmlns:x="u" xmlns="v">{COURIER_XML}</x:a>', XML), "1004", 'a<b>&"c"'
        )

    def test_get_with_a_national_number(self) -> None:
        """Nothing but a query; the content type is there all the same."""
        post = read(query="from=2020&text=hello+world%2Bplus&to=788383383&id=1005&quick_reply=A")
        self.assertRead(post, "1005", "hello world+plus")

    def test_two_pieces_of_one_message(self) -> None:
        """A long text and a picture: one id, two texts, the second with the address."""
        text = ("word " * 39 + "last") + "\nhttps://foo.bar/a.jpg"
        pieces = split(text, 160)
        self.assertEqual(2, len(pieces))
        posts = [
            read(render(TEMPLATES["form"], {"id": "7", "text": piece, "to": "+250788383383"})[1]) for piece in pieces
        ]
        self.assertEqual(pieces, [post.piece.text for post in posts])
        self.assertTrue(posts[1].piece.text.endswith("\nhttps://foo.bar/a.jpg"))

    def test_pieces_longer_than_the_limit(self) -> None:
        """Octets that never add up to 160 are never cut."""
        (piece,) = split("あ" * 100, 160)
        post = read(json.dumps({"text": piece, "to": "+250788383383"}), JSON)
        self.assertEqual(300, len(post.piece.text.encode("utf-8")))
        self.assertEqual([80, 20], [len(piece) for piece in split("é" * 100, 160)])

    def test_a_picture_without_words(self) -> None:
        """Comes as a newline and its address; one newline falls off either end, no more."""
        for sent, kept in [("\nhttps://foo.bar/a.jpg", "https://foo.bar/a.jpg"), ("\n\na\r\n", "\na"), (" a ", " a ")]:
            self.assertEqual(kept, read(json.dumps({"text": sent, "to": "+250788383383"}), JSON).piece.text)


class LenientTests(SynchronousTestCase):
    """What people's templates do."""

    def test_portuguese_and_english_names_mix(self) -> None:
        """texto, para, de, canal; upper case as well."""
        post = read('{"ID":346,"Texto":"oi","para":"+5582999489287","de":"+250788000111","canal":12}', JSON)
        self.assertEqual(
            ("346", "oi", "+5582999489287", "12"), (post.id, post.piece.text, post.piece.to, post.claimed_channel)
        )

    def test_the_body_wins_over_the_query(self) -> None:
        """Field by field."""
        post = read("text=body&id=1", query="text=query&id=2&to=%2B250788383383")
        self.assertEqual(("1", "body", "+250788383383"), (post.id, post.piece.text, post.piece.to))

    def test_content_types_that_lie(self) -> None:
        """The first octet tells better."""
        for body in (COURIER_JSON, "\ufeff" + COURIER_JSON, "\r\n " + COURIER_JSON):
            self.assertEqual("1001", read(body, JSON if body[0] == "\ufeff" else FORM).id)
        for kind in ("", "text/plain", "rubbish", "application/vnd.x+json"):
            self.assertEqual("1001", read(COURIER_JSON, kind).id)
            self.assertEqual("1004", read(COURIER_XML, kind).id)
        self.assertEqual("1002", read(COURIER_FORM, "text/plain").id)

    def test_charsets(self) -> None:
        """The parameter is honoured; an unknown one is taken for UTF-8; octets that do not fit are marked."""
        declared = '<?xml version="1.0" encoding="iso-8859-1"?><a><text>olá</text><to>+250788383383</to></a>'
        cases = [
            ("text=ol%E1&to=%2B250788383383", FORM + "; charset=iso-8859-1", "olá"),
            ("text=ol%C3%A1&to=%2B250788383383", FORM + '; charset="utf-8"', "olá"),
            ("text=ol%C3%A1&to=%2B250788383383", FORM + "; charset=klingon", "olá"),
            ("text=ol%C3%A1&to=%2B250788383383", FORM + "; charset=hex", "olá"),
            ("text=ol%E1&to=%2B250788383383", FORM, "ol�"),
            ("text=olá&to=%2B250788383383", FORM, "olá"),
            ('{"text":"olá","to":"+250788383383"}'.encode("latin-1"), JSON + ";charset=latin-1", "olá"),
            ('{"text":"olá","to":"+250788383383"}'.encode("utf-16"), JSON, "olá"),
            ("<a><text>olá</text><to>+250788383383</to></a>".encode("latin-1"), "text/xml; charset=iso-8859-1", "olá"),
            (declared.encode("latin-1"), "application/xml", "olá"),
        ]  # fmt: skip
        for body, kind, text in cases:
            self.assertEqual(text, read(body, kind).piece.text, (body, kind))

    def test_multipart(self) -> None:
        """As browsers and curl write it."""
        lines = []
        for name, value in {"id": "9", "text": "olá\r\nduas", "to": "+250788383383"}.items():
            lines += ["--xyz", f'Content-Disposition: form-data; name="{name}"', "", value]
        post = read("\r\n".join([*lines, "--xyz--", ""]), "multipart/form-data; boundary=xyz")
        self.assertEqual(("9", "olá\r\nduas", "+250788383383"), (post.id, post.piece.text, post.piece.to))
        self.assertRaises(BadRequest, read, "--xyz", "multipart/form-data")

    def test_what_breaks_the_readers_below_us_is_a_400_or_read_all_the_same(self) -> None:
        """A 503 would bring it back for ever: charsets with a NUL, multipart in multipart in multipart."""
        self.assertEqual("hi", read("text=hi&to=788383383", f"{FORM}; charset*=a%00b'en'%00").piece.text)
        part = 'Content-Type: text/plain; charset="a\0b"\r\nContent-Disposition: form-data; name=to\r\n\r\n788383383'
        self.assertEqual("+250788383383", read(f"--x\r\n{part}\r\n--x--", "multipart/form-data; boundary=x").piece.to)
        deep = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(1000))
        self.assertRaises(BadRequest, read, deep, "multipart/form-data; boundary=b0")

    def test_lone_surrogates_and_nul(self) -> None:
        """Whatever every store can hold: U+FFFD, and nothing."""
        post = read('{"id":"a\\u0000b","text":"x\\ud83dy\\u0000z","to":"+250788383383"}', JSON)
        self.assertEqual(("ab", "x\ufffdyz"), (post.id, post.piece.text))
        self.assertEqual("😀", read('{"text":"\\ud83d\\ude00","to":"+250788383383"}', JSON).piece.text)

    def test_recipients(self) -> None:
        """to, else to_no_plus; a raw + became a blank; numbers of the country."""
        for body in ("to=+250788383383", "to_no_plus=250788383383", "to=&to_no_plus=250788383383", "to=0788383383"):
            self.assertEqual("+250788383383", read("text=hi&" + body).piece.to, body)
        self.assertEqual("+250788383383", read('{"to":250788383383,"text":5}', JSON).piece.to)

    def test_senders(self) -> None:
        """Only what the channel allows, in its own spelling; else its address, and that is noticed."""
        cases = [("+250788000111", "+250788000111", False), ("250788000111", "+250788000111", False),
                 ("Acme", "Acme", False), ("Other", "+250788000111", True), ("", "+250788000111", False)]  # fmt: skip
        for wanted, used, replaced in cases:
            form = external.read(Asked(query=f"text=hi&to=788383383&from={wanted.replace('+', '%2B')}".encode()))
            reading = external.post(form, channel(senders=("+250788000111", "Acme")))
            self.assertEqual((used, replaced), (reading.post.piece.sender, reading.sender_replaced), wanted)

    def test_fields_of_a_wrong_type_are_named(self) -> None:
        """A list is no text; what we do not know may be anything."""
        for name in ("text", "to", "id"):
            with self.assertRaises(BadRequest) as caught:
                read(json.dumps({"text": "hi", "to": "+250788383383", name: ["a"]}), JSON)
            self.assertEqual(name, caught.exception.field)
        read('{"text":"hi","to":"+250788383383","id":null,"x":{"y":[1]},"quick_replies":[]}', JSON)

    @given(
        st.binary(max_size=300),
        st.sampled_from([JSON, FORM, XML, "", "multipart/form-data; boundary=x", "a;charset=x"]),
    )
    def test_no_octets_break_it(self, body: bytes, kind: str) -> None:
        """A post or a BadRequest, and every text can be stored."""
        try:
            post = read(body, kind, query="to=788383383")
        except BadRequest:
            return
        post.piece.text.encode("utf-8")

    @given(st.text(max_size=200), st.sampled_from(["json", "form", "xml"]))
    def test_courier_and_we_agree(self, text: str, kind: str) -> None:
        """What its template writes, we read; control characters XML cannot carry aside."""
        if kind == "xml":
            text = "".join(c for c in text if c in "\t\n" or (ord(c) >= 32 and c not in "\ufffe\uffff"))
        if "{{" in text:
            return
        values = dict.fromkeys(("id", "to_no_plus", "from_no_plus", "session_status"), "1")
        template = TEMPLATES[kind]
        _, body = render(template, {**values, "text": text, "to": "+250788383383", "from": "x", "channel": "c"})
        wanted = external._trim(external.clean(text.encode("utf-8", "replace").decode()))
        self.assertEqual(wanted, read(body, template.content_type).piece.text)


class LetterTests(SynchronousTestCase):
    """What we post, octet by octet."""

    def test_a_reply(self) -> None:
        """from, text, date, in courier's own order; milliseconds and Z."""
        letter = Letter(
            ref=1, kind="receive", channel="rw", sender="+250788123123", text="Love is patient. é&", at=1335205543.511
        )
        octets = external.letter(letter)
        self.assertEqual(b"from=%2B250788123123&text=Love+is+patient.+%C3%A9%26&date=2012-04-23T18:25:43.511Z", octets)
        self.assertEqual(["Love is patient. é&"], parse_qs(octets.decode())["text"])

    def test_statuses_carry_the_id_exactly_as_received(self) -> None:
        """Whatever it was."""
        for id in ("1065", "0199df0f-9f82-7689-b02d-f34105991321", "a b&c=é"):
            octets = external.letter(Letter(ref=1, kind="delivered", channel="rw", id=id))
            self.assertEqual({"id": [id]}, parse_qs(octets.decode()))

    def test_a_stop(self) -> None:
        """from, not sender."""
        letter = Letter(ref=1, kind="stopped", channel="rw", sender="+250788123123")
        self.assertEqual(b"from=%2B250788123123", external.letter(letter))
        self.assertEqual(("c", "ex", UUID, "stopped"), external.path(UUID, "stopped"))
