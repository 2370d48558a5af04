"""A conversation with strongSwan's daemon, its end played by the test."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from chanserv.tunnels.charon import CharonFactory, Unanswered
from chanserv.tunnels.vici import Framer, Kind, Message, Packet, encode

ONE, TWO = {"claro": {"state": "ESTABLISHED"}}, {"tim": {"state": "CONNECTING"}}


class CharonTests(SynchronousTestCase):
    """Connected, and registered for what it wants to hear."""

    def setUp(self) -> None:
        self.news = 0
        self.wire, self.framer = StringTransport(), Framer()
        self.charon = CharonFactory(self.heard).buildProtocol(None)
        self.charon.makeConnection(self.wire)

    def heard(self) -> None:
        self.news += 1

    def said(self) -> list[Packet]:
        data = self.wire.value()
        self.wire.clear()
        return self.framer.received(data)

    def say(self, *packets: Packet) -> None:
        self.charon.dataReceived(b"".join(map(encode, packets)))

    def asked(self) -> Deferred[list[Message]]:
        """A question; the registrations are confirmed."""
        asked = self.charon.associations()
        self.say(*[Packet(Kind.EVENT_CONFIRM)] * 3)
        self.assertNoResult(asked)
        return asked

    def test_what_it_says_first(self) -> None:
        """Nothing that changes anything."""
        names = [(packet.kind, packet.name) for packet in self.said()]
        wanted = ["list-sa", "child-updown", "ike-updown"]
        self.assertEqual([(Kind.EVENT_REGISTER, name) for name in wanted], names)

    def test_the_list(self) -> None:
        """Comes in events, and is whole with the answer."""
        self.said()
        asked = self.asked()
        self.assertEqual([Packet(Kind.CMD_REQUEST, "list-sas")], self.said())
        self.say(Packet(Kind.EVENT, "list-sa", ONE), Packet(Kind.EVENT, "list-sa", TWO))
        self.assertNoResult(asked)
        self.say(Packet(Kind.CMD_RESPONSE))
        self.assertEqual([ONE, TWO], self.successResultOf(asked))

    def test_one_after_the_other(self) -> None:
        """Each answer is of its own question; two at once are a mistake of ours."""
        first = self.asked()
        self.assertRaises(RuntimeError, self.charon.associations)
        self.say(Packet(Kind.EVENT, "list-sa", ONE), Packet(Kind.CMD_RESPONSE))
        second = self.charon.associations()
        self.say(Packet(Kind.CMD_RESPONSE))
        self.assertEqual(([ONE], []), (self.successResultOf(first), self.successResultOf(second)))

    def test_news(self) -> None:
        """One came or went: whichever, a look will tell."""
        self.say(Packet(Kind.EVENT, "child-updown", ONE), Packet(Kind.EVENT, "ike-updown", ONE))
        self.say(Packet(Kind.EVENT, "log", ONE))
        self.assertEqual(2, self.news)

    def test_a_daemon_that_does_not_know(self) -> None:
        """Says so."""
        for kind in (Kind.CMD_UNKNOWN, Kind.EVENT_UNKNOWN):
            asked = self.charon.associations()
            self.say(Packet(kind))
            self.assertIn("does not know list-sas", str(self.failureResultOf(asked, Unanswered).value))

    def test_hung_up(self) -> None:
        """What was asked is not answered; the next look connects again."""
        asked = self.asked()
        self.charon.connectionLost(Failure(ConnectionDone()))
        self.assertEqual("strongSwan hung up", str(self.failureResultOf(asked, Unanswered).value))
        self.assertFalse(self.charon.connected)

    def test_somebody_else(self) -> None:
        """What is no vici is not listened to any longer."""
        asked = self.charon.associations()
        self.charon.dataReceived(b"HTTP/1.1 400 Bad Request\r\n")
        self.assertIn("is not strongSwan", str(self.failureResultOf(asked, Unanswered).value))
        self.assertTrue(self.wire.disconnecting)

    def test_given_up(self) -> None:
        """Its answer would be taken for that of the next question: so the connection ends."""
        asked: Any = self.asked()
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertEqual((True, False), (self.wire.disconnecting, bool(self.charon.connected)))
        self.say(Packet(Kind.CMD_RESPONSE))
