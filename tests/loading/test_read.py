"""Every option of a link does something: somebody asks for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.settings import (
    Cimd2Settings,
    ExternalSettings,
    RestSettings,
    SmppSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.settings.common import TlsSettings
from chanserv.settings.links import ReceiptSettings, TlvSettings

ROOT = Path(__file__).parent.parent.parent / "chanserv"
# Where options are read that all kinds have. Neither their checks (loading) nor their table (settings) are among it,
# but that of links over HTTP, whose properties read what profiles and templates are given.
SHARED = ("gateway.py", "lane.py", "routing.py", "trial.py", "tunnels/*.py", "links/*.py", "links/wire/*.py")
READERS: dict[Any, tuple[str, ...]] = {
    SmppSettings: (*SHARED, "links/smpp/*.py"),
    UcpSettings: (*SHARED, "links/ucp/*.py"),
    Cimd2Settings: (*SHARED, "links/cimd2/*.py"),
    RestSettings: (*SHARED, "links/rest/*.py", "settings/rest.py"),
    ExternalSettings: (*SHARED, "links/rest/*.py", "links/external/*.py", "settings/rest.py"),
    TlvSettings: ("links/smpp/*.py",),
    ReceiptSettings: ("links/smpp/*.py",),
    TlsSettings: ("links/wire/*.py",),
    TunnelSettings: ("tunnels/*.py",),
}
CARRIERS = ("smsc.py", "smsc_answers.py", "trade.py", "checks.py")  # have fields of the same names


def asked_for(places: tuple[str, ...]) -> Iterator[str]:
    """Every name that stands behind a dot there and is not given a value."""
    for path in (path for place in places for path in ROOT.glob(place) if path.name not in CARRIERS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield node.attr


class ReadTests(SynchronousTestCase):
    """An option that is checked and then forgotten would be a promise nobody keeps."""

    def test_every_option_is_read(self) -> None:
        """By its name, where its kind of link is made and kept. One that other values bear as well may hide here."""
        forgotten = []
        for kind, places in READERS.items():
            found = set(asked_for(places))
            forgotten += [f"{kind.__name__}.{each.name}" for each in attrs.fields(kind) if each.name not in found]
        self.assertEqual([], forgotten)
