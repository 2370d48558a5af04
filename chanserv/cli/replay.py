"""`chanserv replay [REF ... | --all]`: tell the platform what it was never told. Without either, list what there is.

Dead letters are replies and statuses that the platform refused for good or did
not take within `retry_for`. Only the running gateway can owe them again. A
reply that came for no channel cannot be replayed: no platform could be told.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from chanserv.cli.reach import Declined, Gateway, gateway
from chanserv.cli.told import printable
from chanserv.console.story import day
from chanserv.loading import load
from chanserv.operations import DeadLetter


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/chanserv.toml", help="settings (%(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be replayed")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="all that have a channel")
    which.add_argument("refs", metavar="REF", type=int, nargs="*", default=[], help="of a dead letter, as listed")


def run(options: Namespace) -> int:
    """0: done, or nothing to do; 1: not all that were named could be replayed."""
    reached = gateway(load(options.config))
    letters = list(reached.dead())
    if not options.all and not options.refs:
        print("\n".join(map(line, letters)) or "There are no dead letters.")
        return 0
    chosen = [letter for letter in letters if options.all or letter.ref in options.refs]
    for ref in set(options.refs) - {letter.ref for letter in chosen}:
        print(f"{ref} is no dead letter", file=sys.stderr)
    for letter in chosen:
        print(line(letter) if letter.channel else f"{line(letter)}; cannot be replayed, it came for no channel")
    count = replay(reached, options, [letter for letter in chosen if letter.channel])
    print(f"{count} {'letter' if count == 1 else 'letters'} {'would be ' if options.dry_run else ''}replayed")
    return 1 if count < len(set(options.refs)) else 0


def replay(reached: Gateway, options: Namespace, letters: Sequence[DeadLetter]) -> int:
    """How many are, or would be. One that meanwhile is no dead letter is told and passed over."""
    if options.dry_run:
        return len(letters)
    return reached.replay_all() if options.all else sum(_replayed(reached, letter.ref) for letter in letters)


def _replayed(reached: Gateway, ref: int) -> int:
    try:
        return reached.replay(ref)
    except Declined as error:
        print(error, file=sys.stderr)
        return 0


def line(letter: DeadLetter) -> str:
    """One letter: ref, since when, what, of whom, why not."""
    what = f"status {letter.status} of a text to" if letter.kind == "status" else "reply from"
    where = letter.channel or "no channel"
    return printable(f"{letter.ref}  {day(letter.since)}  {where}: {what} {letter.who}: {letter.reason}")
