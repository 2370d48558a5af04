"""What the SQLite file keeps about a text, read without a gateway: opened read-only, asked, closed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from chanserv.console.story import Story, stories
from chanserv.errors import SchemaTooNew, StoreError
from chanserv.operations import Listing
from chanserv.store.folder import store_path
from chanserv.store.history import History, Reading
from chanserv.store.migrations import scripts
from chanserv.store.rows import inbound_of, message_of

MOST = 50
"""Texts of each direction."""


def find(folder: str, term: str) -> list[Story]:
    """Every story about an id, a number or a ref, newest first.

    Raises StoreError if the data folder has no store that can be read, and
    SchemaTooNew if its file is another release's.
    """
    path = Path(store_path(folder)).resolve()
    if not path.exists():
        raise StoreError(f"there is no {path}")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return stories(_listing(connection, term))
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read: {error}")


def _listing(connection: sqlite3.Connection, term: str) -> Listing:
    connection.execute("BEGIN")  # one view of it, should a gateway start meanwhile
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != len(scripts()):
        raise SchemaTooNew(f"the store has schema {version}, this chanserv reads {len(scripts())}")
    reading = Reading(connection.execute, History(connection.execute))
    return Listing(
        messages=tuple(map(message_of, reading.matching("message", term, MOST))),
        inbound=tuple(map(inbound_of, reading.matching("inbound", term, MOST))),
    )
