"""A running simulator obeys standard input, and tells what it did."""

from __future__ import annotations

import os
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.cli import ear
from chanserv.cli.ear import Ear, Obedience
from chanserv.cli.orders import plain
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.peer.carrier import Carrier
from tests.links.peer.toy import Esme, ToyTrade


class ObedienceTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.said: list[str] = []
        self.reactor = MemoryReactorClock()
        self.carrier = Carrier(self.reactor, ToyTrade(), Behaviour(enquire_after=0.0))
        self.obedience = Obedience(self.reactor, self.carrier, self.said.append)

    def told(self, line: str) -> str:
        self.obedience.hear(line)
        said = "\n".join(self.said)
        self.said.clear()
        return said

    def test_a_change_is_made_and_told(self) -> None:
        """As it is understood."""
        self.assertEqual("silent is True now", self.told("silent yes"))
        self.assertEqual("throttle_for is 10.0 now", self.told("throttle_for 10"))
        self.assertEqual((True, 10.0), (self.carrier.behaviour.silent, self.carrier.behaviour.throttle_for))

    def test_what_cannot_be_is_told_and_changes_nothing(self) -> None:
        """An unknown word, a value out of bounds, control characters made harmless."""
        self.assertIn("'slient' is not known", self.told("slient yes"))
        self.assertIn("id_base", self.told("id_base octal"))
        self.assertIn("mo_window", self.told("mo_window 0"))
        self.assertNotIn("\x1b", self.told("\x1b[2J"))
        self.assertEqual("", self.told("  "))
        self.assertEqual(Behaviour(enquire_after=0.0), self.carrier.behaviour)

    def test_texts_and_breaks(self) -> None:
        """A text waits, or goes; connections break."""
        self.assertEqual("1 deliveries wait for a receiver", self.told("mo +5511 8000 Hi there"))
        esme = Esme(self.carrier, name=None)
        esme.say("in me")
        self.assertEqual([["+5511", "Hi", "there"]], esme.delivered())
        self.assertEqual("sent", self.told("mo +5511 8000 Hi"))
        self.assertEqual("1 connections broken", self.told("drop"))
        self.assertTrue(esme.gone)

    def test_a_call_is_made(self) -> None:
        """What became of it is told, whatever it is."""
        self.assertEqual("", self.told("call 127.0.0.1:2775"))
        (call,) = self.reactor.tcpClients
        self.assertEqual(("127.0.0.1", 2775), call[:2])
        call[2].clientConnectionFailed(None, ear.Failure(OSError("nobody there")))
        self.reactor.advance(1.0)
        self.assertIn("no: nobody there", "\n".join(self.said))

    def test_it_shows_what_was_counted(self) -> None:
        """And what is not as usual."""
        Esme(self.carrier).parts(1, 2)
        shown = self.told("show")
        for words in ("connections 1", "waiting 0", "binds 1", "submits 2", "enquire_after 0.0"):
            self.assertIn(words, shown)
        self.assertNotIn("window", shown)

    def test_help_names_everything(self) -> None:
        """The words, and all that can be changed."""
        said = self.told("help").split()
        self.assertEqual([], [word for word in ("mo", "drop:", "call", "show:", *plain()) if word not in said])


class Readers(Clock):
    """A reactor that remembers whom it is to ask."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        self.readers.remove(reader)


class EarTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reads, self.writes = os.pipe()
        self.addCleanup(os.close, self.reads)
        self.heard: list[str] = []

    def test_lines_may_come_in_pieces(self) -> None:
        """The end of the input is the end of hearing, not of the simulator."""
        reactor = Readers()
        listening = Ear(reactor, self.heard.append, self.reads)
        reactor.addReader(listening)
        for data, heard in (("sil", []), ("ent yes\ndr", ["silent yes"]), ("op\nOlá\n", ["silent yes", "drop", "Olá"])):
            os.write(self.writes, data.encode())
            listening.doRead()
            self.assertEqual(heard, self.heard)
        os.close(self.writes)
        listening.doRead()
        self.assertEqual([], reactor.readers)

    def test_the_end_of_a_long_line_is_no_order(self) -> None:
        """What is longer than a line may be is none, and its end is not one."""
        listening = Ear(Readers(), self.heard.append, self.reads)
        for data in (b"mo 1 2 " + b"x" * 4000, b"x" * 4096, b"x" * 4096, b" drop\n", b"show\n"):
            os.write(self.writes, data)
            listening.doRead()
        os.close(self.writes)
        self.assertEqual(["", "show"], self.heard)

    def test_without_an_input_nothing_is_heard(self) -> None:
        """Closed, or a terminal that another process has."""
        self.addCleanup(os.close, self.writes)
        reactor = Readers()
        for isatty, foreground in ((True, -1), (True, OSError()), (True, None), (False, None)):
            self.patch(ear.os, "isatty", lambda descriptor, known=isatty: known)
            self.patch(ear.os, "tcgetpgrp", lambda descriptor, known=foreground: given(known))
            ear.attend(reactor, self.heard.append)
        self.assertEqual(2, len(reactor.readers))
        self.patch(ear.sys, "stdin", None)
        ear.attend(reactor, self.heard.append)
        self.assertEqual(2, len(reactor.readers))


def given(known: Any) -> int:
    if isinstance(known, Exception):
        raise known
    return os.getpgrp() if known is None else int(known)


class Simulator(ProcessProtocol):
    """`chanserv simulate` as a process; fires with its output once `awaited` is in it, and again once it has ended."""

    def __init__(self, awaited: bytes) -> None:
        self.told, self.ended = Deferred[bytes](), Deferred[bytes]()
        self._awaited, self._output = awaited, b""

    def outReceived(self, data: bytes) -> None:
        self._output += data
        if self._awaited in self._output and not self.told.called:
            self.told.callback(self._output)

    def processEnded(self, reason: Any) -> None:
        if not self.told.called:
            self.told.callback(self._output)
        self.ended.callback(self._output)


class ProcessTests(TestCase):
    async def test_a_running_simulator_obeys(self) -> None:
        """Through a pipe; the end of the pipe does not end it, an interrupt does."""
        from twisted.internet import reactor

        simulator = Simulator(b"latency is 0.5 now\n")
        words = ["simulate", "smpp", "--listen", "tcp:0:interface=127.0.0.1"]
        argv = [sys.executable, "-c", "import sys; from chanserv.cli import main; main(sys.argv[1:])", *words]
        process = reactor.spawnProcess(simulator, sys.executable, argv, env=os.environ)  # type: ignore[attr-defined]
        process.write(b"latencey 3\nlatency 0.5\n")
        process.closeStdin()
        self.assertIn(b"'latencey' is not known here", await simulator.told)
        self.assertFalse(simulator.ended.called)
        process.signalProcess("INT")
        await simulator.ended
