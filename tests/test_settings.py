"""What the settings say by themselves, without a file."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from chanserv.settings import Cimd2Settings, ExternalSettings, Secret, SmppSettings, UcpSettings
from chanserv.text.cutting import Cutting


class CuttingTests(SynchronousTestCase):
    """How each kind of link wants its texts cut."""

    def test_each_kind(self) -> None:
        """By its alphabet, and by how SMPP sends long texts."""
        cases: list[tuple[type, dict[str, Any], Cutting]] = [
            (SmppSettings, {}, Cutting()),
            (SmppSettings, {"alphabet": "gsm7-packed"}, Cutting()),
            (SmppSettings, {"alphabet": "utf-8"}, Cutting()),
            (SmppSettings, {"alphabet": "latin-1"}, Cutting("latin-1")),
            (SmppSettings, {"alphabet": "ascii", "long": "udh16"}, Cutting("ascii", wide=True)),
            (SmppSettings, {"long": "sar"}, Cutting(wide=True)),
            (SmppSettings, {"long": "payload"}, Cutting(whole=True)),
            (UcpSettings, {}, Cutting()),
            (UcpSettings, {"alphabet": "german"}, Cutting()),
            (UcpSettings, {"alphabet": "ascii"}, Cutting("ascii")),
            (Cimd2Settings, {}, Cutting()),
            (Cimd2Settings, {"alphabet": "latin-1"}, Cutting("latin-1")),
            (ExternalSettings, {}, Cutting(text=(160, 160))),
            (ExternalSettings, {"max_length": 0}, Cutting(text=(0, 0))),
        ]
        names: dict[type, dict[str, Any]] = {
            SmppSettings: {"system_id": "x", "password": Secret("x")},
            UcpSettings: {},
            Cimd2Settings: {"user": "x", "password": Secret("x")},
            ExternalSettings: {"uuid": "x", "send_url": "x"},
        }
        for kind, said, wanted in cases:
            self.assertEqual(kind(name="a", **names[kind], **said).cutting, wanted, (kind, said))
