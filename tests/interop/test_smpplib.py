"""smpplib of PyPI signs in at our simulated SMSC: another encoder of SMPP, another decoder, and none of ours between.

It blocks, so each client lives in a thread of the reactor's pool.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from smpplib import consts, gsm
from smpplib.client import Client
from smpplib.exceptions import PDUError
from smpplib.smpp import make_pdu
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from chanserv.links.smpp.trade import SmppTrade
from tests.interop.ground import Ground
from tests.interop.texts import GSM_ALL, THREE_PARTS, TWO_PARTS, UCS2_TEXT

US, HANDSET = "8500", "250788123123"
RECEIPT = 0x04  # esm_class (SMPP 3.4, section 5.2.12)
HEADER = 6  # octets of a header with an 8-bit reference
FROM_US = {"source_addr_ton": consts.SMPP_TON_UNK, "source_addr_npi": consts.SMPP_NPI_ISDN, "source_addr": US}
TO_HANDSET = {"dest_addr_ton": consts.SMPP_TON_INTL, "dest_addr_npi": consts.SMPP_NPI_ISDN, "destination_addr": HANDSET}

QUIET = "smpplib of the tests"
logging.getLogger(QUIET).setLevel(logging.CRITICAL)  # it warns of every connection that ends


class Esme:
    """One client. Every method is to be called in a thread: it returns when the SMSC has answered."""

    def __init__(self, port: int) -> None:
        self._client = Client("127.0.0.1", port, timeout=5, logger_name=QUIET, allow_unknown_opt_params=True)
        self._client.set_message_received_handler(lambda pdu: self.received.append(pdu))
        self.received: list[Any] = []

    def bind(self, role: str, password: str = "secret") -> Any:
        """The response. Raises PDUError if we are refused."""
        self._client.connect()
        return getattr(self._client, f"bind_{role}")(system_id="us", password=password)

    def submit(self, text: str, coding: int = consts.SMPP_ENCODING_DEFAULT, **more: Any) -> list[Any]:
        """In its own parts, all at once; the responses in the order they came."""
        parts, data_coding, esm_class = gsm.make_parts(text, coding)
        words = {**FROM_US, **TO_HANDSET, "data_coding": data_coding, "esm_class": esm_class, **more}
        for part in parts:
            self._client.send_message(short_message=part, **words)
        return [self.read() for _ in parts]

    def read(self) -> Any:
        """The next PDU; a refusal as well."""
        return self._client.read_pdu()

    def take(self, count: int) -> list[Any]:
        """So many deliveries, answered; whatever else comes is answered too."""
        while len(self.received) < count:
            self._client.read_once()
        return self.received

    def answer(self, count: int) -> None:
        """To so many of whatever comes."""
        for _ in range(count):
            self._client.read_once()

    def query(self, message_id: str) -> Any:
        """The response."""
        self._client.query_message(message_id=message_id, **FROM_US)
        return self.read()

    def enquire(self) -> tuple[str, int]:
        self._client.send_pdu(make_pdu("enquire_link", client=self._client))
        answer = self.read()
        return answer.command, answer.status

    def leave(self) -> Any:
        """The response to unbind."""
        answer = self._client.unbind()
        self.hang_up()
        return answer

    def hang_up(self) -> None:
        self._client.disconnect()


class SmpplibTests(Ground):
    """What a text is for them, it is for us."""

    async def setUp(self) -> None:
        self.smsc = Carrier(reactor, SmppTrade(), Behaviour(system_id="us", password="secret", enquire_after=0))
        self.port = await self.listen(self.smsc)
        self.addCleanup(self.until, lambda: not self.smsc.connections)
        self.addCleanup(self.smsc.drop)

    def seen(self) -> str:
        return f"{self.smsc.counts}"

    async def client(self, role: str) -> Esme:
        esme = Esme(self.port)
        self.addCleanup(deferToThread, esme.hang_up)
        answer = await deferToThread(esme.bind, role)
        self.assertEqual((f"bind_{role}_resp", 0, b"chanserv"), (answer.command, answer.status, answer.system_id))
        return esme

    async def submitted(self, esme: Esme, text: str, **more: Any) -> list[Any]:
        """The parts as the SMSC took them, each under the id that they were told."""
        before = len(self.smsc.submits)
        answers = await deferToThread(esme.submit, text, **more)
        parts = list(self.smsc.submits)[before:]
        told = [(answer.command, answer.status, answer.message_id.decode()) for answer in answers]
        self.assertEqual([("submit_sm_resp", 0, part.message_id) for part in parts], told)
        return parts

    async def refused(self, what: Callable[..., Any], *words: Any) -> int:
        """With which status."""
        fault = await self.assertFailure(deferToThread(what, *words), PDUError)
        return int(fault.args[1])

    async def test_texts(self) -> None:
        """Every letter of GSM 7-bit, UCS-2, a name as sender, several parts of both."""
        esme = await self.client("transmitter")
        text = GSM_ALL.replace("§", "")  # which their table has not
        (plain,) = await self.submitted(esme, text)
        self.assertEqual((text, US, f"+{HANDSET}"), (plain.text, plain.source, plain.destination))
        name = {"source_addr_ton": consts.SMPP_TON_ALNUM, "source_addr_npi": consts.SMPP_NPI_UNK}
        (wide,) = await self.submitted(esme, UCS2_TEXT, source_addr="MyBrand", **name)
        self.assertEqual((UCS2_TEXT, "MyBrand"), (wide.text, wide.source))
        parts = await self.submitted(esme, THREE_PARTS)  # they tear an escape from its letter
        octets = b"".join(part.octets[HEADER:] for part in parts)
        self.assertEqual((3, THREE_PARTS), (len(parts), octets_to_text(octets)))
        parts = await self.submitted(esme, TWO_PARTS)
        octets = b"".join(part.octets[HEADER:] for part in parts)
        self.assertEqual((2, TWO_PARTS), (len(parts), octets.decode("utf-16-be")))

    async def test_receipts(self) -> None:
        """Both say the id that was answered: in TLVs and in the text; delivered and not."""
        esme = await self.client("transceiver")
        for number, (status, state) in enumerate((("DELIVRD", 2), ("UNDELIV", 5)), 1):
            self.smsc.set(receipt_status=status, receipt_delay=0.1)
            (part,) = await self.submitted(esme, "Hello", registered_delivery=1)
            receipt = (await deferToThread(esme.take, number))[-1]
            words = receipt.short_message.decode("ascii")
            found = (receipt.esm_class, receipt.receipted_message_id.decode(), receipt.message_state)
            self.assertEqual((RECEIPT, part.message_id, state), found)
            self.assertEqual((f"id:{part.message_id}", True), (words.split()[0], f"stat:{status} " in words))
            self.assertEqual((HANDSET, US), (receipt.source_addr.decode(), receipt.destination_addr.decode()))
        await self.until(lambda: self.smsc.counts["receipt"] == 2)

    async def test_questions(self) -> None:
        """On its way, then delivered; an id that nobody knows."""
        esme = await self.client("transceiver")
        self.smsc.set(receipt_delay=1.0)
        (part,) = await self.submitted(esme, "Hello", registered_delivery=1)
        for state, dated in ((1, False), (2, True)):
            answer = await deferToThread(esme.query, part.message_id)
            found = (answer.command, answer.status, answer.message_id.decode(), answer.message_state)
            self.assertEqual(("query_sm_resp", 0, part.message_id, state), found)
            self.assertEqual(dated, bool(answer.final_date))
            await deferToThread(esme.take, 1)  # the receipt
        answer = await deferToThread(esme.query, "nobody's")
        self.assertEqual(("query_sm_resp", consts.SMPP_ESME_RQUERYFAIL), (answer.command, answer.status))

    async def test_replies(self) -> None:
        """In the default alphabet, in UCS-2 and in parts, to the one who receives."""
        await self.client("transmitter")
        esme = await self.client("receiver")
        for text in ("Si {€} @ñ", "Olá 😀", TWO_PARTS):
            self.smsc.send_mo(f"+{HANDSET}", US, text)
        plain, wide, *parts = await deferToThread(esme.take, 4)
        self.assertEqual((0, b"Si \x1b(\x1be\x1b) \x00}"), (plain.data_coding, plain.short_message))
        self.assertEqual((8, "Olá 😀"), (wide.data_coding, wide.short_message.decode("utf-16-be")))
        self.assertEqual([consts.SMPP_GSMFEAT_UDHI] * 2, [part.esm_class for part in parts])
        self.assertEqual(TWO_PARTS, "".join(part.short_message[HEADER:].decode("utf-16-be") for part in parts))
        await self.until(lambda: self.smsc.counts["mo"] == 4)

    async def test_enquiries(self) -> None:
        """Ours are answered, theirs is: the session goes on, and a text goes through."""
        esme = await self.client("transceiver")
        self.smsc.set(enquire_after=0.1)
        await deferToThread(esme.answer, 3)  # unanswered, the first would have ended the session
        self.smsc.set(enquire_after=0)
        self.assertEqual(("enquire_link_resp", 0), await deferToThread(esme.enquire))
        await self.submitted(esme, "still here")

    async def test_refusals(self) -> None:
        """A wrong password, a refused text, and one more than the window holds."""
        stranger = Esme(self.port)
        self.addCleanup(deferToThread, stranger.hang_up)
        self.assertEqual(consts.SMPP_ESME_RINVPASWD, await self.refused(stranger.bind, "transceiver", "guessed"))
        esme = await self.client("transceiver")
        self.smsc.set(refuse_every=1, refuse_with=consts.SMPP_ESME_RINVDSTADR)
        (answer,) = await deferToThread(esme.submit, "Hello")
        self.assertEqual(("submit_sm_resp", consts.SMPP_ESME_RINVDSTADR), (answer.command, answer.status))
        self.smsc.set(refuse_every=0, window=2, latency=0.2)
        answers = await deferToThread(esme.submit, THREE_PARTS)
        self.assertEqual([consts.SMPP_ESME_RTHROTTLED, 0, 0], [answer.status for answer in answers])

    async def test_signing_off(self) -> None:
        """An unbind is answered, and then the connection is theirs to close."""
        esme = await self.client("transceiver")
        answer = await deferToThread(esme.leave)
        self.assertEqual(("unbind_resp", 0), (answer.command, answer.status))


def octets_to_text(octets: bytes) -> str:
    """GSM 7-bit by their own table."""
    table = gsm.GSM_CHARACTER_TABLE
    plain, *escaped = octets.split(b"\x1b")
    found = [table[octet] for octet in plain]
    for octets in escaped:
        found += [table[0x80 + octets[0]], *(table[octet] for octet in octets[1:])]
    return "".join(found)
