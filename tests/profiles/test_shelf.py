"""Where profiles lie, which goes before which, and what one takes from another."""

from __future__ import annotations

from chanserv.profiles.shelf import Shelf
from chanserv.profiles.trying import ours
from chanserv.toml.faults import Faults, Place
from tests.profiles.helpers import ASKED, HEAD, Shelves

BASE = HEAD + '[send]\nurl = "https://x"\nform = { a = "1", b = "2" }\n[[hook]]\nkind = "mo"\nfrom = "f"\n'


class NameTests(Shelves):
    def test_names(self) -> None:
        """Shipped ones and a site's own; what is no name of one is not seen."""
        self.write(HEAD, "own")
        self.write(HEAD, "UPPER")
        self.write(HEAD, "_x")
        names = Shelf([str(self.folder), str(self.folder / "none")]).names()
        self.assertEqual(sorted(names), names)
        self.assertLessEqual({"own", "twilio"}, set(names))
        self.assertFalse({"UPPER", "_x"} & set(names))

    def test_none(self) -> None:
        """The key that asks is told, with the one that is meant, or all there are."""
        for name, more in (
            *((name, "there are 46elks, ") for name in ("nothing", "", "a/b", "x" * 50, "a\0")),
            *((name, "is twilio meant?") for name in ("../twilio", "twilio.toml", "TWILIO", "twillio")),
        ):
            faults = Faults()
            self.assertIsNone(Shelf().get(name, faults, ASKED))
            [line] = faults.found
            self.assertTrue(line.startswith(f"gw.toml: link.a.profile: {name!r} is no profile; {more}"), line)

    def test_other_files(self) -> None:
        """A profile that somebody sent us reads none, not even to see whether it is there."""
        wanted = "a.toml: include: is not known here; there are profile, send, verify, hook, answer, test"
        for other in ("/etc/passwd", "none.toml", "/dev/zero"):
            self.assertEqual([wanted], self.faults("", head=f'include = ["{other}"]\n' + HEAD))

    def test_read_once(self) -> None:
        """The same value however often it is asked for."""
        shelf, faults = Shelf(), Faults()
        self.assertIs(shelf.get("twilio", faults, ASKED), shelf.get("twilio", faults, ASKED))
        self.assertEqual([], faults.found)

    def test_faulty_is_faulty_again(self) -> None:
        """Two links that name it: neither gets a profile that is not sound, and each fault is told once."""
        self.write(HEAD + '[send]\nurl = "{too}"\n')
        shelf, faults = Shelf([str(self.folder)]), Faults()
        for place in (ASKED, Place("gw.toml", "link.b.profile"), ASKED):
            self.assertIsNone(shelf.get("a", faults, place))
        self.assertEqual(1, len(faults.found))

    def test_a_missing_one_is_told_to_each(self) -> None:
        """Each link that names it is told."""
        shelf, faults = Shelf(), Faults()
        for place in (ASKED, Place("gw.toml", "link.b.profile")):
            shelf.get("nothing", faults, place)
        self.assertEqual(2, len(faults.found))


class ExtendingTests(Shelves):
    def get(self, name: str = "a") -> tuple[object, list[str]]:
        faults = Faults()
        found = Shelf([str(self.folder)]).get(name, faults, ASKED)
        return found, [fault.replace(f"{self.folder}/", "") for fault in faults.found]

    def test_key_by_key(self) -> None:
        """Ours go before theirs in every table; lists of tables are ours or theirs."""
        self.write(BASE, "base")
        self.write('[profile]\ntitle = "B"\nextends = "base"\noptions = { own = "o" }\n[send.form]\nb = "{cfg.own}"\n')
        profile = self.profile('[send.form]\nb = "3"\n[[hook]]\nkind = "status"\nid = "i"\nmap = { sent = ["1"] }\n',
                               head='[profile]\ntitle = "B"\nextends = "base"\n')  # fmt: skip
        assert profile.send is not None
        self.assertEqual(("B", ("status",)), (profile.about.title, profile.paths))
        self.assertEqual({"key", "user"}, set(profile.about.needs))

    def test_values_of_both(self) -> None:
        """What it sends is theirs, but for what it says itself; cfg has the keys of both."""
        self.write(BASE, "base")
        profile = self.profile('[send.form]\nb = "{cfg.own}"\n',
                               head='[profile]\ntitle = "B"\nextends = "base"\noptions = { own = "o" }\n')  # fmt: skip
        assert profile.send is not None
        self.assertEqual(b"a=1&b=o", profile.send.request({"cfg": {"own": "o"}, "hook": {}}).body)
        self.assertEqual(("receive",), profile.paths)

    def test_a_site_changes_a_shipped_one(self) -> None:
        """By the same name, which may extend the shipped one."""
        self.write('[profile]\nextends = "twilio"\ntitle = "Ours"\n', "twilio")
        faults = Faults()
        profile = Shelf([str(self.folder)]).get("twilio", faults, ASKED)
        assert profile is not None and profile.send is not None
        self.assertEqual(([], "Ours"), (faults.found, profile.about.title))
        for case in profile.tests:
            self.assertTrue(profile.send.request(ours(profile, case)).urls[0].startswith("https://api.twilio.com/"))

    def test_without(self) -> None:
        """A key of the other's, however deep, and a whole table; what is not named stays."""
        self.write(BASE + '[[verify]]\nscheme = "token"\ngiven = "header.x"\nkey = "k"\n', "base")
        head = '[profile]\ntitle = "B"\nextends = "base"\n'
        profile = self.profile("", head=head + 'without = ["verify", "send.form.a", "profile.needs.user"]\n')
        assert profile.send is not None
        self.assertEqual(b"b=2", profile.send.request({"cfg": {}, "hook": {}}).body)
        self.assertEqual(((), {"key"}), (profile.guard.checks, set(profile.about.needs)))
        self.assertEqual(("receive",), profile.paths)

    def test_without_is_not_inherited(self) -> None:
        """What one gives up and a third says again, the third has."""
        self.write(BASE, "base")
        self.write('[profile]\ntitle = "B"\nextends = "base"\nwithout = ["send.form.a"]\n', "between")
        profile = self.profile('[send.form]\na = "9"\n', head='[profile]\ntitle = "C"\nextends = "between"\n')
        assert profile.send is not None
        self.assertEqual(b"b=2&a=9", profile.send.request({"cfg": {}, "hook": {}}).body)

    def test_without_what_there_is_not(self) -> None:
        """Told, as is a list where there is nothing to take from, and what is no list."""
        self.write(BASE, "base")
        head = '[profile]\ntitle = "B"\n'
        for written, why in (
            ('extends = "base"\nwithout = ["verify"]\n', "there is no 'verify' in the other"),
            ('extends = "base"\nwithout = ["send.form.a.b"]\n', "there is no 'send.form.a.b' in the other"),
            ('extends = "base"\nwithout = ["hook.from"]\n', "there is no 'hook.from' in the other"),
            ('extends = "base"\nwithout = "verify"\n', "must be a list"),
            ('without = ["verify"]\n', "is for a profile that extends another"),
        ):
            self.write(head + written)
            self.assertEqual((None, [f"a.toml: profile.without: {why}"]), self.get())

    def test_circles(self) -> None:
        """However long: told where it closes."""
        self.write('[profile]\ntitle = "A"\nextends = "a"\n')
        self.assertEqual((None, ["a.toml: profile.extends: 'a' extends itself"]), self.get())
        self.write('[profile]\ntitle = "A"\nextends = "b"\n')
        self.write('[profile]\ntitle = "B"\nextends = "c"\n', "b")
        self.write('[profile]\ntitle = "C"\nextends = "a"\n', "c")
        self.assertEqual((None, ["c.toml: profile.extends: 'a' extends itself"]), self.get())

    def test_none_to_extend(self) -> None:
        """Told at the key that names it, which must be a text."""
        for written, expected in (
            ('"twillio"', "'twillio' is no profile; is twilio meant?"),
            ("5", "'5' is no profile; "),
        ):
            self.write(f'[profile]\ntitle = "A"\nextends = {written}\n')
            found, [line] = self.get()
            self.assertIsNone(found)
            self.assertTrue(line.startswith(f"a.toml: profile.extends: {expected}"), line)

    def test_faults_of_the_other(self) -> None:
        """Told with the file they stand in."""
        self.write(BASE.replace("https://x", "{too}"), "base")
        self.write('[profile]\ntitle = "B"\nextends = "base"\n')
        self.assertEqual((None, ["base.toml: send.url: there is no name 'too' here; is to meant?"]), self.get())
        self.write("a = ", "base")
        self.assertEqual((None, ["base.toml: is not TOML: Invalid value (at end of document)"]), self.get())

    def test_no_text(self) -> None:
        """A file that is not UTF-8."""
        (self.folder / "a.toml").write_bytes(b"\xff")
        self.assertEqual((None, ["a.toml: is not UTF-8"]), self.get())
