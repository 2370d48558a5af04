"""`chanserv trace TERM`: where is my message? By our ref, the platform's id, a carrier's id or a number.

Asks the running gateway; if none runs, the SQLite file is read, and only read.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from chanserv.cli import kept, told
from chanserv.cli.reach import Unreachable, gateway
from chanserv.console.story import Story
from chanserv.loading import load
from chanserv.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/chanserv.toml", help="settings (%(default)s)")
    parser.add_argument("term", metavar="TERM", help="an id, a number or a ref")


def run(options: Namespace) -> int:
    """0: told; 1: nothing is kept about it."""
    settings = load(options.config)
    found = look(settings, options.term)
    show(options.term, found)
    return 0 if found else 1


def look(settings: Settings, term: str) -> list[Story]:
    """From the gateway if it is up, else from its file."""
    try:
        return gateway(settings).trace(term)
    except Unreachable as error:
        print(f"The gateway does not answer ({error}); reading its file.")
        return kept.find(settings.gateway.data, term)


def show(term: str, found: Iterable[Story]) -> None:
    """Oldest first, so that the newest verdict stands last on the screen."""
    ordered = sorted(found, key=lambda story: (story.at, story.ref))
    for story in ordered:
        print("\n".join(told.lines(story)), end="\n\n")
    if not ordered:
        print(f"Nothing is kept about {told.printable(term)}.")
