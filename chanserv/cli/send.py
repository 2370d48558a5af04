"""`chanserv send CHANNEL TO TEXT`: one text through the running gateway, and what becomes of it, as it happens."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from chanserv.cli import told
from chanserv.cli.reach import Gateway, gateway
from chanserv.console.story import Story
from chanserv.loading import load

PAUSE = 0.3
"""Seconds between two looks."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", default="etc/chanserv.toml", help="settings (%(default)s)")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=60.0, help="follow it no longer (%(default)g)"
    )
    parser.add_argument("channel", metavar="CHANNEL")
    parser.add_argument("to", metavar="TO", help="the number, with + and country")
    parser.add_argument("text", metavar="TEXT")


def run(options: Namespace) -> int:
    """0: delivered, or all there is to know; 1: failed; 3: not final when the time was over."""
    reached = gateway(load(options.config))
    ref = reached.send(options.channel, options.to, options.text)
    print(f"ref {ref}: on disk")
    last = follow(reached, ref, options.timeout, time.monotonic, time.sleep)
    if last is None:
        print("The gateway has no story of it yet.")
        return 3
    print(f"  => {told.printable(last.verdict)}")
    return 3 if not last.final else 1 if last.status == "failed" else 0


def follow(
    reached: Gateway, ref: int, timeout: float, now: Callable[[], float], pause: Callable[[float], None]
) -> Story | None:
    """Print every step as it comes, until the story is final or the time is over; the story as last seen."""
    end, seen, last = now() + timeout, 0, None
    while True:
        last = next((story for story in reached.trace(str(ref)) if story.ref == ref), last)
        steps = last.steps if last else ()
        for step in steps[seen:]:
            print(told.step(step), flush=True)
        seen = len(steps)
        if (last and last.final) or now() >= end:
            return last
        pause(PAUSE)
