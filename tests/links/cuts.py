"""Streams cut anywhere: TCP keeps no borders."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=50)  # a pattern that is repeated
CUTS = st.lists(st.integers(1, 40), max_size=30)  # the rest comes in one piece


def patterned(stream: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Pieces of these sizes, again and again."""
    at, turn = 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        yield stream[at : at + size]
        at, turn = at + size, turn + 1


def cut(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Pieces of these sizes, then the rest."""
    for size in cuts:
        yield stream[:size]
        stream = stream[size:]
    yield stream
