"""`chanserv start LINK`: have a link dial that rests, or that stopped because its carrier refused us.

Settings are read when the gateway starts: a password that was wrong here takes
a restart; one that was wrong at the carrier's takes this.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from chanserv.cli.reach import gateway
from chanserv.loading import load


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/chanserv.toml", help="settings (%(default)s)")
    parser.add_argument("link", metavar="LINK", help="its name in the settings")


def run(options: Namespace) -> int:
    """0: it dials, or is up already."""
    print(f"{options.link}: {gateway(load(options.config)).start(options.link)}")
    return 0
