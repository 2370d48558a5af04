"""`chanserv profile list|show|test|new`: which aggregators are known, what an account at one needs, and a new one.

A site's own profiles are known by `--profiles FOLDER` or `--config FILE`.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from chanserv.cli import profile_table, profile_told
from chanserv.cli.profile_new import Answers, Unanswered
from chanserv.cli.profiles import find, folders, shelf, where
from chanserv.cli.told import printable
from chanserv.errors import SettingsError
from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import NAME, Shelf
from chanserv.profiles.trying import tried


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(metavar="WHAT", required=True)
    listing = what.add_parser("list", help="all profiles, a line each")
    listing.add_argument("--rst", action="store_true", help="all they can, as the page docs/providers.rst")
    listing.set_defaults(asked=run_list)
    show = what.add_parser("show", help="what an account needs, and how a link to it looks")
    show.add_argument("name", metavar="NAME")
    show.set_defaults(asked=run_show)
    test = what.add_parser("test", help="run the [[test]] cases of profiles; exit 1 if one is not as it says")
    test.add_argument("names", metavar="NAME|FILE", nargs="*", help="default: all")
    test.set_defaults(asked=run_test)
    new = what.add_parser("new", help="ask what a provider wants, and write its profile")
    new.set_defaults(asked=run_new)
    for one in (listing, show, test, new):
        where(one)


def run(options: Namespace) -> int:
    """0: it went well; 1: it did not."""
    status: int = options.asked(options)
    return status


def run_list(options: Namespace) -> int:
    """A faulty one is told, and the others are listed."""
    known, status, found = shelf(options), 0, []
    for name in known.names():
        try:
            found.append(find(known, name))
        except SettingsError as error:
            print("\n".join(error.faults), file=sys.stderr)
            status = 1
    rows = [profile_told.row(each, profile_told.whence(known, each.name)) for each in found]
    for line in profile_table.page(found) if options.rst else profile_told.table(rows):
        print(printable(line))
    return status


def run_show(options: Namespace) -> int:
    """Raises SettingsError: there is none, or it is faulty."""
    known = shelf(options)
    profile = find(known, options.name)
    for line in profile_told.shown(profile, known.where(profile.name)):
        print(printable(line))
    return 0


def run_test(options: Namespace) -> int:
    """Every profile is tried, whatever is wrong with the one before."""
    known = shelf(options)
    results = [_try(known, name, options) for name in options.names or known.names()]
    return 0 if all(results) else 1


def _named(known: Shelf, name: str, options: Namespace) -> tuple[Shelf, str]:
    """A file is a profile beside those in its folder. Raises SettingsError: there is none of that name."""
    path = Path(name)
    if path.suffix != ".toml":
        return known, name
    if not path.is_file() or not NAME.fullmatch(path.stem):
        named = "its name is none of a profile: small letters, digits, - and _"
        raise SettingsError([f"{name}: {named if path.is_file() else 'there is no such file'}"])
    return Shelf([str(path.parent), *folders(options)]), path.stem


def _try(known: Shelf, name: str, options: Namespace) -> bool:
    try:
        profile = find(*_named(known, name, options))
    except SettingsError as error:
        print("\n".join(error.faults))
        return False
    return _cases_hold(profile)


def _cases_hold(profile: Profile) -> bool:
    wrong = 0
    for case in profile.tests:
        differences = tried(profile, case)
        wrong += bool(differences)
        for each in differences:
            print(printable(f"{profile.name}: {case.what}: {each}"))
    print(profile_told.tried(profile.name, len(profile.tests), wrong))
    return not wrong


def run_new(options: Namespace) -> int:
    """The file is written where the site's own profiles lie, or here. Raises Unanswered, SettingsError."""
    folder = Path(next(iter(folders(options)), "."))
    known = Shelf([str(folder)])
    given = Answers(input, print, known.names()).ask()
    path = folder / f"{given.name}.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(given.toml())
    except OSError as error:
        raise Unanswered(f"{path} cannot be written: {error.strerror}") from None
    print(f"\nwritten: {path}")
    well = _try(Shelf([str(folder)]), given.name, options)
    print(f"Complete it, and its [[test]] cases, with the provider's documentation; then: chanserv profile test {path}")
    if not options.config:
        print(f'Links find it where the settings name its folder: [gateway] profiles = "{folder.absolute()}"')
    return 0 if well else 1
