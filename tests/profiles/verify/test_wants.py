"""What a [[verify]] cannot do without is told with its key, before any webhook comes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

from twisted.trial.unittest import SynchronousTestCase

from chanserv.profiles.profile import read
from chanserv.profiles.shape import VerifyTable
from chanserv.profiles.verify.wants import WANTS
from chanserv.toml import files
from chanserv.toml.faults import Faults


class WantsTests(SynchronousTestCase):
    def faults(self, verify: str) -> list[str]:
        """Of a profile with this [[verify]], without the file's name."""
        path = Path(self.mktemp())
        path.write_text(f'[profile]\ntitle = "T"\nneeds = {{ key = "the key" }}\n[[verify]]\n{verify}\n')
        faults = Faults()
        read("t", files.read(str(path), faults), faults)
        return [found.removeprefix(f"{path}: ") for found in faults.found]

    def test_every_scheme_has_its_line(self) -> None:
        """A new one must say what it needs."""
        self.assertEqual(set(get_args(get_type_hints(VerifyTable)["scheme"])), set(WANTS))

    def test_what_is_missing(self) -> None:
        """Nothing but the scheme: each key that it needs is named, and no other."""
        for scheme, keys in WANTS.items():
            expected = [f"verify[1].{key}: is missing: {scheme} needs it" for key in keys]
            self.assertEqual(expected, self.faults(f'scheme = "{scheme}"'), scheme)

    def test_what_is_unfit(self) -> None:
        """A user without a password, and what is no network."""
        cases = {
            'scheme = "basic"\nbasic = ["u"]': "verify[1].basic: must be a user and a password",
            'scheme = "ip"\nnetworks = ["10.0.0.0/8", "ten"]': (
                "verify[1].networks: 'ten' is no network such as 10.0.0.0/8"
            ),
        }
        for verify, expected in cases.items():
            self.assertEqual([expected], self.faults(verify))

    def test_what_suffices(self) -> None:
        """One of each scheme has no fault."""
        values = {
            "given": '"header.x"', "key": '"{cfg.key}"', "over": '["{body}"]', "basic": '["u", "{cfg.key}"]',
            "networks": '["10.0.0.0/8", "2001:db8::/32"]',
        }  # fmt: skip
        for scheme, keys in WANTS.items():
            lines = [f'scheme = "{scheme}"', *(f"{key} = {values[key]}" for key in keys)]
            self.assertEqual([], self.faults("\n".join(lines)), scheme)
