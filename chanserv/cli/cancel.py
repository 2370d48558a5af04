"""`chanserv cancel REF|ID`: send nothing of a text that was not sent, and have carriers drop what they have of it.

Only the running gateway can. What was being handed over just then may have left; it is told as such, and so is what
a carrier did not drop.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from chanserv.cli.reach import gateway
from chanserv.cli.told import printable
from chanserv.loading import load


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/chanserv.toml", help="settings (%(default)s)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--ref", dest="by", action="store_const", const="ref", help="TERM is our ref, and no id")
    which.add_argument(
        "--id", dest="by", action="store_const", const="id", help="TERM is the platform's id, and no ref"
    )
    parser.add_argument("term", metavar="TERM", help="a ref or the platform's id")
    parser.set_defaults(by="any")


def run(options: Namespace) -> int:
    """0: all of it is cancelled; 1: not all, the output says what."""
    ref, parts = gateway(load(options.config)).cancel(options.term, options.by)
    for part in parts:
        print(printable(f"part {part.part} of piece {part.piece} {part.words}"))
    done = sum(part.done for part in parts)
    print(f"text {ref}: {done} of {len(parts)} {'part' if len(parts) == 1 else 'parts'} cancelled")
    return 0 if parts and done == len(parts) else 1
