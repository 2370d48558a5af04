"""`python -m tests.faults.mutations`: a million inputs gone wrong for each decoder: none crashes it, none is late.

Of what takes long to read, files of profiles, it is a part of that. Exit status 1
if one was. One decoder a process, so that memory is its own.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor

from tests import mutation
from tests.links.cimd2 import test_vectors as cimd2
from tests.links.smpp import test_vectors as smpp
from tests.links.ucp import test_vectors as ucp
from tests.profiles import test_mutations as rest

INPUTS = 1_000_000
SIDES = 2  # processes
GROWN = 20_000  # KiB of memory more after a million inputs than after the first: that would be a leak
DECODERS = {each.name: each for each in (smpp.MUTATIONS, ucp.MUTATIONS, cimd2.MUTATIONS, *rest.MUTATIONS)}


def main(argv: list[str]) -> int:
    parser = ArgumentParser(prog="python -m tests.faults.mutations", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, metavar="N", help="for each decoder (%(default)s)")
    inputs = parser.parse_args(argv).inputs
    with ProcessPoolExecutor(SIDES, max_tasks_per_child=1) as pool:
        reading = [(name, pool.submit(_read, name, inputs)) for name in DECODERS]
        return max([_told(name, *read.result()) for name, read in reading])


def _read(name: str, inputs: int) -> tuple[mutation.Figures, float]:
    began = time.monotonic()
    decoder = DECODERS[name]
    return mutation.read(decoder, round(inputs * decoder.share)), time.monotonic() - began


def _told(name: str, figures: mutation.Figures, seconds: float) -> int:
    wrong = bool(figures.late) or figures.grown > GROWN
    print(
        f"{name}: {figures.inputs} inputs gone wrong: 0 crashes, the slowest {figures.slowest * 1e3:.1f} ms, "
        f"{len(figures.late)} late, memory {figures.grown:+d} KiB; {seconds:.0f} s",
        flush=True,
    )
    for octets in figures.late[:8]:
        print(f"  late: {octets}")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
