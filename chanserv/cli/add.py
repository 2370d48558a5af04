"""`chanserv add FILE`: have a gateway that runs add the channels and links of a TOML file, without a restart.

The gateway reads the tables as it reads its settings and keeps a file of its
own in conf.d; FILE itself is needed no more. A secret as {file = …} is looked for
from there, {env = …} in the gateway's environment.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from chanserv.cli.reach import gateway
from chanserv.cli.told import printable
from chanserv.errors import SettingsError
from chanserv.loading import load
from chanserv.toml import files
from chanserv.toml.faults import Faults
from chanserv.toml.shapes import raw


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/chanserv.toml", help="settings (%(default)s)")
    parser.add_argument("--name", help="what the gateway is to call its file after (default: FILE's name)")
    parser.add_argument("file", metavar="FILE", help="TOML with [channel.<name>] and [link.<name>] tables")


def run(options: Namespace) -> int:
    """0: they work."""
    added = gateway(load(options.config)).add(options.name or Path(options.file).stem, _tables(options.file))
    for warning in added["warnings"]:
        print(printable(f"warning: {warning}"), file=sys.stderr)
    names = [f"{kind} {name}" for kind in ("channel", "link") for name in added[f"{kind}s"]]
    print(printable(f"added {', '.join(names)}; kept in {added['file']}"))
    return 0


def _tables(file: str) -> dict[str, object]:
    faults = Faults()
    table = files.single(file, faults)
    if faults.found:
        raise SettingsError(faults.found)
    return {key: raw(node) for key, node in table.entries.items()}
