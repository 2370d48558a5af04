"""`chanserv check FILE`: every fault of the settings at once, or what would run with them. Starts nothing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from urllib.parse import urlsplit

from chanserv.errors import SettingsError
from chanserv.loading import read
from chanserv.settings import (
    Cimd2Settings,
    ExternalSettings,
    LinkSettings,
    RestSettings,
    Settings,
    SmppSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.settings.links import SocketSettings


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("config", metavar="FILE", help="the TOML file")


def run(options: Namespace) -> int:
    """0: would run; 1: faults."""
    try:
        loaded = read(options.config)
    except SettingsError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        print(f"{len(error.faults)} fault{'s' if len(error.faults) != 1 else ''}", file=sys.stderr)
        return 1
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for line in summary(loaded.settings):
        print(line)
    return 0


def summary(settings: Settings) -> Iterator[str]:
    """What would run, a line each; no secrets."""
    gateway = settings.gateway
    yield f"data in {gateway.data}, store {gateway.store}"
    yield f"platform may post at {', '.join(gateway.listen)}"
    yield f"console at {gateway.console}" if gateway.console else "no console"
    for platform in settings.platforms.values():
        yield f"platform {platform.name}: {platform.url}"
    for channel in settings.channels.values():
        yield f"channel {channel.name}: {channel.address} by {', '.join(channel.links)}, for {channel.platform}"
    for tunnel in settings.tunnels.values():
        yield f"tunnel {tunnel.name}: {tunnel.kind} {', '.join(_known_by(tunnel))}"
    for link in settings.links.values():
        yield f"link {link.name}: {link.kind} {', '.join(_said(link))}"
    for route in settings.routes:
        match = route.match
        given = [f"channel {match.channel}"] if match.channel else []
        given += [f"numbers from {', '.join(match.prefix)}"] if match.prefix else []
        yield f"route {' and '.join(given) or 'everything'}: {', '.join(route.links)}"
    yield "no faults"


def _known_by(tunnel: TunnelSettings) -> Iterator[str]:
    if tunnel.child:
        yield f"child {tunnel.child}"
    if tunnel.to:
        yield f"to {tunnel.to}"
    if tunnel.device:
        yield f"device {tunnel.device}"


def _said(link: LinkSettings) -> Iterator[str]:
    """Whom it reaches and how, what it is there, and how fast."""
    if isinstance(link, SocketSettings) and link.hosts:
        yield f"to {', '.join(link.hosts)}"
    if isinstance(link, SmppSettings | UcpSettings) and link.listen:
        yield f"waits at {link.listen}"
    if link.tls:
        yield "TLS" if link.tls.verify else "TLS with any certificate"
    if link.tunnel:
        yield f"tunnel {link.tunnel}" + (" or not at all" if link.require_tunnel else "")
    if link.device:
        yield f"device {link.device}" + (" or not at all" if link.require_tunnel and not link.tunnel else "")
    yield _role(link)
    yield f"window {link.window}, {link.rate:g} parts a second"
    if link.phase == "test":
        yield f"in test: to {len(link.test_numbers)} number{'s' if len(link.test_numbers) != 1 else ''} alone"


def _called(link: RestSettings) -> str:
    """Where its webhooks are entered at the provider; the secret is not said."""
    paths = " and ".join(link.provider.paths)
    return f", called at {link.public_url.rstrip('/')}/hook/{link.name}/<hook_secret>/ {paths}" if paths else ""


def _role(link: LinkSettings) -> str:
    match link:
        case SmppSettings(version=version, bind=bind, binds=binds):
            return f"version {version}, {bind}" + (f", {binds} sessions" if binds > 1 else "")
        case UcpSettings(operation=operation):
            return f"operation {operation}"
        case RestSettings(profile=profile, base_url=base):
            return f"profile {profile}" + (f" at {base}" if base else "") + _called(link)
        case ExternalSettings(uuid=uuid, send_method=method, send_url=url):
            return f"{method} to {urlsplit(url).netloc}, called at /c/ex/{uuid}/"
        case Cimd2Settings(binds=binds):
            return f"{binds} session" + ("s" if binds > 1 else "")
