"""What `twistd chanserv-peer` runs: the carrier's or the platform's end, kept up like any other service.

The options behind `--kind` are those of `chanserv simulate`, which is the same
simulators in the foreground; neither knows the gateway.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from twisted.application import strports
from twisted.application.service import IService
from twisted.python import usage

from chanserv.cli import simulate
from chanserv.errors import ChanservError


class Options(usage.Options):
    """twistd [its own options] chanserv-peer --kind smpp|…|platform [what `chanserv simulate` takes for it]"""

    chosen: Namespace

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Leaves with a usage message, as `chanserv simulate` does, if they are wrong."""
        first = ArgumentParser(prog="twistd chanserv-peer", add_help=False)
        first.add_argument("--kind", metavar="KIND", help="what `chanserv simulate` knows")
        given, rest = first.parse_known_args(options)
        every = ArgumentParser(prog="twistd chanserv-peer --kind", description=__doc__)
        simulate.arguments(every)
        self.chosen = every.parse_args([given.kind, *rest] if given.kind else rest)


def makeService(options: Options) -> IService:
    """A simulator that listens once it is started. Raises SystemExit if it is told no place to."""
    from twisted.internet import reactor  # here, not above: whoever imports this may yet choose another

    chosen = options.chosen
    try:
        simulator: IService = strports.service(chosen.listen, chosen.simulated(reactor, chosen), reactor=reactor)
    except ChanservError as error:
        raise SystemExit(f"chanserv-peer: {error}") from None
    except (ValueError, TypeError) as error:
        raise SystemExit(f"--listen: no endpoint Twisted can listen on: {error}") from None
    return simulator
