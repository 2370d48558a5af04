"""The whole gateway against an SMSC of npm's smpp: their encoder, their decoder, our texts, receipts and replies."""

from __future__ import annotations

from typing import Any

from tests.interop.node import Server, missing
from tests.interop.texts import GSM_TEXT, THREE_PARTS, TWO_PARTS, UCS2_TEXT
from tests.links.wire.certificates import Authority
from tests.stories.stage import ADDRESS, TO, Stage, free_port

US, HANDSET = ADDRESS.lstrip("+"), TO.lstrip("+")
GSM7, ASCII, UCS2 = 0, 1, 8
UDHI = 0x40
WHOLE = ("as", "text", "payload", "registered_delivery")


class NodeStage(Stage):
    """One gateway, one foreign SMSC. `binds`: sessions that must stand before anything is asked."""

    skip = missing() or None
    link_settings = "enquire_after = 1"
    binds = 1

    async def setUp(self) -> None:
        await super().setUp()
        self.server = Server(self.smsc_port, *self.tls())
        self.addCleanup(self.server.end)
        await self.until(lambda: self.server.of("listening"))
        await self.start(smsc=False)
        await self.until(self.bound)

    def tls(self) -> tuple[str, ...]:
        """Files of a key and a certificate for the SMSC; none: it speaks TCP alone."""
        return ()

    def seen(self) -> str:
        return f"{self.server.told}, {self.server.errors.decode()}, told {self.told()}"

    def bound(self) -> bool:
        return bool(self.gateway.links["smsc"].up) and len(self.server.of("bind")) >= self.binds

    async def sent(self, id: str, text: str) -> list[dict[str, Any]]:
        """The parts of a text as the SMSC decoded them, once the platform was told of all their receipts."""
        before = len(self.server.of("submit"))
        await self.take(id, text)
        await self.told_of(id, "sent", "delivered")
        parts = self.server.of("submit")[before:]
        self.assertEqual(len(self.server.of("submit")), len(self.server.of("answer", to="deliver_sm", status=0)))
        return parts

    async def received(self, *texts: str) -> None:
        """Exactly these replies are stored by the platform, in any order, and answered to the SMSC."""
        await self.until(lambda: len(self.stored()) == len(texts))
        self.assertEqual(sorted(texts), sorted(event["text"] for event in self.stored()))
        self.assertEqual({f"tel:{TO}"}, {event["urn"] for event in self.stored()})

    def stored(self) -> list[dict[str, Any]]:
        return [event for event in self.platform.events if event["what"] == "stored"]

    def handset_says(self, text: str | dict[str, str], _as: str = "deliver_sm", /, **more: object) -> None:
        """From the handset to the channel's number; an empty text is no field at all."""
        said = {"short_message": text} if text else {}
        of = {"source_addr_ton": 1, "source_addr_npi": 1, "source_addr": HANDSET}
        to = {"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": US}
        self.server.deliver(_as, **said, **of, **to, **more)

    def assert_joined(self, text: str, coding: int, count: int, parts: list[dict[str, Any]]) -> None:
        self.assertEqual([(coding, UDHI)] * count, [(part["data_coding"], part["esm_class"]) for part in parts])
        headers = [part["udh"] for part in parts]
        (reference,) = {header[0][4:6] for header in headers}
        self.assertEqual([[f"0003{reference}{count:02x}{number:02x}"] for number in range(1, count + 1)], headers)
        self.assertEqual(text, "".join(part["text"] for part in parts))


class NodeTests(NodeStage):
    """One session, unless it is told otherwise."""

    async def test_signing_in(self) -> None:
        """Name, password and version as we were told them."""
        wanted = {
            "event": "bind",
            "as": "transceiver",
            "system_id": "weni",
            "password": "secret",
            "interface_version": 0x34,
        }
        self.assertEqual([wanted], self.server.of("bind"))

    async def test_a_gsm_text(self) -> None:
        """Basic table and extension, an octet a septet; numbers with their types; a receipt asked for and matched."""
        (part,) = await self.sent("1", GSM_TEXT)
        self.assertEqual((GSM_TEXT, [], GSM7, 0), (part["text"], part["udh"], part["data_coding"], part["esm_class"]))
        self.assertEqual(([1, 1, US], [1, 1, HANDSET]), (part["source"], part["destination"]))
        self.assertEqual(1, part["registered_delivery"])

    async def test_a_ucs2_text(self) -> None:
        """What GSM 7-bit cannot say."""
        (part,) = await self.sent("1", UCS2_TEXT)
        self.assertEqual((UCS2_TEXT, [], UCS2, 0), (part["text"], part["udh"], part["data_coding"], part["esm_class"]))

    async def test_three_gsm_parts(self) -> None:
        """Joined by their headers they are the text; delivered means all three."""
        self.assert_joined(THREE_PARTS, GSM7, 3, await self.sent("1", THREE_PARTS))

    async def test_two_ucs2_parts(self) -> None:
        """No emoji is torn."""
        self.assert_joined(TWO_PARTS, UCS2, 2, await self.sent("1", TWO_PARTS))

    async def test_throttled(self) -> None:
        """Asked to wait, we come again, once."""
        self.server.do("throttle")
        parts = await self.sent("1", GSM_TEXT)
        self.assertEqual([GSM_TEXT], [one["text"] for one in self.server.of("throttled")])
        self.assertEqual([GSM_TEXT], [part["text"] for part in parts])

    async def test_replies(self) -> None:
        """In the default alphabet, in what their library calls ASCII, and in UCS-2."""
        self.handset_says("Si {€} @ñ", data_coding=GSM7)
        self.handset_says("JOIN", data_coding=ASCII)
        self.handset_says("Olá 😀", data_coding=UCS2)
        await self.received("Si {€} @ñ", "JOIN", "Olá 😀")
        await self.until(lambda: len(self.server.of("answer", to="deliver_sm", status=0)) == 3)

    async def test_a_long_reply(self) -> None:
        """Two segments behind headers, the second first."""
        halves = ("Primeiro: não sei. " * 3, "Depois: talvez amanhã. 😀")
        for number in (2, 1):
            text = {"message": halves[number - 1], "udh": f"050003a702{number:02x}"}
            self.handset_says(text, data_coding=UCS2, esm_class=UDHI)
        await self.received("".join(halves))

    async def test_replies_in_other_places(self) -> None:
        """In message_payload, in a data_sm, and in two segments that TLVs join, the second first."""
        self.handset_says("", data_coding=UCS2, message_payload="Primeiro: não sei. " * 9)
        self.handset_says("", "data_sm", data_coding=GSM7, message_payload="Si {€} @ñ")
        for number, half in ((2, "two halves"), (1, "one of ")):
            sar = {"sar_msg_ref_num": 513, "sar_total_segments": 2, "sar_segment_seqnum": number}
            self.handset_says(half, data_coding=GSM7, **sar)
        await self.received("Primeiro: não sei. " * 9, "Si {€} @ñ", "one of two halves")
        await self.until(lambda: len(self.server.of("answer", status=0)) == 4)

    async def test_enquiries(self) -> None:
        """Theirs is answered, and so is ours: the session goes on."""
        self.server.do("enquire")
        await self.until(lambda: self.server.of("answer", to="enquire_link", status=0))
        await self.until(lambda: len(self.server.of("enquire")) == 2)
        self.assertEqual((True, 1), (self.bound(), len(self.server.of("bind"))))

    async def test_they_sign_off(self) -> None:
        """An unbind of theirs is answered, and we come back."""
        self.server.do("unbind")
        await self.until(lambda: self.server.of("answer", to="unbind", status=0))
        await self.until(lambda: len(self.server.of("bind")) == 2 and self.bound())
        await self.sent("1", GSM_TEXT)

    async def test_we_sign_off(self) -> None:
        """A gateway that stops unbinds before it hangs up, and nothing was an error to them."""
        await self.sent("1", GSM_TEXT)
        await self.stop()
        await self.until(lambda: self.server.of("close"))
        self.assertEqual(["unbind", "close"], [one["event"] for one in self.server.told[-2:]])
        self.assertEqual(([], b""), (self.server.of("error"), self.server.errors))


class PairTests(NodeStage):
    """Texts go out on one session, receipts and replies come in on the other."""

    link_settings = 'bind = "transmitter+receiver"\nbinds = 2'
    binds = 2

    async def test_a_pair(self) -> None:
        """A text, its receipt and a reply; both sign off."""
        self.assertEqual({"transmitter", "receiver"}, {one["as"] for one in self.server.of("bind")})
        await self.sent("1", GSM_TEXT)
        self.handset_says("JOIN")
        await self.received("JOIN")
        await self.stop()
        await self.until(lambda: len(self.server.of("close")) == 2)
        self.assertEqual((2, []), (len(self.server.of("unbind")), self.server.of("error")))


class ThreeTests(NodeStage):
    """Three sessions of one account."""

    link_settings = "binds = 3"
    binds = 3

    async def test_three_binds(self) -> None:
        """All transceivers; parts and receipts go any way, and come together."""
        self.assertEqual(["transceiver"] * 3, [one["as"] for one in self.server.of("bind")])
        parts = await self.sent("1", THREE_PARTS)
        self.assert_joined(THREE_PARTS, GSM7, 3, sorted(parts, key=lambda part: part["udh"]))


class TlsTests(NodeStage):
    """TLS from the first octet on, as their `ssmpp` does it."""

    def configure(self) -> str:
        authority = Authority(self.folder.absolute())
        self.certificate, self.key = authority.vouch("smsc", "127.0.0.1")
        self.link_settings = f'tls = {{ ca = "{authority.file}" }}'
        return super().configure()

    def tls(self) -> tuple[str, ...]:
        return self.key, self.certificate

    async def test_a_secret_text(self) -> None:
        """Signed in, sent and reported within."""
        await self.sent("1", GSM_TEXT)


class DataSmTests(NodeStage):
    """Texts as data_sm."""

    link_settings = 'submit = "data_sm"'

    async def test_data_sm(self) -> None:
        """Both alphabets, and parts: the text is in message_payload, whole to their decoder."""
        (part,) = await self.sent("1", GSM_TEXT)
        self.assertEqual(("data_sm", GSM_TEXT, True, 1), tuple(part[name] for name in WHOLE))
        (part,) = await self.sent("2", UCS2_TEXT)
        self.assertEqual(("data_sm", UCS2_TEXT, True, 1), tuple(part[name] for name in WHOLE))
        self.assert_joined(THREE_PARTS, GSM7, 3, await self.sent("3", THREE_PARTS))


class PayloadTests(NodeStage):
    """Long texts in one piece."""

    link_settings = 'long = "payload"'

    async def test_payload(self) -> None:
        """A short text is in short_message, a long one in message_payload: both once."""
        (part,) = await self.sent("1", GSM_TEXT)
        self.assertEqual(("submit_sm", GSM_TEXT, False, 1), tuple(part[name] for name in WHOLE))
        for id, text in (("2", THREE_PARTS), ("3", TWO_PARTS)):
            (part,) = await self.sent(id, text)
            self.assertEqual(("submit_sm", text, True, 1), tuple(part[name] for name in WHOLE))
            self.assertEqual(([], 0), (part["udh"], part["esm_class"]))


class SarTests(NodeStage):
    """Long texts in parts that TLVs join."""

    link_settings = 'long = "sar"'

    async def test_sar(self) -> None:
        """One reference, a number each, no header."""
        parts = await self.sent("1", THREE_PARTS)
        (reference,) = {part["sar"][0] for part in parts}
        self.assertEqual([[reference, 3, number] for number in (1, 2, 3)], [part["sar"] for part in parts])
        self.assertEqual([([], 0)] * 3, [(part["udh"], part["esm_class"]) for part in parts])
        self.assertEqual(THREE_PARTS, "".join(part["text"] for part in parts))


class CallTests(NodeStage):
    """The SMSC calls, as a carrier may: we listen, and sign in on its connection."""

    def configure(self) -> str:
        self.our_port = free_port()
        self.link_settings = f"""
listen = "tcp:{self.our_port}:interface=127.0.0.1"
listen_from = ["127.0.0.1"]
outbind_id = "npm"
outbind_password = "knock"
"""
        return super().configure()

    async def test_outbind(self) -> None:
        """It says who it is, is bound as a receiver, and its reply comes in on the connection it made."""
        self.server.do("outbind", port=self.our_port, pdu={"system_id": "npm", "password": "knock"})
        await self.until(lambda: self.server.of("bind", **{"as": "receiver"}))
        self.handset_says("JOIN")
        await self.received("JOIN")

    async def test_a_stranger(self) -> None:
        """A wrong password is no carrier: it is hung up on."""
        self.server.do("outbind", port=self.our_port, pdu={"system_id": "npm", "password": "guess"})
        await self.until(lambda: self.server.of("close"))
        self.assertEqual([], self.server.of("bind", **{"as": "receiver"}))
