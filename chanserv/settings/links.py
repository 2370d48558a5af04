"""What the operator can say of a link, kind by kind, and of the tunnels that links go through.

One attribute a key, its comment is its documentation; seconds, unless a comment says otherwise. What all kinds share
is in `carrier`, and what those do that keep sessions of their own, in `SocketSettings`; those that go over HTTP are in
`rest`. Which of it a carrier asks for is told in docs/links.rst.
"""

from __future__ import annotations

from typing import Literal

import attrs

from chanserv.settings.carrier import CarrierSettings
from chanserv.settings.common import Network, Secret
from chanserv.settings.rest import ExternalSettings as ExternalSettings
from chanserv.settings.rest import RestSettings as RestSettings
from chanserv.text.cutting import Cutting

Meaning = Literal["taken", "refused", "later", "throttled"]  # of a carrier's answer, where the operator knows better


@attrs.frozen(kw_only=True)
class TunnelSettings:
    """[tunnel.<name>]: a VPN that links need. Its state is read, never changed."""

    name: str
    kind: Literal["wireguard", "strongswan", "route", "device"]
    device: str | None = None  # the interface, where there is one; route: the one it must use
    peer: str | None = None  # wireguard: public key of the peer that counts (default: any)
    child: str | None = None  # strongswan: name of the CHILD_SA
    vici: str = "/run/charon.vici"  # strongswan: the daemon's socket
    to: str | None = None  # route: the address that is asked for
    handshake_age: float = 180.0  # wireguard: an older handshake is no tunnel
    every: float = 2.0  # between two looks


@attrs.frozen(kw_only=True)
class SocketSettings(CarrierSettings):
    """What every kind has that keeps TCP sessions to a carrier."""

    hosts: tuple[str, ...] = ()  # "host:port", tried in turn; or host and port
    window: int = 10  # parts that may be unanswered at once, a session
    enquire_after: float = 30.0  # of silence we ask whether the carrier is there
    bind_within: float = 10.0  # for signing in
    errors: dict[str, Meaning] = attrs.field(factory=dict)  # what single error codes mean, e.g. { "0x0400" = "later" }

    @property
    def cutting(self) -> Cutting:
        """How texts for this link are cut."""
        return Cutting()


@attrs.frozen(kw_only=True)
class TlvSettings:
    """One of `tlvs`: an optional parameter that every submit_sm carries. Exactly one of text, hex, number."""

    tag: int  # such as 0x1400
    text: str | None = None  # ASCII; {id} {channel} {to} {from} stand for the message's
    hex: str | None = None
    number: int | None = None
    size: int = 1  # octets of `number`
    nul: bool = False  # a NUL behind `text`
    channel: str | None = None  # only for texts of this channel


@attrs.frozen(kw_only=True)
class ReceiptSettings:
    """receipt = {…}: how this carrier's delivery receipts differ from SMPP 3.4, appendix B."""

    words: dict[str, Literal["delivered", "failed", "sent"]] = attrs.field(factory=dict)  # stat words of its own
    detect: Literal["esm_class", "any"] = "any"  # any: a TLV or the text tells as well, if esm_class does not
    id: Literal["tlv", "text"] = "tlv"  # which of two ids counts
    zone: float = 0.0  # hours its dates are ahead of UTC


@attrs.frozen(kw_only=True)
class SmppSettings(SocketSettings):
    """[link.<name>] with kind = "smpp": one account at one SMSC (SMPP 3.3, 3.4, 5.0)."""

    kind: Literal["smpp"] = "smpp"
    system_id: str
    password: Secret
    system_type: str = ""
    version: Literal["3.3", "3.4", "5.0"] = "3.4"  # interface_version of the bind
    bind: Literal["transceiver", "transmitter+receiver", "transmitter", "receiver"] = "transceiver"
    binds: int = 1  # sessions the account allows; a transmitter+receiver pair is two
    listen: str | None = None  # Twisted endpoint for an SMSC that calls us (outbind)
    listen_from: tuple[Network, ...] = ()  # whose calls are taken; mandatory with `listen`
    outbind_id: str | None = None  # system_id an outbind must name (default: any)
    outbind_password: Secret | None = None  # and its password (default: any)
    addr_ton: int = 0  # of the bind
    addr_npi: int = 0
    address_range: str = ""
    service_type: str = ""
    source_ton: int | None = None  # TON and NPI of every source; default: by what the address looks like
    source_npi: int | None = None
    dest_ton: int | None = None
    dest_npi: int | None = None
    international: Literal["digits", "plus", "00"] = "digits"  # how +5511… is written
    esm_class: int = 0  # messaging mode and the like, of every part
    protocol_id: int = 0  # of submit_sm; data_sm has none
    priority: int = 0  # of submit_sm; data_sm has none
    validity_period: Literal["none", "relative", "absolute"] = "none"  # what is left of the text's validity
    registered_delivery: int | None = None  # instead of 1 (0 where receipts = "none")
    alphabet: Literal["gsm7", "gsm7-packed", "latin-1", "ascii", "utf-8"] = "gsm7"  # of the SMSC's default: dc 0
    data_coding: dict[str, int] = attrs.field(factory=dict)  # instead of { gsm7 = 0, ucs2 = 8, octets = 4 }
    submit: Literal["submit_sm", "data_sm"] = "submit_sm"
    long: Literal["udh", "udh16", "sar", "payload"] = "udh"  # how a text of several parts is sent
    tlvs: tuple[TlvSettings, ...] = ()
    message_id: Literal["auto", "same", "hex", "decimal"] = (
        "auto"  # base of the ids in receipts against those in answers
    )
    receipt: ReceiptSettings = ReceiptSettings()
    ask: bool = True  # query_sm what became of a text whose receipt did not come within receipt_wait

    @property
    def cutting(self) -> Cutting:
        """sar is cut as udh16: some SMSCs make a header with all 16 bits of the reference out of it."""
        says = self.alphabet if self.alphabet in ("latin-1", "ascii") else ""
        return Cutting(says, wide=self.long in ("udh16", "sar"), whole=self.long == "payload")


@attrs.frozen(kw_only=True)
class UcpSettings(SocketSettings):
    """[link.<name>] with kind = "ucp": one account at an SMSC that speaks UCP/EMI (CMG EMI-UCP 3.5 to 5.x)."""

    kind: Literal["ucp"] = "ucp"
    account: str = ""  # OAdC of operation 60, and AdC of the keepalive 31; empty: a carrier that knows us by address
    password: Secret | None = None  # absent: no operation 60
    oton: int = 6  # of operation 60: 1 international, 2 national, 6 abbreviated
    onpi: int = 5  # 1 E.164, 3 X.121, 5 private
    listen: str | None = None  # Twisted endpoint for an SMSC that connects to us
    listen_from: tuple[Network, ...] = ()  # whose connections are taken; mandatory with `listen`
    operation: Literal["51", "01"] = "51"  # that submits; 01 has neither receipts nor headers
    subscribe: bool = False  # operation 61 adds us to the list of those who get MO
    international: Literal["digits", "plus", "00"] = "digits"  # how +5511… is written
    alphabet: Literal["gsm7", "ascii", "german"] = "gsm7"  # of an AMsg; german: ISO 646-DE for [ ] { } and the like
    authentication: Secret | None = None  # AC of every submit
    notify: int = 3  # NT, a sum: 1 delivered, 2 not delivered, 4 buffered
    notify_address: str | None = None  # NAdC (default: none, the session that submitted)
    notify_pid: str | None = None  # NPID of that address, such as "0539"
    validity_period: Literal["none", "absolute"] = "none"  # what is left of the text's validity, as VP
    priority: int | None = None  # PR
    billing: str | None = None  # XSer 0C
    same_second: Literal["wait", "share"] = "wait"  # another text to one number within a second: its receipts' key
    zone: float = 0.0  # hours the SMSC's clock is ahead of UTC
    ask: bool = False  # inquire (55) about texts whose notification did not come within receipt_wait

    @property
    def cutting(self) -> Cutting:
        """German (ISO 646-DE) and GSM say all of GSM."""
        return Cutting("ascii" if self.alphabet == "ascii" else "")


@attrs.frozen(kw_only=True)
class Cimd2Settings(SocketSettings):
    """[link.<name>] with kind = "cimd2" (or "cimd3"): one account at a Nokia SMSC (CIMD2)."""

    kind: Literal["cimd2", "cimd3"] = "cimd2"
    user: str
    password: Secret
    sub_address: int | None = None  # 012, for several sessions of one account
    binds: int = 1  # sessions the account allows
    ask_window: bool = True  # 019 asks for the window; false: one request at a time
    checksum: bool = True
    international: Literal["digits", "plus", "00"] = "plus"  # how +5511… is written
    alphabet: Literal["combinations", "latin-1"] = "combinations"  # how other letters than A to Z are written in 033
    status_report: int = 14  # 056, a sum: 1 temporary, 2 expired, 4 failed, 8 delivered, 16 cancelled, 32 deleted
    validity_period: Literal["none", "relative"] = "none"  # what is left of the text's validity, as 050
    tariff: int | None = None  # 064
    service: int | None = None  # 065
    priority: int | None = None  # 067
    same_second: Literal["wait", "share"] = "wait"  # another text to one number within a second: its receipts' key
    zone: float | None = None  # hours the SMSC's clock is ahead of UTC; absent: it is asked (09)
    ask: bool = True  # enquire (04) what became of a text whose report did not come within receipt_wait

    @property
    def cutting(self) -> Cutting:
        """Combinations of ASCII characters say all of GSM; Latin-1 has neither Greek nor the euro."""
        return Cutting("latin-1" if self.alphabet == "latin-1" else "")


SmscSettings = SmppSettings | UcpSettings | Cimd2Settings
LinkSettings = SmscSettings | RestSettings | ExternalSettings
