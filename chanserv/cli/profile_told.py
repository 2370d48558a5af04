"""Profiles as lines for a person: a row of a table, or everything an operator must know to open an account."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from chanserv.profiles.profile import Profile
from chanserv.profiles.shelf import SHIPPED, Shelf

HEAD = ("NAME", "TITLE", "REGIONS", "CONFIDENCE", "FEATURES", "FROM")


def whence(shelf: Shelf, name: str) -> str:
    """The folder it comes from; of the shipped ones, that word."""
    path = shelf.where(name)
    return "shipped" if path is None or path.parent == SHIPPED else str(path.parent)


def row(profile: Profile, whence: str) -> tuple[str, ...]:
    """One of `table`."""
    about = profile.about
    return (profile.name, about.title, ", ".join(about.regions), about.confidence, " ".join(profile.features), whence)


def table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """In columns as wide as they must be."""
    widths = [max(len(each[column]) for each in (HEAD, *rows)) for column in range(len(HEAD))]
    for each in (HEAD, *rows):
        yield "  ".join(value.ljust(width) for value, width in zip(each, widths, strict=True)).rstrip()


def tried(name: str, cases: int, wrong: int) -> str:
    """What came of a profile's cases."""
    count = f"{cases} case{'s' if cases != 1 else ''}"
    if not cases:
        return f"{name}: it has no [[test]] cases"
    return f"{name}: {count}, {wrong} not as they say" if wrong else f"{name}: {count}, all as they say"


def shown(profile: Profile, file: Path | None) -> Iterator[str]:
    """All of it, with the file it is read from and a link as it would be written."""
    about = profile.about
    yield f"{profile.name}: {about.title} ({', '.join(about.regions) or 'no region told'})"
    yield f"  {file}"
    yield f"  {', '.join(profile.features) or 'nothing'}; confidence {about.confidence}"
    for source in about.source:
        yield f"  source: {source}"
    yield from _account(profile)
    yield from _notes(profile)
    yield ""
    yield from sample(profile)


def _account(profile: Profile) -> Iterator[str]:
    about = profile.about
    if about.needs:
        yield from ("", "An account needs:")
        yield from (f"  {key}: {what}" for key, what in about.needs.items())
    if about.needs_one:
        yield "  of these one will do: " + "; or ".join(" and ".join(keys) for keys in about.needs_one)
    if about.options:
        yield from ("", "It may say:")
        yield from (f"  {key}" + (f" (default {usual!r})" if usual else "") for key, usual in about.options.items())


def _notes(profile: Profile) -> Iterator[str]:
    if profile.about.notes:
        yield from ("", "Notes:")
        yield from (f"  {note}" for note in profile.about.notes)
    if profile.paths:
        yield from ("", "Its webhooks, behind public_url:")
        for path in profile.paths:
            kinds = sorted({hook.kind for hook in profile.at(path)})
            yield f"  /hook/<link>/<hook_secret>/{path}: " + " and ".join(KINDS[kind] for kind in kinds)


KINDS = {"mo": "texts of handsets", "status": "statuses"}


def sample(profile: Profile) -> Iterator[str]:
    """Lines of settings."""
    name = profile.name.upper().replace("-", "_")
    name = f"SMS_{name}" if name[0].isdecimal() else name  # no variable begins with a digit
    yield f"[link.{profile.name}]"
    yield 'kind = "rest"'
    yield f'profile = "{profile.name}"'
    if profile.about.needs:
        keys = (f'{key} = {{ env = "{name}_{key.upper()}" }}' for key in profile.lacks({}))
        yield f"credentials = {{ {', '.join(keys)} }}"
    if profile.about.options:
        options = (f"{key} = {json.dumps(usual)}" for key, usual in profile.about.options.items())
        yield f"# options = {{ {', '.join(options)} }}"
    if profile.hooks:
        yield f'hook_secret = {{ env = "{name}_HOOK" }}'
    if profile.about.receipts == "none":
        yield 'receipts = "none"'
