"""Signing in, told as transcripts: modes, versions, carriers that call."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.events import Closed
from chanserv.links.smpp.session import Session
from chanserv.links.smpp.signing import SAID, Credentials
from chanserv.links.smpp.terms import Spoken
from chanserv.links.terms import Rules, State
from tests.transcript import play


class ModeTests(SynchronousTestCase):
    """What a bind says, by the account's settings, and who may call."""

    def play(self, script: str, names: dict[str, Any] | None = None, **said: Any) -> Session:
        credentials = Credentials(system_id=b"weni", password=b"secret", **said)
        session = Session(Rules(bind_within=10.0, answer_within=20.0, enquire_after=30.0), credentials, Spoken(0x50))
        play(self, session, script, **(names or {}))
        return session

    def test_modes(self) -> None:
        """Three kinds of bind, each with its own answer."""
        for mode, cls in (
            ("transceiver", "BindTransceiver"),
            ("transmitter", "BindTransmitter"),
            ("receiver", "BindReceiver"),
        ):
            session = self.play(
                f"""
                do s.open(now)
                > {cls}(sequence=1, system_id=b"weni", password=b"secret", interface_version=0x34)
                < {cls}Resp(sequence=1, system_id=b"smsc")
                ! Bound(b"smsc")
                """,
                mode=mode,
            )
            self.assertIs(session.state, State.BOUND)

    def test_as_kannel_signs_in(self) -> None:
        """Its octets (1.4.5, read by tshark): a transceiver of 3.4, a transmitter and a receiver of 3.3."""
        for mode, version, system_id, octets in (
            (
                "transceiver", 0x34, b"kannel",
                "000000260000000900000000000000016b616e6e656c0073656372657400564d410034000000",
            ),
            (
                "transmitter", 0x33, b"kannel33",
                "000000280000000200000000000000016b616e6e656c33330073656372657400564d410033000000",
            ),
            (
                "receiver", 0x33, b"kannel33",
                "000000280000000100000000000000016b616e6e656c33330073656372657400564d410033000000",
            ),
        ):  # fmt: skip
            said = Credentials(mode=mode, version=version, system_id=system_id, password=b"secret", system_type=b"VMA")
            session = Session(credentials=said)
            session.open(0.0)
            self.assertEqual(octets, session.flush().hex())

    def test_what_no_bind_can_say(self) -> None:
        """Is for a person to mend, and nothing is sent: no server would know where it was cut."""
        session = Session(credentials=Credentials(system_id=b"x" * 16))
        session.open(0.0)
        (closed,) = session.events
        assert isinstance(closed, Closed)
        self.assertEqual((SAID, b"", None), (closed.mend, session.flush(), session.due()))

    def test_all_that_a_bind_says(self) -> None:
        """Type and numbering plan, the range of addresses, the version."""
        said = {"system_type": b"VMA", "addr_ton": 1, "addr_npi": 2, "address_range": b"^8000"}
        self.play(
            """
            do s.open(now)
            > BindReceiver(sequence=1, system_id=b"weni", password=b"secret", **said)
            """,
            {"said": {**said, "interface_version": 0x50}}, mode="receiver", version=0x50, **said,
        )  # fmt: skip

    def test_versions(self) -> None:
        """The carrier's may lower ours, never raise it; one that names none is believed to take TLVs."""
        for own, theirs, spoken in (
            (0x50, b"\x50", 0x50),
            (0x50, b"\x34", 0x34),
            (0x50, b"\x33", 0x33),
            (0x50, b"\x40", 0x34),
            (0x34, b"\x50", 0x34),
            (0x34, b"\x00", 0x33),
            (0x34, b"", 0x34),
            (0x34, None, 0x34),
            (0x33, b"\x34", 0x33),
            (0x33, None, 0x33),
        ):
            optional = () if theirs is None else ((0x210, theirs),)
            session = self.play(
                f"""
                do s.open(now)
                > BindTransceiver(sequence=1, system_id=b"weni", password=b"secret", interface_version={own})
                < BindTransceiverResp(sequence=1, tlvs={optional!r})
                ! Bound(b"")
                """,
                version=own,
            )
            self.assertEqual(spoken, session.spoken.version, (own, theirs))

    CALLED = """
        do s.open(now)
        < Outbind(system_id=b"smsc", password=b"known")
        > BindReceiver(sequence=1, system_id=b"weni", password=b"secret")
        < BindReceiverResp(sequence=1)
        ! Bound(b"")
    """

    def test_outbind(self) -> None:
        """The carrier calls and says who it is; we bind on its connection."""
        self.play(self.CALLED, mode="receiver", called=True)
        self.play(self.CALLED, mode="receiver", called=True, outbind_id=b"smsc", outbind_password=b"known")

    def test_an_outbind_of_somebody_else(self) -> None:
        """Is no reason to give our password away."""
        for said in ({"outbind_id": b"other"}, {"outbind_password": b"wrong"}):
            self.play(
                """
                do s.open(now)
                < Outbind(system_id=b"smsc", password=b"known")
                ! Closed("an outbind with another system_id or password")
                """,
                mode="receiver", called=True, **said,
            )  # fmt: skip

    def test_no_outbind(self) -> None:
        """Each step has its time; before the outbind there is nothing to be answered, but an enquiry."""
        self.play(
            """
            do s.open(now)
            + 9
            < EnquireLink(sequence=1)
            > EnquireLinkResp(sequence=1)
            < BindReceiverResp(sequence=1)
            < GenericNack(sequence=1, status=3)
            + 1
            ! Closed("no outbind in time")
            """,
            mode="receiver", called=True,
        )  # fmt: skip
        session = self.play(
            """
            do s.open(now)
            + 9
            < Outbind()
            > BindReceiver(sequence=1, system_id=b"weni", password=b"secret")
            < Outbind()
            + 9.9
            + 0.1
            ! Closed("no answer to our bind")
            """,
            mode="receiver", called=True,
        )  # fmt: skip
        self.assertEqual(None, session.due())

    def test_nobody_calls_whom_we_called(self) -> None:
        """An outbind on our own connection changes nothing."""
        self.play(
            """
            do s.open(now)
            > BindTransceiver(sequence=1, system_id=b"weni", password=b"secret")
            < Outbind()
            < BindTransceiverResp(sequence=1)
            ! Bound(b"")
            """
        )
