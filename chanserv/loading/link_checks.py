"""What must hold between the keys of one link, or of one tunnel: who calls whom, what excludes what, what is in clear.

Looks at sound keys only, like `checks`. Faults are what cannot work; what can, but seldom is meant, is a warning.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import cast

from chanserv.loading.clashes import CLASHES
from chanserv.loading.limits import readable
from chanserv.settings import (
    Cimd2Settings,
    LinkSettings,
    SmppSettings,
    SmscSettings,
    TlvSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.settings.links import SocketSettings
from chanserv.toml.faults import Faults, Place
from chanserv.toml.files import Tables
from chanserv.toml.shapes import Draft

TLS_FILES = ("ca", "cert", "key")

# kind -> what it needs, what it may have beside
TUNNEL_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "wireguard": (("device",), ("peer", "handshake_age")),
    "strongswan": (("child",), ("vici", "device")),
    "route": (("to", "device"), ()),
    "device": (("device",), ()),
}


def check_link(link: Draft[LinkSettings], channels: frozenset[str], faults: Faults) -> None:
    """Tell `faults` of all that does not fit together in a link. `channels`: those there are."""
    _tunnel_is_told(link, faults)
    _tls_is_whole(link, faults)
    _test_is_told(link, faults)
    if isinstance(link.value, SocketSettings):
        _check_smsc(cast("Draft[SmscSettings]", link), channels, faults)


def _check_smsc(link: Draft[SmscSettings], channels: frozenset[str], faults: Faults) -> None:
    for clash in CLASHES:
        if clash.holds(link):
            faults.add(link.place(clash.other), clash.what)
    _somebody_is_called(link, faults)
    _calls_are_fenced(link, faults)
    _window_is_asked_for(link, faults)
    _sub_addresses_suffice(link, faults)
    _tlvs_have_values(link, channels, faults)
    _clear_text_is_told(link, faults)
    _receipts_come(link, faults)


def _test_is_told(link: Draft[LinkSettings], faults: Faults) -> None:
    """A link that is being tried sends to somebody, and one that is live to all."""
    if link.sound("phase", "test_numbers") and (link.value.phase == "test") != bool(link.value.test_numbers):
        what = 'is missing: whom does a link in phase "test" send to?'
        what = what if link.value.phase == "test" else 'means nothing without phase = "test"'
        faults.add(link.place("test_numbers"), what)


def sends(link: Draft[LinkSettings]) -> bool:
    """May texts go out by it? A receiver only hears. Yes where that is not known."""
    return not (isinstance(link.value, SmppSettings) and link.sound("bind") and link.value.bind == "receiver")


def check_tunnel(tunnel: Draft[TunnelSettings], faults: Faults) -> None:
    """What its kind needs is there, and nothing that it would not look at."""
    if not tunnel.sound("kind"):
        return
    kind = tunnel.value.kind
    needed, beside = TUNNEL_KEYS[kind]
    for key in needed:
        if tunnel.sound(key) and getattr(tunnel.value, key) is None:
            faults.add(tunnel.place(key), f'is missing: a tunnel of kind "{kind}" is known by it')
    for key in sorted({key for keys in TUNNEL_KEYS.values() for key in (*keys[0], *keys[1])} - {*needed, *beside}):
        if key in tunnel.table.entries:
            faults.add(tunnel.place(key), f'means nothing to a tunnel of kind "{kind}"')


def _somebody_is_called(link: Draft[SmscSettings], faults: Faults) -> None:
    """We dial, or the carrier does."""
    if not link.sound("hosts", "listen") or link.value.hosts:
        return
    value, place = link.value, link.place("hosts")
    if isinstance(value, Cimd2Settings):
        faults.add(place, "is missing")
    elif not value.listen:
        faults.add(place, "is missing; or `listen`, for a carrier that calls us")
    elif isinstance(value, SmppSettings) and link.sound("bind", "version") and not _answers_calls(value):
        faults.add(place, 'is missing, or bind = "receiver": who calls is answered by one, and nothing could be sent')
    if "source" in link.table.entries:
        faults.add(link.place("source"), "is for dialling, and without hosts nobody is dialled")


def _answers_calls(value: SmppSettings) -> bool:
    """Whether that is all it needs to do (outbind: SMPP 3.4, 2.2.1; a transceiver since 5.0)."""
    return value.bind == "receiver" or (value.bind == "transceiver" and value.version == "5.0")


def _calls_are_fenced(link: Draft[SmscSettings], faults: Faults) -> None:
    """Whoever may call may speak as the carrier."""
    if isinstance(link.value, Cimd2Settings) or not link.sound("listen", "listen_from"):
        return
    if link.value.listen and not link.value.listen_from:
        faults.add(link.place("listen_from"), "is missing: whose calls are taken at `listen`?")
    for key in ("listen_from", "outbind_id", "outbind_password"):
        if key in link.table.entries and not link.value.listen:
            faults.add(link.place(key), "is about calls, and without `listen` none are taken")


def _tunnel_is_told(link: Draft[LinkSettings], faults: Faults) -> None:
    value = link.value
    if link.sound("require_tunnel", "tunnel", "device") and value.require_tunnel and not (value.tunnel or value.device):
        faults.add(link.place("require_tunnel"), "needs a tunnel or a device: which one must be up?")


def _window_is_asked_for(link: Draft[SmscSettings], faults: Faults) -> None:
    value = link.value
    if not isinstance(value, Cimd2Settings) or not link.sound("ask_window", "window"):
        return
    if "window" in link.table.entries and value.window != 1 and not value.ask_window:
        faults.add(link.place("window"), "must be 1 or left out: a window that is not asked for (ask_window) is 1")


def _sub_addresses_suffice(link: Draft[SmscSettings], faults: Faults) -> None:
    """012 is one digit, and counts up from session to session."""
    match link.value:
        case Cimd2Settings(sub_address=int(first), binds=binds) if link.sound("sub_address", "binds"):
            if first + binds > 10:
                faults.add(
                    link.place("sub_address"), "is the first session's: with so many `binds` the last is above 9"
                )


def _tls_is_whole(link: Draft[LinkSettings], faults: Faults) -> None:
    tls = link.value.tls
    if not link.sound("tls") or tls is None:
        return
    for key, other in (("cert", "key"), ("key", "cert")):
        if getattr(tls, key) and not getattr(tls, other):
            faults.add(link.place("tls", other), f"is missing: `{key}` is of no use without it")
    calls = isinstance(link.value, SmppSettings | UcpSettings) and link.sound("listen")
    listen = getattr(link.value, "listen", "") or "" if calls else ""
    if listen and not tls.cert:
        faults.add(link.place("tls", "cert"), "is missing: whoever is called at `listen` shows a certificate")
    if listen.startswith("ssl:"):
        faults.add(link.place("listen"), "must be a tcp: endpoint beside `tls`: this would be TLS within TLS")
    for key in TLS_FILES:
        name = getattr(tls, key)
        if name and not readable(link.near(name, "tls", key)):
            faults.add(link.place("tls", key), "this file cannot be read")
    if not tls.verify:
        faults.warn(
            link.place("tls", "verify"), "any certificate will do: whoever sits between can read and change texts"
        )


def _tlvs_have_values(link: Draft[SmscSettings], channels: frozenset[str], faults: Faults) -> None:
    match link.value, link.table.entries.get("tlvs"):
        case SmppSettings(tlvs=tlvs), Tables(rows=rows) if link.sound("tlvs"):
            places = [row.place for row in rows]
            for number, (tlv, place) in enumerate(zip(tlvs, places, strict=True)):
                _tlv_has_a_value(tlv, place, channels, faults)
                for other, first in zip(tlvs[:number], places, strict=False):
                    if other.tag == tlv.tag and (None in (other.channel, tlv.channel) or other.channel == tlv.channel):
                        faults.add(place / "tag", f"is that of {first.path} too")


def _tlv_has_a_value(tlv: TlvSettings, place: Place, channels: frozenset[str], faults: Faults) -> None:
    if sum(value is not None for value in (tlv.text, tlv.hex, tlv.number)) != 1:
        faults.add(place, "exactly one of text, hex and number is needed")
    if tlv.number is not None and not 0 <= tlv.number < 256**tlv.size:
        faults.add(place / "number", "does not fit into `size` octets")
    if tlv.nul and tlv.text is None:
        faults.add(place / "nul", "stands behind a text only")
    if tlv.channel is not None and tlv.channel not in channels:
        faults.add(place / "channel", f"there is no [channel.{tlv.channel}]")


def _clear_text_is_told(link: Draft[SmscSettings], faults: Faults) -> None:
    """What lies between is not seen from here: warnings."""
    value = link.value
    hidden = not link.sound("hosts", "tls", "tunnel", "device") or value.tls or value.tunnel or value.device
    if not hidden and any(public(host) for host in value.hosts):
        faults.warn(
            link.place("hosts"),
            "texts, numbers and the password go to a public address, or to a name that may be one, in clear text; "
            "tls, tunnel or device would hide them",
        )
    if isinstance(value, Cimd2Settings) or not (link.sound("listen", "listen_from") and value.listen):
        return
    if not (value.tls or value.listen.startswith("ssl:")) and any(network.is_global for network in value.listen_from):
        faults.warn(link.place("listen_from"), "holds public addresses, whose texts and numbers come in clear text")


def public(host: str) -> bool:
    """Is `host:port` anybody's to see? A name is, unless it is this machine's."""
    name = host.rpartition(":")[0].strip("[]")
    try:
        return ip_address(name).is_global
    except ValueError:
        return name != "localhost"


def _receipts_come(link: Draft[SmscSettings], faults: Faults) -> None:
    """Else each text waits for `receipt_wait` before it ends as sent."""
    if not link.sound("receipts", "bind", "listen", "registered_delivery", "notify", "status_report"):
        return
    if link.value.receipts == "none":
        return
    match link.value:
        case SmppSettings(bind="transmitter", listen=None):
            faults.warn(link.place("receipts"), 'none comes to a transmitter; "none" ends texts as sent at once')
        case SmppSettings(registered_delivery=int(asked)) if not asked & 3:
            faults.warn(link.place("registered_delivery"), "asks for no final receipt, and `receipts` waits for them")
        case UcpSettings(notify=asked) if not asked & 3:
            faults.warn(link.place("notify"), "asks for no final notification, and `receipts` waits for them")
        case Cimd2Settings(status_report=asked) if not asked & 14:
            faults.warn(link.place("status_report"), "asks for no final report, and `receipts` waits for them")
