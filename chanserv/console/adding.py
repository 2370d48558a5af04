"""What an operator adds while the gateway runs: from the body of a request to tables of the settings, and the answer.

A body has the keys of a table of the settings file, and `name`; or the tables
themselves. What they must be like, and what is done with them, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from twisted.internet.defer import Deferred

from chanserv.errors import BadRequest
from chanserv.settings import Addition

Tables = Mapping[str, Mapping[str, object]]  # name -> key -> value
Asked = tuple[str, Mapping[str, Tables]]
"""What the file is to be called after, and section -> tables."""
Add = Callable[[str, Mapping[str, Tables]], Deferred[Addition]]
"""Fires when it works."""
Keyed = dict[str, object]
"""The body of POST /api/channels and /api/links."""


class Both(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/add: [channel.<name>] and [link.<name>] tables, and what to call their file after."""

    name: str
    channel: dict[str, dict[str, object]] = {}
    link: dict[str, dict[str, object]] = {}

    @property
    def named(self) -> Asked:
        return self.name, {"link": self.link, "channel": self.channel}


def one(section: str, keys: Keyed) -> Asked:
    """The one table these keys are, `name` among them. Raises BadRequest."""
    name = keys.get("name")
    if not isinstance(name, str):
        raise BadRequest("name", "is missing" if name is None else "must be a text")
    return name, {section: {name: {key: value for key, value in keys.items() if key != "name"}}}


def told(addition: Addition) -> dict[str, object]:
    """The answer: what there is now, and where it is kept. No key of it, since any may be a secret."""
    return {
        "channels": list(addition.channels),
        "links": list(addition.links),
        "file": addition.file,
        "warnings": addition.warnings,
    }
