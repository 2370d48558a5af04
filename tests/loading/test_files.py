"""Several files, one tree."""

from __future__ import annotations

from chanserv import loading
from chanserv.errors import SettingsError
from tests.loading.folder import SOUND, Folder


class IncludeTests(Folder):
    """Several files, one tree."""

    def test_files_are_merged(self) -> None:
        """Sorted within a pattern; tables of one name grow together, arrays of tables follow each other."""
        rule = '[[inbound]]\nchannel = "claro"\nkeyword = "%s"\n'
        self.write(rule % "second" + "[link.mtn]\nrate = 5\n", "conf.d/2.toml")
        self.write(rule % "first", "conf.d/1.toml")
        settings = self.load('include = ["conf.d/*.toml"]\n' + SOUND)
        self.assertEqual(["first", "second"], [rule.keyword for rule in settings.inbound])
        self.assertEqual(5.0, settings.links["mtn"].rate)

    def test_a_key_twice_names_both_files(self) -> None:
        """Which of two is meant nobody can know."""
        self.write('[link.mtn]\nsystem_id = "x"\n', "conf.d/b.toml")
        [fault] = self.faults('include = ["conf.d/*.toml"]\n' + SOUND)
        self.assertRegex(fault, r"^conf\.d/b\.toml: link\.mtn\.system_id: is given in .*a\.toml already$")

    def test_a_fault_names_the_file_it_stands_in(self) -> None:
        """And rows of an array are counted within it."""
        self.write('[[inbound]]\nchannel = "claro"\n[[inbound]]\nchannel = "none"\n', "b.toml")
        text = 'include = ["b.toml"]\n' + SOUND + '[[inbound]]\nchannel = "claro"\n'
        self.assertEqual(["b.toml: inbound[2].channel: there is no [channel.none]"], self.faults(text))

    def test_what_cannot_be_read_is_told(self) -> None:
        """A file that is not there, one that is no TOML, and an include within an include."""
        self.write("x =", "bad.toml")
        self.write('include = ["c.toml"]', "nested.toml")
        faults = self.faults('include = ["none.toml", "bad.toml", "nested.toml"]\n' + SOUND)
        self.assertEqual("a.toml: include: there is no file 'none.toml'", faults[0])
        self.assertIn("bad.toml: is not TOML", faults[1])
        self.assertIn("nested.toml: include: is not known here", faults[2])

    def test_what_python_itself_refuses(self) -> None:
        """One line with the file, no traceback: depths and digits that the reader of TOML does not look at."""
        for text, what in (
            ("a = " + "[" * 5_000, "tables and lists may be 40 deep"),
            ("a = " + "{ b = " * 5_000, "tables and lists may be 40 deep"),
            ("a" + ".a" * 3_000 + " = 1", "a: tables and lists may be 40 deep"),
            ("[b" + ".a" * 50 + "]", "b: tables and lists may be 40 deep"),
            ("c = " + "[" * 50 + "]" * 50, "c: tables and lists may be 40 deep"),
            ("a = " + "1" * 5_000, "a number has too many digits"),
        ):
            self.write(text, "bad.toml")
            self.assertEqual([f"bad.toml: is not TOML: {what}"], self.faults('include = ["bad.toml"]\n' + SOUND))

    def test_a_file_is_read_once(self) -> None:
        """However many patterns fit it, the main file's own included."""
        self.write("[link.mtn]\nrate = 5\n", "b.toml")
        self.load('include = ["*.toml", "b.toml", "a.toml"]\n' + SOUND)

    def test_include_is_a_list_of_names(self) -> None:
        """And a file that is no UTF-8 is told like any other that cannot be read."""
        self.assertEqual(["a.toml: include: must be a list of file names"], self.faults("include = 5\n" + SOUND))
        (self.folder / "b.toml").write_bytes(b"\xff")
        self.assertEqual(["b.toml: is not UTF-8"], self.faults('include = ["b.toml"]\n' + SOUND))

    def test_no_file_at_all(self) -> None:
        """One line, no traceback."""
        error = self.assertRaises(SettingsError, loading.load, "none.toml")
        self.assertEqual(("none.toml: cannot be read: No such file or directory",), error.faults)
