"""Octets gone wrong on the way, as many as wanted: nothing but a WireError may come of reading them, and none late.

A kind tells what its octets are when they are right, how they go wrong, and how
long reading takes; here they are counted.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

LATE = 0.05  # seconds of the processor's time for one input
AGAIN = 3  # times an input that was late is read again: the collector may have come by
WARM = 2_000  # inputs before memory is looked at
PAGE = 4  # KiB


@attrs.frozen
class Mutations:
    """Of one decoder. `seconds` reads an input, whatever it is, and tells the processor's time for it."""

    name: str
    seed: int
    originals: Sequence[bytes]
    mutated: Callable[[random.Random, bytes], bytes]
    seconds: Callable[[bytes], float]
    share: float = 1.0  # of the inputs that are asked for: some take their time


@attrs.frozen
class Figures:
    """`late`: inputs, hexadecimal; `slowest` in seconds; `grown` in KiB of resident memory after the first ones."""

    inputs: int
    slowest: float
    late: tuple[str, ...]
    grown: int


def read(mutations: Mutations, inputs: int) -> Figures:
    """The first so many of its seed. Whatever comes of one but a WireError is raised."""
    chance, slowest, late, before = random.Random(mutations.seed), 0.0, [], 0
    for number in range(inputs):
        if number == min(WARM, inputs - 1):
            before = resident()
        octets = mutations.mutated(chance, chance.choice(mutations.originals))
        took = least(mutations.seconds, octets)
        slowest = max(slowest, took)
        if took > LATE:
            late.append(octets.hex())
    return Figures(inputs, slowest, tuple(late), resident() - before)


def least(seconds: Callable[[bytes], float], octets: bytes) -> float:
    """What reading takes, without what else the process did meanwhile: what was late is read again."""
    took = seconds(octets)
    return took if took <= LATE else min(seconds(octets) for _ in range(AGAIN))


def resident() -> int:
    """KiB of this process, after a collection."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
