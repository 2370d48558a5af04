"""Rows of what courier posts, and the same text in every template: what reaches the SMSC, and what comes back."""

from __future__ import annotations

import json
from urllib.parse import quote

from chanserv.text.parts import read_udh
from tests.stories.stage import ADDRESS, FORM, TO, TOKEN, UUID, Stage, form

TEXT = "El amor es paciente. El amor es amable."
ACCENTS = "Olá, ação! €"  # ã is not in the GSM alphabet
SEND = f"/c/ex/{UUID}/send"
GSM7, UCS2 = 0, 8
GATEWAY_IS = ADDRESS.lstrip("+").encode()
HANDSET = TO.lstrip("+").encode()

EXAMPLE = {
    "id": 1241244,
    "texto": TEXT,
    "para": TO,
    "to_no_plus": TO.lstrip("+"),
    "from": ADDRESS,
    "from_no_plus": ADDRESS.lstrip("+"),
    "channel": 346,
}


def as_json(**changes: object) -> bytes:
    """The example of the External API, with changes; None leaves a field out."""
    return json.dumps({k: v for k, v in {**EXAMPLE, **changes}.items() if v is not None}, ensure_ascii=False).encode()


class ExampleTests(Stage):
    """One text, however it is written."""

    async def goes_out(self, text: str, coding: int, octets: bytes, *asked: object) -> None:
        """One submit_sm with these octets and both numbers; the answer and both statuses name the id."""
        await self.start()
        answer = await self.ask(*asked)
        self.assertEqual((200, "queued"), (answer.code, answer.json["status"]))
        self.assertEqual("1241244", str(answer.json["id"]))
        await self.told_of("1241244", "sent", "delivered")
        (pdu,) = self.smsc.submitted
        self.assertEqual((1, 1, GATEWAY_IS), (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr))
        self.assertEqual((1, 1, HANDSET), (pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr))
        self.assertEqual((coding, octets, 0), (pdu.data_coding, pdu.short_message, pdu.esm_class))
        self.assertEqual([text], self.texts())
        paths = [(path, body) for path, body in self.front.requests]
        self.assertEqual([(f"/c/ex/{UUID}/{kind}", "id=1241244") for kind in ("sent", "delivered")], paths)

    async def test_the_example(self) -> None:
        """texto and para, numbers without quotes, and the channel by the URL whatever the body calls it."""
        await self.goes_out(TEXT, GSM7, TEXT.encode(), "POST", SEND, {"Content-Type": "application/json"}, as_json())

    async def test_text_and_to(self) -> None:
        """The English names."""
        body = as_json(texto=None, para=None, text=TEXT, to=TO)
        await self.goes_out(TEXT, GSM7, TEXT.encode(), "POST", SEND, {"Content-Type": "application/json"}, body)

    async def test_accents(self) -> None:
        """What GSM 7-bit cannot say goes as UTF-16."""
        wanted = ACCENTS.encode("utf-16-be")
        body = as_json(texto=ACCENTS)
        await self.goes_out(ACCENTS, UCS2, wanted, "POST", SEND, {"Content-Type": "application/json"}, body)

    async def test_as_form(self) -> None:
        """Percent-encoded UTF-8."""
        wanted = ACCENTS.encode("utf-16-be")
        await self.goes_out(ACCENTS, UCS2, wanted, "POST", SEND, {"Content-Type": FORM}, form("1241244", ACCENTS))

    async def test_as_xml(self) -> None:
        """By element names, wherever they stand."""
        xml = f"<msg><id>1241244</id><texto>{ACCENTS}</texto><para>{TO}</para><from>{ADDRESS}</from></msg>".encode()
        wanted = ACCENTS.encode("utf-16-be")
        await self.goes_out(ACCENTS, UCS2, wanted, "PUT", SEND, {"Content-Type": "text/xml; charset=utf-8"}, xml)

    async def test_as_get(self) -> None:
        """In the query; € alone is GSM 7-bit, two septets."""
        path = f"{SEND}?" + form("1241244", "é €").decode()
        await self.goes_out("é €", GSM7, b"\x05 \x1b\x65", "GET", path)

    async def test_a_number_without_plus(self) -> None:
        """A national number of the channel's country."""
        await self.start()
        await self.take("1", "oi", to="11987654321")
        await self.until(self.texts)
        self.assertEqual(["+5511987654321"], [submit.destination for submit in self.smsc.submits])


class RowTests(Stage):
    """What courier was seen to post."""

    async def sent(self, code: int, *asked: object) -> None:
        answer = await self.ask(*asked)
        self.assertEqual(code, answer.code, answer.body)

    async def test_row_1_json_with_every_variable(self) -> None:
        """Escapes of Go's JSON, a newline, and a query beside the body."""
        body = (
            r'{"id":"1001","text":"Hi \u0026 \"you\" \u003cb\u003e é☺\nline2","to":"+250788383383",'
            r'"to_no_plus":"250788383383","from":"+5582999489287","from_no_plus":"5582999489287",'
            rf'"channel":"{UUID}","session_status":"W","quick_replies":["Yes","No \u0026 maybe"]}}'
        ).encode()
        await self.start()
        await self.sent(200, "POST", SEND + "?to=%2B250788383383", {"Content-Type": "application/json"}, body)
        await self.told_of("1001", "sent", "delivered")
        self.assertEqual(['Hi & "you" <b> é☺\nline2'], self.texts())
        self.assertEqual("+250788383383", self.smsc.submits[0].destination)

    async def test_row_3_a_smart_form(self) -> None:
        """Courier has made it GSM; quick replies are not ours."""
        text = "text=Ola+-+%22quotes%22+cao&quick_reply=Yes&quick_reply=No+%26+maybe"
        await self.start()
        await self.sent(200, "POST", SEND, {"Content-Type": FORM}, f"id=3&to={quote(TO)}&{text}".encode())
        await self.told_of("3", "sent", "delivered")
        self.assertEqual((['Ola - "quotes" cao'], GSM7), (self.texts(), self.smsc.submits[0].pdu.data_coding))

    async def test_row_4_a_form_courier_left_alone(self) -> None:
        """Raw UTF-8, percent-encoded."""
        await self.start()
        body = f"id=4&to={quote(TO)}&text=%E2%98%BA+%C3%A7%C3%A3o".encode()
        await self.sent(200, "POST", SEND, {"Content-Type": FORM}, body)
        await self.told_of("4", "sent", "delivered")
        self.assertEqual((["☺ ção"], UCS2), (self.texts(), self.smsc.submits[0].pdu.data_coding))

    async def test_row_5_xml_by_put(self) -> None:
        """Entities, and a header nobody asked for."""
        body = (
            b"<msg><id>5</id><to>+250788383383</to><text>a&lt;b&gt;&amp;&#34;c&#34;</text>"
            b"<qr><item>Yes</item><item>No&lt;</item></qr></msg>"
        )
        await self.start()
        headers = {"Content-Type": "text/xml; charset=utf-8", "X-Key": "k1"}
        await self.sent(200, "PUT", SEND, headers, body)
        await self.told_of("5", "sent", "delivered")
        self.assertEqual(['a<b>&"c"'], self.texts())

    async def test_row_6_a_national_get(self) -> None:
        """Everything in the query, `from` is a short code that is not ours: the channel's address is used."""
        await self.start()
        query = "from=2020&text=hello+world%2Bplus&to=11987654321&id=1005&quick_reply=A"
        await self.sent(200, "GET", f"{SEND}?{query}")
        await self.told_of("1005", "sent", "delivered")
        self.assertEqual(["hello world+plus"], self.texts())
        self.assertEqual(ADDRESS, self.smsc.submits[0].source)

    async def test_row_7_two_pieces_with_one_id(self) -> None:
        """199 characters and a picture: courier's own split; one message, one of each status."""
        await self.start()
        text = "a" * 199 + "\nhttps://foo.bar/a.jpg"
        sending = await self.platform.send(UUID, "7", text, TO, quick_replies=["Yes"])
        self.assertEqual([200, 200], [code for code, _ in sending.answers])
        await self.told_of("7", "sent", "delivered")
        self.assertEqual(["a" * 160, "a" * 39 + "\nhttps://foo.bar/a.jpg"], self.texts())
        self.assertEqual("D", sending.state)

    async def test_row_8_pieces_longer_than_their_limit(self) -> None:
        """300 octets of あ courier never cuts: two parts with one reference, and both receipts make `delivered`."""
        await self.start()
        sending = await self.platform.send(UUID, "8", "あ" * 100, TO)
        self.assertEqual([200], [code for code, _ in sending.answers])
        await self.told_of("8", "sent", "delivered")
        self.assertEqual("あ" * 100, "".join(self.texts()))
        segments = [read_udh(pdu.short_message)[0] for pdu in self.smsc.submitted]
        self.assertEqual([(2, 1), (2, 2)], [(each.total, each.number) for each in segments if each])
        self.assertEqual(1, len({each.reference for each in segments if each}))
        self.assertEqual({(UCS2, 0x40)}, {(pdu.data_coding, pdu.esm_class) for pdu in self.smsc.submitted})

    async def test_row_8_pieces_cut_by_octets(self) -> None:
        """100 é are 80 and 20."""
        await self.start()
        await self.platform.send(UUID, "8", "é" * 100, TO)
        await self.told_of("8", "sent", "delivered")
        self.assertEqual(["é" * 80, "é" * 20], self.texts())

    async def test_row_21_an_empty_last_piece(self) -> None:
        """Answered 200 and dropped; the message is what was before it."""
        await self.start()
        sending = await self.platform.send(UUID, "21", "a" * 160 + " ", TO)
        self.assertEqual([200, 200], [code for code, _ in sending.answers])
        await self.told_of("21", "sent", "delivered")
        self.assertEqual(["a" * 160], self.texts())

    async def test_row_21_a_picture_without_words(self) -> None:
        """Comes as a newline and its address; the newline is courier's."""
        await self.start()
        await self.take("21", "\nhttps://foo.bar/a.jpg")
        await self.told_of("21", "sent", "delivered")
        self.assertEqual(["https://foo.bar/a.jpg"], self.texts())

    async def test_lone_surrogates_and_nul(self) -> None:
        """JSON can say both; neither stops the text, nor its neighbours in the same commit."""
        await self.start()
        headers = {"Content-Type": "application/json"}
        for id, text in (("1", r"a\ud800b"), ("2", r"nul\u0000l"), ("3", r"\ud83d\ude00")):
            body = f'{{"id":"{id}","to":"{TO}","text":"{text}"}}'.encode()
            await self.sent(200, "POST", SEND, headers, body)
        for id in "123":
            await self.told_of(id, "sent", "delivered")
        self.assertEqual(["a\ufffdb", "null", "😀"], self.texts())


class UuidTests(Stage):
    """A platform whose ids are UUIDs."""

    ids = "uuid"

    async def test_row_2_an_id_that_is_a_uuid(self) -> None:
        """It comes back as it came."""
        id = "01924f6a-7b3c-7def-8123-456789abcdef"
        await self.start()
        sending = await self.platform.send(UUID, id, "hi", TO)
        await self.told_of(id, "sent", "delivered")
        self.assertEqual("D", sending.state)


class RefusalTests(Stage):
    """What can never work, and what cannot work now."""

    async def refused(self, code: int, *asked: object, **more: str) -> object:
        """With that code, and nothing goes out."""
        answer = await self.ask(*asked, **more)
        self.assertEqual(code, answer.code, answer.body)
        await self.quiet(0.1)
        self.assertEqual(([], []), (self.texts(), self.told()))
        return answer

    async def test_row_22_invalid_json(self) -> None:
        """400, with the field and a reason."""
        await self.start()
        body = b'{"id":"1","text":"my "+250788383383" and "1003"","to":"+250788383383"}'
        answer = await self.refused(400, "POST", SEND, {"Content-Type": "application/json"}, body)
        self.assertEqual("body", answer.json["field"])
        self.assertIn("not JSON", answer.json["reason"])

    async def test_row_22_no_recipient(self) -> None:
        """400, with the field and a reason."""
        await self.start()
        answer = await self.refused(400, "POST", SEND, {"Content-Type": FORM}, b"id=1&text=hi")
        self.assertEqual(("to", "missing"), (answer.json["field"], answer.json["reason"]))

    async def test_row_23_a_stranger(self) -> None:
        """404 for a channel nobody knows, 401 for the wrong header and for none."""
        await self.start()
        other = SEND.replace("a86f", "b86f")
        await self.refused(404, "POST", other, {"Content-Type": FORM}, form("1", "hi"))
        await self.refused(401, "POST", SEND, {"Content-Type": FORM}, form("1", "hi"), token=TOKEN + "x")
        await self.refused(401, "POST", SEND, {"Content-Type": FORM}, form("1", "hi"), token="")


class PatientTests(Stage):
    """A channel whose token may be mis-set, and a queue with room for one."""

    channel_settings = "bad_token = 503"
    gateway_settings = "queue_limit = 1"

    async def test_row_23_a_mis_set_token_loses_nothing(self) -> None:
        """bad_token = 503: the platform comes again."""
        await self.start()
        answer = await self.ask("POST", SEND, {"Content-Type": FORM}, form("1", "hi"), token="Token old")
        self.assertEqual(503, answer.code)

    async def test_row_24_a_full_queue(self) -> None:
        """503 with Retry-After; once there is room again, the same post is taken."""
        await self.start(smsc=False)
        await self.take("1", "one")
        answer = await self.post("2", "two")
        self.assertEqual((503, ["30"]), (answer.code, answer.headers.getRawHeaders("retry-after")))
        await self.smsc_up()
        await self.told_of("1", "sent", "delivered")
        await self.take("2", "two")
        await self.told_of("2", "sent", "delivered")
        self.assertEqual(["one", "two"], self.texts())
