"""How a link dials, on loopback: names and addresses, the time it has, and TLS with certificates made for the test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectBindError, ConnectionDone, ConnectionLost, DNSLookupError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from chanserv.errors import CannotDial
from chanserv.links.wire import tls
from chanserv.links.wire.dial import dialler, socket_options
from chanserv.links.wire.handshake import Handshake
from chanserv.settings import TlsSettings
from tests.fakes import smpp
from tests.links.fakes import Wire
from tests.links.wire.certificates import Authority


class Line(Protocol):
    """Either end: `heard`, and `lost` when it is over."""

    def __init__(self) -> None:
        self.heard = b""
        self.hears: Deferred[None] = Deferred()
        self.lost: Deferred[Any] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.heard += data
        if not self.hears.called:
            self.hears.callback(None)

    def connectionLost(self, reason: Any) -> None:
        self.lost.callback(reason.getErrorMessage())


class Lines(Factory):
    """Whoever answers; `made` in the order of the calls."""

    noisy = False

    def __init__(self) -> None:
        self.made: list[Line] = []

    def buildProtocol(self, addr: Any) -> Line:
        self.made.append(Line())
        return self.made[-1]


class DialCase(TestCase):
    """A carrier on loopback that answers in clear text, or in TLS."""

    def carrier(self, terms: tls.Terms | None = None) -> int:
        """Its port."""
        self.answering = Lines()
        factory = self.answering if terms is None else TLSMemoryBIOFactory(terms, False, self.answering)
        factory.noisy = False
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return int(port.getHost().port)

    def dial(self, port: int, host: str = "127.0.0.1", **settings: Any) -> Deferred[Any]:
        return dialler(smpp("a", **settings), reactor)(host, port).connect(Lines())

    async def talk(self, dialling: Deferred[Any]) -> None:
        """It is connected, and octets come through; then it is over."""
        line = await dialling
        line.transport.write(b"enquire")
        await self.answering.made[-1].hears
        self.assertEqual(b"enquire", self.answering.made[-1].heard)
        await self.over(line)

    async def over(self, line: Line) -> None:
        line.transport.loseConnection()  # type: ignore[union-attr]
        await line.lost
        await self.answering.made[-1].lost


class PlainTests(DialCase):
    """Without TLS."""

    async def test_an_address(self) -> None:
        """Is dialled as it is."""
        await self.talk(self.dial(self.carrier()))

    async def test_a_name(self) -> None:
        """Is looked up."""
        await self.talk(self.dial(self.carrier(), "localhost"))

    def test_an_ipv6_address(self) -> None:
        """In its own family; here nobody is dialled by it."""
        clock = Clock()
        dialling = dialler(smpp("a", source="127.0.0.1"), clock)("::1", 1).connect(Lines())
        clock.advance(0.0)
        fault = self.failureResultOf(dialling, ConnectBindError).value
        self.assertIn("source 127.0.0.1: not of the family of the address dialled", str(fault))

    async def test_a_name_that_nobody_has(self) -> None:
        """Fails like any dial (RFC 6761: .invalid never resolves)."""
        await self.assertFailure(self.dial(1, "smsc.invalid"), DNSLookupError)

    async def test_an_impossible_name(self) -> None:
        """Fails, and raises nothing."""
        await self.assertFailure(self.dial(1, "a..b"), ValueError)

    def test_the_device_of_the_tunnel(self) -> None:
        """Counts where the link names none itself."""
        self.assertEqual("wg0", socket_options(smpp("a"), "wg0").device)
        self.assertEqual("tun1", socket_options(smpp("a", device="tun1"), "wg0").device)

    def test_silence(self) -> None:
        """A dial has connect_within for everything, and its end says so."""
        clock = Clock()
        clock.nameResolver = Nameless()  # type: ignore[attr-defined]
        dialling = dialler(smpp("a", connect_within=10.0), clock)("smsc.example", 1).connect(Lines())
        clock.advance(9.9)
        self.assertNoResult(dialling)
        clock.advance(0.1)
        self.assertEqual("no connection within 10 s", str(self.failureResultOf(dialling, CannotDial).value))


class Nameless:
    """A resolver that never answers."""

    def resolveHostName(self, receiver: Any, name: str, **more: Any) -> None: ...


class TlsTests(DialCase):
    """With TLS: who is believed, who is not, and why."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.authority = Authority(self.folder)
        self.cert, self.key = self.authority.vouch("smsc", "smsc.example", "127.0.0.1")

    def secure(self, **ours: Any) -> int:
        """The port of a carrier with the certificate that was made."""
        theirs = {"cert": self.cert, "key": self.key, **ours}
        return self.carrier(tls.from_callers(TlsSettings(**theirs)))

    def trusting(self, port: int, host: str = "127.0.0.1", **more: Any) -> Deferred[Any]:
        return self.dial(port, host, tls=TlsSettings(**{"ca": self.authority.file, **more}))

    async def refused(self, dialling: Deferred[Any]) -> str:
        """Why it did not come about; nothing was said on it."""
        fault = await self.assertFailure(dialling, CannotDial)
        for line in self.answering.made:
            await line.lost
            self.assertEqual(b"", line.heard)
        return str(fault)

    async def test_verified(self) -> None:
        """By the address dialled, or by `name`."""
        port = self.secure()
        await self.talk(self.trusting(port))
        await self.talk(self.trusting(port, name="smsc.example"))

    async def test_the_server_is_told_the_name(self) -> None:
        """SNI, but never an address (RFC 6066, 3)."""
        port = self.secure()
        for name, told in ((None, None), ("smsc.example", b"smsc.example")):
            line = await self.trusting(port, name=name)
            shaken = self.answering.made[-1].transport._tlsConnection  # type: ignore[union-attr]
            self.assertEqual(told, shaken.get_servername())
            await self.over(line)

    async def test_another_authority(self) -> None:
        """Is not believed, and the reason says what to look at."""
        other = Authority(self.folder, "another authority")
        reason = await self.refused(self.trusting(self.secure(), ca=other.file))
        self.assertEqual(
            "TLS: the certificate of the other end is refused: its authority is not among those trusted", reason
        )

    async def test_the_systems_authorities(self) -> None:
        """Do not know ours."""
        self.assertIn("not among those trusted", await self.refused(self.dial(self.secure(), tls=TlsSettings())))

    async def test_another_name(self) -> None:
        """A certificate of somebody else is refused, however well signed."""
        for name in ("other.example", "127.0.0.9"):
            reason = await self.refused(self.trusting(self.secure(), name=name))
            self.assertIn(f"it does not name {name}", reason)

    async def test_an_expired_one(self) -> None:
        """Is refused by its date."""
        self.cert, self.key = self.authority.vouch("old", "127.0.0.1", days=-1)
        self.assertIn("it has expired", await self.refused(self.trusting(self.secure())))

    async def test_unverified_only_on_demand(self) -> None:
        """verify = false believes anybody."""
        self.cert, self.key = self.authority.vouch("old", "other.example", days=-1)
        await self.talk(self.dial(self.secure(), tls=TlsSettings(verify=False)))

    async def test_they_ask_for_ours(self) -> None:
        """A client certificate is shown to who asks."""
        port = self.secure(ca=self.authority.file)
        cert, key = self.authority.vouch("we", "weni")
        await self.talk(self.trusting(port, cert=cert, key=key))

    async def test_they_refuse_ours(self) -> None:
        """TLS 1.3 says so after the handshake: the session learns it as the reason of its end."""
        line = await self.trusting(self.secure(ca=self.authority.file))
        self.assertIn("TLS: tlsv13 alert certificate required", await line.lost)

    async def test_renewed_between_two_dials(self) -> None:
        """Files count from the next dial on: nothing has to be restarted."""
        port = self.secure(ca=self.authority.file)
        cert, key = self.authority.vouch("we", "weni")
        trusted = str(self.folder / "trusted.pem")
        dial = dialler(smpp("a", tls=TlsSettings(ca=trusted, cert=cert, key=key)), reactor)
        shutil.copy(Authority(self.folder, "another authority").file, trusted)
        self.assertIn("not among those trusted", await self.refused(dial("127.0.0.1", port).connect(Lines())))
        shutil.copy(self.authority.file, trusted)
        for serial in range(2):
            self.authority.vouch("we", f"weni {serial}")
            line = await dial("127.0.0.1", port).connect(Lines())
            line.transport.write(b"enquire")
            await self.answering.made[-1].hears
            shown = self.answering.made[-1].transport.getPeerCertificate()  # type: ignore[union-attr]
            self.assertEqual(f"weni {serial}", shown.to_cryptography().subject.rfc4514_string().removeprefix("CN="))
            await self.over(line)

    async def test_no_tls_at_the_other_end(self) -> None:
        """What answers in clear text is told as such, and hears nothing but a TLS hello."""
        port = self.carrier()
        dialling = self.trusting(port)
        while not self.answering.made:
            await self.later()
        line = self.answering.made[0]
        await line.hears
        line.transport.write(b"\x00\x00\x00\x10\x80\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00")  # type: ignore[union-attr] # a generic_nack
        fault = await self.assertFailure(dialling, CannotDial)
        self.assertEqual("TLS: what answers does not speak TLS", str(fault))
        await line.lost
        self.assertEqual(b"\x16\x03", line.heard[:2])

    def later(self) -> Deferred[None]:
        turn: Deferred[None] = Deferred()
        reactor.callLater(0.001, turn.callback, None)
        return turn

    async def test_a_handshake_that_never_ends(self) -> None:
        """connect_within is for TLS as well."""
        dialling = self.dial(self.carrier(), tls=TlsSettings(ca=self.authority.file), connect_within=0.05)
        self.assertEqual("no connection within 0.05 s", await self.refused_in_clear(dialling))

    async def refused_in_clear(self, dialling: Deferred[Any]) -> str:
        fault = await self.assertFailure(dialling, CannotDial)
        await self.answering.made[0].lost
        return str(fault)


class FileTests(DialCase):
    """Files that are not what they should be: a dial that fails, nobody dialled, never clear text."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.authority = Authority(self.folder)
        self.cert, self.key = self.authority.vouch("we", "weni")
        self.port = self.carrier()

    async def fault(self, **settings: Any) -> str:
        fault = await self.assertFailure(self.dial(self.port, tls=TlsSettings(**settings)), CannotDial)
        self.assertEqual([], self.answering.made)
        return str(fault)

    def written(self, octets: bytes) -> str:
        path = self.folder / "strange.pem"
        path.write_bytes(octets)
        return str(path)

    async def test_missing(self) -> None:
        """Each by its key and its path."""
        gone = str(self.folder / "gone.pem")
        self.assertEqual(f"tls.ca: cannot read {gone}: No such file or directory", await self.fault(ca=gone))
        self.assertEqual(f"tls.cert: cannot read {gone}: No such file or directory", await self.fault(cert=gone))
        reason = await self.fault(cert=self.cert, key=gone)
        self.assertEqual(f"tls.key: cannot read {gone}: No such file or directory", reason)

    async def test_strange(self) -> None:
        """What is no PEM, or not the right one."""
        strange = self.written(b"\x30\x82")
        self.assertEqual(f"tls.ca: {strange} holds no certificate in PEM", await self.fault(ca=strange))
        self.assertEqual(f"tls.cert: {self.key} holds no certificate in PEM", await self.fault(cert=self.key))
        self.assertEqual(f"tls.key: {self.cert} holds no private key in PEM", await self.fault(cert=self.cert))

    async def test_a_key_of_another_certificate(self) -> None:
        """Would fail in every handshake."""
        _, other = self.authority.vouch("other", "other")
        reason = await self.fault(cert=self.cert, key=other)
        self.assertEqual(f"tls.key: {other} does not belong to {self.cert}", reason)

    async def test_a_name_that_is_none(self) -> None:
        """Whatever stands in the settings: a dial that fails."""
        for name in ("a..b", "*.example", "smsc example", "a" * 70):
            self.assertEqual(f"tls.name: {name} is no name of a host", await self.fault(name=name))

    async def test_a_locked_key(self) -> None:
        """Nobody is there to be asked for a passphrase."""
        cert, key = self.authority.vouch("locked", "weni", passphrase=b"secret")
        self.assertEqual(
            f"tls.key: {key} is locked by a passphrase; it must be without", await self.fault(cert=cert, key=key)
        )

    async def test_one_file_for_both(self) -> None:
        """`cert` alone may hold the chain and the key."""
        both = self.written(
            Path(self.cert).read_bytes() + Path(self.authority.file).read_bytes() + Path(self.key).read_bytes()
        )
        tls.towards(TlsSettings(cert=both), "smsc.example")

    async def test_what_openssl_will_not_have(self) -> None:
        """Such as a key that it finds too short: its word for it is the reason."""

        def refusing(**options: Any) -> Any:
            raise SSL.Error([("SSL routines", "", "ee key too small")])

        self.patch(tls, "CertificateOptions", refusing)
        self.assertEqual("TLS: ee key too small", await self.fault(cert=self.cert, key=self.key))


class HandshakeTests(SynchronousTestCase):
    """The stand-in, without TLS below it."""

    def test_nobody_wants_it_any_more(self) -> None:
        """A factory that makes no protocol, after all that: hung up."""
        wire = Wire()
        handshake = Handshake(lambda: None, tls.towards(TlsSettings(verify=False), "smsc.example"))
        handshake.makeConnection(wire)
        handshake.handshakeCompleted()
        self.failureResultOf(handshake.over, CancelledError)
        self.assertTrue(wire.aborted)
        handshake.dataReceived(b"unheard")
        handshake.connectionLost(Failure(ConnectionDone()))

    def test_hung_up_without_a_reason(self) -> None:
        """Is a dial that failed."""
        handshake = Handshake(Line, tls.towards(TlsSettings(verify=False), "smsc.example"))
        handshake.makeConnection(Wire())
        handshake.connectionLost(Failure(ConnectionDone()))
        reason = str(self.failureResultOf(handshake.over, CannotDial).value)
        self.assertTrue(reason.startswith("TLS: hung up in the handshake: "), reason)

    def test_what_is_said_of_our_certificate(self) -> None:
        """Who refuses it has read nothing of what we said since; any other fault of TLS may come behind that."""
        for reason, kind in (
            ("tlsv13 alert certificate required", CannotDial),
            ("ssl/tls alert bad certificate", CannotDial),
            ("tlsv1 alert unknown ca", CannotDial),
            ("decryption failed or bad record mac", ConnectionLost),
            ("tlsv1 alert internal error", ConnectionLost),
        ):
            line, lost = Line(), list[Any]()
            self.patch(line, "connectionLost", lost.append)
            handshake = Handshake(lambda line=line: line, tls.towards(TlsSettings(verify=False), "smsc.example"))  # type: ignore[misc]
            handshake.makeConnection(Wire())
            handshake.handshakeCompleted()
            handshake.connectionLost(Failure(SSL.Error([("SSL routines", "", reason)])))
            self.assertEqual((kind, (f"TLS: {reason}",)), (type(lost[0].value), lost[0].value.args))
