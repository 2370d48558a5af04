"""Which profiles a command knows: the shipped ones, and a site's own by `--profiles FOLDER` or `--config FILE`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from chanserv.errors import SettingsError
from chanserv.loading import profile_folder
from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import Shelf
from chanserv.toml.faults import Faults, Place


def where(parser: ArgumentParser) -> None:
    """The two options."""
    parser.add_argument("--profiles", metavar="FOLDER", help="a site's own profiles; they go before the shipped ones")
    parser.add_argument("--config", metavar="FILE", help="settings whose [gateway] says where those are")


def shelf(options: Namespace) -> Shelf:
    """Raises SettingsError if the settings cannot be read."""
    return Shelf(folders(options))


def folders(options: Namespace) -> list[str]:
    """A site's own. Raises SettingsError: there is no such folder."""
    found = [options.profiles] if options.profiles else []
    folder = profile_folder(options.config) if options.config else None
    found += [folder] if folder else []
    if missing := [each for each in found if not Path(each).is_dir()]:
        raise SettingsError([f"{each}: there is no such folder of profiles" for each in missing])
    return found


def find(shelf: Shelf, name: str) -> Profile:
    """Raises SettingsError with all that is wrong with it."""
    faults = Faults()
    profile = shelf.get(name, faults, Place("profile"))
    if profile is None:
        raise SettingsError(faults.found)
    return profile
