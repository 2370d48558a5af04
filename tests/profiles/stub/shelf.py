"""Profiles for the tests of stubs: shipped ones, and made-up ones as text."""

from __future__ import annotations

from pathlib import Path

from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import Shelf
from chanserv.toml.faults import Faults, Place

SHELF = Shelf()


def shipped(name: str) -> Profile:
    faults = Faults()
    found = SHELF.get(name, faults, Place("test"))
    assert found is not None, faults.found
    return found


def made(folder: str, text: str, name: str = "acme") -> Profile:
    """One that is written to this folder, which must not be there yet."""
    Path(folder).mkdir()
    (Path(folder) / f"{name}.toml").write_text(text, encoding="utf-8")
    faults = Faults()
    found = Shelf([folder]).get(name, faults, Place("test"))
    assert found is not None, faults.found
    return found
