"""What comes after the start is judged as if it had stood in a file, and would be read from one at the next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chanserv import loading
from chanserv.errors import Conflict, SettingsError
from chanserv.loading.adding import Adding, Sections
from chanserv.settings import RestSettings, SmppSettings
from chanserv.toml.keeping import keep
from tests.loading.folder import SOUND, Folder

INCLUDE = 'include = ["conf.d/*.toml"]\n'
PUBLIC = SOUND.replace('data = "d"', 'data = "d"\npublic_url = "https://sms.example.org"')
LINK = {"kind": "smpp", "host": "10.0.0.2", "port": 2775, "system_id": "acme", "password": "pw"}
CHANNEL = {"uuid": "B86F686F-9168-4dd9-a03e-77f11b265b56", "address": "2020", "url_secret": "s", "links": ["acme"]}
BOTH: Sections = {"link": {"acme": LINK}, "channel": {"acme": CHANNEL}}
SNAPPED = {
    "kind": "rest",
    "profile": "plivo",
    "hook_secret": "s3cret-of-theirs",
    "credentials": {"auth_id": "a", "auth_token": "b"},
}


class AddingTests(Folder):
    def adding(self, text: str = INCLUDE + PUBLIC) -> Adding:
        self.main = self.write(text)
        return Adding(self.main, loading.read(self.main).drafts)

    def wrong(self, adding: Adding, sections: Sections, name: str = "acme") -> list[str]:
        error = self.assertRaises(SettingsError, adding.plan, name, sections)
        return [
            fault.replace(f"{self.folder.absolute()}/", "").replace(f"{self.folder}/", "") for fault in error.faults
        ]

    def conflict(self, adding: Adding, sections: Sections = BOTH, name: str = "acme") -> str:
        return str(self.assertRaises(Conflict, adding.plan, name, sections))

    def test_as_the_next_start_reads_it(self) -> None:
        """The same values, from the file that is written; and what was there is not in it."""
        plan = self.adding().plan("acme", {"link": {"acme": LINK, "snap": SNAPPED}, "channel": {"acme": CHANNEL}})
        addition = plan.addition
        self.assertEqual(str(self.folder.absolute() / "conf.d" / "acme.toml"), addition.file)
        self.assertFalse(os.path.exists(addition.file))
        keep(Path(addition.file), addition.text)
        again = loading.load(self.main)
        self.assertEqual({"acme": again.channels["acme"]}, addition.channels)
        self.assertEqual(again.links["acme"], addition.links["acme"])
        snap, kept = addition.links["snap"], again.links["snap"]
        assert isinstance(snap, RestSettings) and isinstance(kept, RestSettings)
        self.assertEqual(
            ("plivo", kept.cfg, kept.hook_urls(("x",))), (snap.provider.name, snap.cfg, snap.hook_urls(("x",)))
        )
        self.assertNotIn("mtn", addition.text)

    def test_the_same_faults_as_of_a_file(self) -> None:
        """All at once, word by word: of keys, of names, of what two tables are to each other."""
        sections: dict[str, dict[str, dict[str, Any]]] = {
            "link": {
                "acme": {"kind": "smpp", "hosts": ["nowhere"], "widow": 3, "password": {"env": "CHANSERV_NONE"}},
                "snap": {"kind": "rest", "profile": "plivo", "credentials": {"auth_id": "a"}, "fallback": "nobody"},
                "what": {"kind": "pigeon"},
            },
            "channel": {
                "acme": {"uuid": "a86f686f-9168-4dd9-a03e-77f11b265b56", "address": "+5582999489287", "links": ["mtn"]},
                "other": {**CHANNEL, "links": ["acme", "nobody"], "platform": "moon", "max_parts": "many"},
            },
        }
        told = self.wrong(self.adding(INCLUDE + SOUND), sections)
        adding = self.adding(INCLUDE + PUBLIC)
        plan = adding.plan("acme", BOTH)  # what is sound, to be spoilt
        (self.folder / "conf.d").mkdir()
        Path(plan.addition.file).write_text(loading.adding.write(sections), "utf-8")
        wanted = self.faults(INCLUDE + SOUND)
        self.assertEqual(sorted(wanted), sorted(told))
        self.assertGreater(len(told), 10)
        for words in (
            "conf.d/acme.toml: link.acme.system_id: is missing",
            "is that of channel.claro.uuid in a.toml too",
            "link.snap must tell its provider",
            "there is no [link.nobody]",
        ):
            self.assertIn(words, "\n".join(told))

    def test_old_faults_are_not_its_own(self) -> None:
        """A certificate that cannot be read any more, now that we are nobody, was read at the start."""
        (self.folder / "ca.pem").write_text("x")
        adding = self.adding(INCLUDE + SOUND.replace("[channel", 'ca = "ca.pem"\n\n[channel', 1))
        (self.folder / "ca.pem").unlink()
        self.assertEqual(["acme"], list(adding.plan("acme", BOTH).addition.links))

    def test_it_is_built_upon(self) -> None:
        """The next may refer to it, and may not have its names, its uuid or its number."""
        adding = self.adding()
        adding.plan("acme", {"link": {"acme": {**LINK, "window": 2}}})
        plan = adding.plan("acme", BOTH)
        self.assertIn("there is no [link.acme]", self.wrong(adding, {"channel": {"b": CHANNEL}})[0])
        adding.accept(plan)
        told = self.wrong(adding, {"channel": {"b": CHANNEL}}, "b")
        self.assertEqual(["channel.b.uuid", "channel.b.address"], [fault.split(": ")[1] for fault in told])
        self.assertIn("[link.acme] already", self.conflict(adding))

    def test_what_is_there_is_not_changed(self) -> None:
        """Neither what runs nor what a file says by now: the next start would end at a key given twice."""
        adding = self.adding()
        self.assertIn("[link.mtn] already", self.conflict(adding, {"link": {"mtn": LINK}}))
        self.assertIn("[channel.claro] already", self.conflict(adding, {"channel": {"claro": CHANNEL}}))
        self.write("[link.acme]\nkind = 'smpp'\n", "conf.d/by_hand.toml")
        self.assertIn("[link.acme] already", self.conflict(adding))

    def test_it_must_be_found_at_the_next_start(self) -> None:
        """An `include` that covers it, in files that can be read."""
        for include in ("", 'include = ["other.d/*.toml"]\n', 'include = ["conf.d/a*.conf"]\n'):
            self.assertIn('needs include = ["conf.d/*.toml"]', self.conflict(self.adding(include + PUBLIC)), include)
        adding = self.adding('include = ["*.d/*.toml"]\n' + PUBLIC)
        self.assertEqual(["acme"], list(adding.plan("acme", BOTH).addition.links))
        self.write("[link", "conf.d/broken.toml")
        self.assertIn("conf.d/broken.toml: is not TOML", self.conflict(adding))

    def test_a_file_of_that_name(self) -> None:
        """Is left as it is: a link and a channel may be called alike."""
        adding = self.adding()
        self.write("", "conf.d/acme.toml")
        self.write("", "conf.d/acme-2.toml")
        self.assertEqual("acme-3.toml", Path(adding.plan("acme", BOTH).addition.file).name)

    def test_too_many_files_of_that_name(self) -> None:
        """A program that calls all of its workspaces alike is told, instead of failing without a word."""
        adding = self.adding()
        self.write("", "conf.d/acme.toml")
        for number in range(2, 1000):
            (self.folder / "conf.d" / f"acme-{number}.toml").touch()
        self.assertIn("choose another name", self.conflict(adding))

    def test_names(self) -> None:
        """They stand in file names and URLs: nothing that leads elsewhere or is hidden."""
        adding = self.adding()
        for name in ("", "../acme", "a/b", ".acme", "-a", "a b", "a.b", "ä", "a" * 61):
            self.assertIn("must be letters", self.wrong(adding, BOTH, name)[0], name)
            self.assertIn("must be letters", self.wrong(adding, {"link": {name: LINK}})[0], name)

    def test_nothing_else_can_be_added(self) -> None:
        """No platform, no rule; and not nothing."""
        adding = self.adding()
        (fault,) = self.wrong(adding, {"platform": {"b": {"url": "https://b.example"}}})
        self.assertEqual("platform: is not known here; what can be added is channel and link", fault)
        self.assertIn("nothing to add", self.wrong(adding, {"link": {}, "channel": {}})[0])

    def test_what_no_file_can_hold(self) -> None:
        """JSON has a null."""
        (fault,) = self.wrong(self.adding(), {"link": {"acme": {**LINK, "rate": None}}})
        self.assertEqual("link.acme.rate: no settings file can hold this value", fault)

    def test_secrets(self) -> None:
        """The text itself is warned of, and no warning has it; a file is looked for beside the one that is written."""
        self.write("in-file\n", "conf.d/pw.txt")
        told = self.adding().plan("acme", {"link": {"acme": {**LINK, "password": "hush-pw"}}}).addition.warnings
        self.assertEqual(1, len(told))
        self.assertIn("link.acme.password: the secret stands in the file", told[0])
        self.assertNotIn("hush-pw", repr(told))
        for given, meant in (({"env": "CHANSERV_TEST_PASSWORD"}, "pw"), ({"file": "pw.txt"}, "in-file")):
            addition = self.adding().plan("acme", {"link": {"acme": {**LINK, "password": given}}}).addition
            link = addition.links["acme"]
            assert isinstance(link, SmppSettings)
            self.assertEqual((meant, ()), (link.password.reveal(), addition.warnings))
            self.assertNotIn(meant, addition.text.replace("CHANSERV_TEST_PASSWORD", ""))

    def test_wherever_twistd_is_by_then(self) -> None:
        """It changes the folder it runs in."""
        path = os.path.relpath(self.write(INCLUDE + PUBLIC))
        adding = Adding(path, loading.read(path).drafts)
        self.addCleanup(os.chdir, os.getcwd())
        wanted = str(self.folder.absolute() / "conf.d" / "acme.toml")
        os.chdir("/")
        self.assertEqual(wanted, adding.plan("acme", BOTH).addition.file)
