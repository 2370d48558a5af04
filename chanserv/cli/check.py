"""`chanserv check FILE`: every fault of the settings at once, or what would run with them. Starts nothing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from chanserv.errors import SettingsError
from chanserv.loading import read
from chanserv.settings import Settings


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
    for link in settings.links.values():
        hosts = ", ".join(link.hosts)
        yield f"link {link.name}: {link.kind} to {hosts}, window {link.window}, {link.rate:g} parts a second"
    for route in settings.routes:
        match = route.match
        given = [f"channel {match.channel}"] if match.channel else []
        given += [f"numbers from {', '.join(match.prefix)}"] if match.prefix else []
        yield f"route {' and '.join(given) or 'everything'}: {', '.join(route.links)}"
    yield "no faults"
