"""`chanserv profile`: the list, one profile with a sample link, its cases tried."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chanserv import loading
from chanserv.profiles.shelf import Shelf
from tests.cli.test_check import call

ACME = """
[profile]
title = "Acme"
regions = ["BR", "PT"]
needs = { key = "Key of the API" }
options = { region = "eu", flash = "" }
notes = ["Ask for a number first."]

[send]
url = "https://acme.example/"
form = { to = "{to}", text = "{text}" }

[[hook]]
kind = "mo"
path = "in"
from = "nr"
text = "text"

[[test]]
what = "a text"
text = "Hi"
form = { text = "Hi" }

[[test]]
what = "a text of a handset"
kind = "mo"
path = "in"
form = { nr = "+55", text = "Yes" }
means = { from = "+55", text = "Yes" }
"""

SIGNED = """
[profile]
title = "Signed"
confidence = "medium"
needs = { key = "Key of the API" }
options = { hook_key = "" }

[send]
url = "https://signed.example/{cfg.key}"
split = 160
sign = { headers = { X-Signature = "{body|hmac:'sha256',cfg.key|hex}" } }
reply.case = [{ when = "code = 7", then = "stopped" }]

[[verify]]
scheme = "hmac"
when = "cfg.hook_key"
given = "header.x-signature"
key = "{cfg.hook_key}"
over = ["{body}"]

[[hook]]
kind = "status"
id = "id"
status = "status"
stop = "status = STOPPED"
map = { failed = ["STOPPED"] }
"""


class ProfileTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def write(self, text: str, name: str = "acme.toml") -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)

    def call(self, *words: str) -> tuple[int, str, str]:
        return call("profile", *words, "--profiles", str(self.folder))

    def test_all_are_listed(self) -> None:
        """The shipped ones and a site's own, each with what it can, and whence it is."""
        self.write(ACME)
        status, out, err = self.call("list")
        self.assertEqual((0, ""), (status, err))
        names = [line.split()[0] for line in out.splitlines()]
        self.assertEqual(["NAME", *Shelf([str(self.folder)]).names()], names)
        (acme,) = (line for line in out.splitlines() if line.startswith("acme "))
        for words in ("Acme", "BR, PT", "low", "sends receives", str(self.folder)):
            self.assertIn(words, acme)
        (twilio,) = (line for line in out.splitlines() if line.startswith("twilio "))
        for words in ("Twilio", "Global", "high", "sends statuses receives signed", "shipped"):
            self.assertIn(words, twilio)

    def test_a_faulty_one_hides_no_other(self) -> None:
        """Exit 1; it is told with its file and key."""
        self.write('[profile]\ntitel = "Acme"\n')
        status, out, err = self.call("list")
        self.assertEqual(1, status)
        self.assertIn("acme.toml: profile.titel: ", err)
        self.assertIn("\ntwilio ", out)

    def test_a_page_tells_all_they_can(self) -> None:
        """A row each, by what the profile says; a bracket for what the account switches on."""
        self.write(ACME.replace('title = "Acme"', 'title = "Acme | *"'))
        self.write(SIGNED, "signed.toml")
        status, out, err = self.call("list", "--rst")
        self.assertEqual((0, ""), (status, err))
        rows = {cells[1]: cells for line in out.splitlines() if len(cells := re.split(" {2,}", line)) == 10}
        self.assertEqual("Acme \\| \\*|acme|BR, PT|—|—|yes|whole|—|—|low", "|".join(rows["acme"]))
        self.assertEqual(
            "Signed|signed|—|signature|URL set there, its id|—|160|answer, status|(hmac)|medium",
            "|".join(rows["signed"]),
        )
        self.assertEqual(["basic", "URL told, our id or its id"], rows["twilio"][3:5])
        ways = {"hormuud": "token", "aws": "SigV4", "sinch": "bearer", "zenvia": "header", "vonage": "field"}
        self.assertEqual(ways, {name: rows[name][3] for name in ways})

    def test_one_is_shown(self) -> None:
        """What an account needs, may say, and must know; where its webhooks are."""
        self.write(ACME)
        status, out, _ = self.call("show", "acme")
        self.assertEqual(0, status)
        for words in (
            "acme: Acme (BR, PT)",
            f"  {self.folder / 'acme.toml'}\n",
            "key: Key of the API",
            "region (default 'eu')",
            "  flash\n",
            "Ask for a number first.",
            "/hook/<link>/<hook_secret>/in: texts of handsets",
        ):
            self.assertIn(words, out)

    def test_the_sample_is_a_sound_link(self) -> None:
        """Of every shipped profile: with its secrets in the environment it loads."""
        head = '[gateway]\npublic_url = "https://gw.example"\n[platform.main]\nurl = "https://p.example"\n'
        channel = '[channel.c]\nuuid = "a86f686f-9168-4dd9-a03e-77f11b265b56"\naddress = "8"\nauthorization = "x"\n'
        for name in Shelf().names():
            status, out, _ = call("profile", "show", name)
            self.assertEqual(0, status)
            sample = out[out.index("[link.") :]
            table = tomllib.loads(sample)["link"][name]
            variables = [each["env"] for each in table.get("credentials", {}).values()]
            variables += [table["hook_secret"]["env"]] if "hook_secret" in table else []
            for variable in variables:
                self.setenv(
                    variable, "https://0123456789abcdef.example" if variable.endswith("URL") else "0123456789abcdef"
                )
            config = self.write(f'{head}{channel}links = ["{name}"]\n{sample}', "chanserv.toml")
            self.assertEqual(name, loading.read(config).settings.links[name].name)

    def test_the_sample_has_one_way_in(self) -> None:
        """Of several sets of credentials the first; what an account may say stands there with its default."""
        _, out, _ = call("profile", "show", "infobip")
        self.assertIn('credentials = { api_key = { env = "INFOBIP_API_KEY" } }\n', out)
        self.assertIn('# options = { base_url = "https://api.infobip.com", transliteration = "" }\n', out)

    def setenv(self, name: str, value: str) -> None:
        self.patch(os, "environ", {**os.environ, name: value})

    def test_cases_are_tried(self) -> None:
        """Of those that are named, or of a file wherever it lies."""
        path = self.write(ACME)
        for words in (["test", "acme"], ["test", path]):
            self.assertEqual((0, "acme: 2 cases, all as they say\n", ""), self.call(*words))
        self.assertEqual((0, "acme: 2 cases, all as they say\n", ""), call("profile", "test", path))

    def test_every_mismatch_is_told(self) -> None:
        """Exit 1; what it is, and what the case says; the other profiles are tried all the same."""
        self.write(
            ACME.replace('form = { text = "Hi" }', 'form = { text = "Ho" }').replace('from = "+55"', 'from = "+56"')
        )
        status, out, _ = self.call("test", "acme", "twilio")
        self.assertEqual(1, status)
        for words in (
            "acme: a text: form text is 'Hi', not 'Ho'",
            "acme: a text of a handset: news 1: from is '+55', not '+56'",
            "acme: 2 cases, 2 not as they say",
            "twilio: ",
        ):
            self.assertIn(words, out)

    def test_a_folder_that_is_not_there_is_told(self) -> None:
        """By whichever option it is named."""
        self.folder = self.folder / "none"
        self.assertEqual((1, "", f"{self.folder}: there is no such folder of profiles\n"), self.call("list"))
        config = self.folder.parent / "gw.toml"
        config.write_text('[gateway]\nprofiles = "none"\n', "utf-8")
        status, out, err = call("profile", "list", "--config", str(config))
        self.assertEqual((1, ""), (status, out))
        self.assertIn("none: there is no such folder of profiles", err)

    def test_what_is_no_profile_is_told(self) -> None:
        """A name there is not, a file that is not there, one that is faulty, one without cases."""
        self.write('[profile]\ntitle = "Bare"\n', "bare.toml")
        self.write("[profile]\n", "faulty.toml")
        absent, named = str(self.folder / "absent.toml"), self.write(ACME, "Acme.toml")
        status, out, _ = self.call("test", "twillio", absent, named, "faulty", "bare", "acme")
        self.assertEqual(1, status)
        for words in ("'twillio' is no profile; is twilio meant?", f"{absent}: there is no such file",
                      f"{named}: its name is none of a profile", "faulty.toml: profile.title: is missing",
                      "bare: it has no [[test]] cases"):  # fmt: skip
            self.assertIn(words, out)
        self.assertEqual(1, self.call("show", "twillio")[0])
