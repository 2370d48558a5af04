"""The `chanserv` command: what an operator asks of a gateway from a shell.

Each subcommand is a module with ABOUT, `arguments` and `run`; this one only
chooses. Serving is `twistd`'s (see `chanserv.tap`), not this command's.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from importlib import import_module

from chanserv import __version__
from chanserv.errors import ChanservError, SettingsError

COMMANDS = ("check", "send", "trace", "simulate", "demo")


def main(argv: Sequence[str] | None = None) -> int:
    """0: done; 1: it did not go well, the output says why; 2: asked wrongly."""
    options = parser().parse_args(argv)
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


def parser() -> ArgumentParser:
    """All subcommands."""
    top = ArgumentParser(prog="chanserv", description="The operator's command of the chanserv SMS channel gateway.")
    top.add_argument("--version", action="version", version=f"chanserv {__version__}")
    chosen = top.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"chanserv.cli.{name}")
        command = chosen.add_parser(name, help=module.ABOUT, description=module.__doc__)
        module.arguments(command)
        command.set_defaults(run=module.run)
    return top
