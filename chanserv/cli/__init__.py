"""The `chanserv` command: what an operator asks of a gateway from a shell.

Each subcommand is a module with `arguments` and `run`; this one only chooses,
and loads no more than was chosen. Serving is `twistd`'s (see `chanserv.tap`),
not this command's.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from chanserv import __version__
from chanserv.errors import ChanservError, SettingsError

COMMANDS = {
    "check": "read a settings file; print all faults, or what would run",
    "send": "send one text and follow it",
    "trace": "tell the story of a text, by id, number or ref",
    "cancel": "take back a text that is not sent yet, or that its carrier still has",
    "replay": "list dead letters, or tell the platform after all",
    "add": "add channels and links to a gateway that runs",
    "start": "have a link dial at once that rests, or stopped because its carrier refused us",
    "simulate": "run a simulator of an SMSC, of an aggregator or of the platform",
    "profile": "list the profiles of aggregators, show one, test it, or write a new one",
    "demo": "run a gateway between two simulators and watch one text each way",
}


def main(argv: Sequence[str] | None = None) -> int:
    """0: done; 1: it did not go well, the output says why; 2: asked wrongly."""
    words = sys.argv[1:] if argv is None else argv
    options = parser(next((word for word in words if word in COMMANDS), "")).parse_args(words)
    run: Callable[[Namespace], int] = options.run
    try:
        return run(options)
    except SettingsError as error:
        print("\n".join(error.faults), file=sys.stderr)
    except ChanservError as error:
        print(f"chanserv: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `chanserv trace … | head`
        sys.stderr.close()
    return 1


def parser(chosen: str) -> ArgumentParser:
    """All subcommands by name; only the chosen one with its arguments."""
    top = ArgumentParser(prog="chanserv", description="The operator's command of the chanserv SMS channel gateway.")
    top.add_argument("--version", action="version", version=f"chanserv {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about)
        if name == chosen:
            module = import_module(f"chanserv.cli.{name}")
            command.description = module.__doc__
            module.arguments(command)
            command.set_defaults(run=module.run)
    return top
