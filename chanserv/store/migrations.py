"""Brings a SQLite file to the schema this chanserv writes; refuses a file of a later one.

`schema/` holds numbered files; PRAGMA user_version says how many of them a
file has seen. Each is applied whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from sqlite3 import Connection, complete_statement

from chanserv.errors import SchemaTooNew


def scripts() -> list[str]:
    """The schema's steps, in order. Raises ValueError if a number is missing or given twice."""
    found = sorted((entry for entry in files("chanserv.store").joinpath("schema").iterdir()), key=lambda e: e.name)
    steps = [entry for entry in found if entry.name.endswith(".sql")]
    if [int(entry.name[:4]) for entry in steps] != list(range(1, len(steps) + 1)):
        raise ValueError("schema files must be numbered 0001, 0002, … without a gap")
    return [entry.read_text("utf-8") for entry in steps]


def migrate(connection: Connection, steps: list[str] | None = None) -> int:
    """Apply what the file lacks; how many steps that was. Raises SchemaTooNew, sqlite3.Error."""
    steps = scripts() if steps is None else steps
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        raise SchemaTooNew(
            f"the store was written by a later chanserv (schema {version}; this one knows {len(steps)}): "
            "install that one, or restore a copy from before the upgrade"
        )
    for number, script in enumerate(steps[version:], version + 1):
        _apply(connection, number, script)
    return len(steps) - version


def _apply(connection: Connection, number: int, script: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """One by one, since `executescript` would commit the transaction it is in."""
    statement = ""
    for piece in re.split("(?<=;)", script):
        statement += piece
        if complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
