"""`chanserv trace TERM`: where is my message? By our ref (the one its sender was answered with, or the one shown here),
the platform's id, a carrier's id or a number.

Asks the running gateway; if none runs, the SQLite file is read, and only read. With --ask the gateway asks the carrier
first; that is kept in the text's timeline, and a final word counts as its receipt.
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
    parser.add_argument("--ask", action="store_true", help="ask its carrier now; TERM must name one text, so no number")
    parser.add_argument("term", metavar="TERM", help="an id, a number or a ref")


def run(options: Namespace) -> int:
    """0: told; 1: nothing is kept about it."""
    settings = load(options.config)
    if options.ask:
        ask(settings, options.term)
    found = look(settings, options.term)
    show(options.term, found)
    return 0 if found else 1


def ask(settings: Settings, term: str) -> None:
    """Print what carriers say. Raises Unreachable without a gateway, Declined if the term names no text, or several."""
    words = gateway(settings).ask(term)
    print("\n".join(map(told.word, words)) or "No carrier has given it an id; there is nobody to ask.", end="\n\n")


def look(settings: Settings, term: str) -> list[Story]:
    """From the gateway if it is up, else from its file."""
    try:
        return gateway(settings).trace(term)
    except Unreachable as error:
        print(f"Reading the file, since {error}.")
        return kept.find(settings.gateway.data, term)


def show(term: str, found: Iterable[Story]) -> None:
    """Oldest first, so that the newest verdict stands last on the screen."""
    ordered = sorted(found, key=lambda story: (story.at, story.ref))
    for story in ordered:
        print("\n".join(told.lines(story)), end="\n\n")
    if not ordered:
        print(f"Nothing is kept about {told.printable(term)}.")
