"""The pages for operators name what there is, with its true default: an option that is not told is not there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.cli import parser
from chanserv.console.metrics import Metrics
from chanserv.links.peer.behaviour import Behaviour
from chanserv.links.rest.behaviour import Behaviour as Aggregate
from chanserv.profiles import hooks, shape
from chanserv.profiles.cases import CaseTest
from chanserv.profiles.filters import FILTERS
from chanserv.profiles.reading import SENT
from chanserv.profiles.sending import SIGNED
from chanserv.profiles.verify import checks
from chanserv.settings import (
    Cimd2Settings,
    ExternalSettings,
    ReceiptSettings,
    RestSettings,
    SmppSettings,
    TlsSettings,
    TlvSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.settings.carrier import CarrierSettings
from chanserv.settings.links import SocketSettings
from chanserv.settings.rest import HttpSettings
from tests.cli.test_check import call

TERM = re.compile(r"(?m)^``[^`\n]+``(?: \((?:mandatory|absent)\))?$")
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.rst"
TOLD: dict[str, type[attrs.AttrsInstance]] = {  # the heading in links.rst, and whose keys stand below it
    "What every kind has": CarrierSettings,
    "What SMPP, UCP/EMI and CIMD2 have": SocketSettings,
    "TLS": TlsSettings,
    "SMPP": SmppSettings,
    "Optional parameters": TlvSettings,
    "Receipts that differ": ReceiptSettings,
    "UCP/EMI": UcpSettings,
    "CIMD2": Cimd2Settings,
    "What REST and External API have": HttpSettings,
    "REST aggregators": RestSettings,
    "External API": ExternalSettings,
    "Tunnels": TunnelSettings,
}
KEYS: dict[str, type[attrs.AttrsInstance]] = {  # likewise in profiles.rst
    "profile": shape.About,
    "send": shape.SendTable,
    "send.token": shape.TokenTable,
    "send.sign": shape.SignTable,
    "send.reply": shape.ReplyTable,
    "send.reply.case": shape.CaseTable,
    "verify": shape.VerifyTable,
    "hook": shape.HookTable,
    "concat of a hook": shape.ConcatTable,
    "answer": shape.AnswerTable,
    "test": CaseTest,
}
NO_KEYS = {"provider", "public_url"}  # of links that go over HTTP: the loader puts them there


def sections(page: str) -> Mapping[str, str]:
    """What stands below each heading of the second order."""
    _, *rest = re.split(r"(?m)^(.+)\n-{3,}\n", page)
    return dict(zip(rest[::2], rest[1::2], strict=True))


def term(field: attrs.Attribute[object]) -> str:
    """How links.rst heads a key: its name, and its default as it would be written."""
    name, default = field.metadata.get("key", field.name), field.default
    if default is attrs.NOTHING:
        return f"``{name}`` (mandatory)"
    if isinstance(default, bool):
        return f"``{name} = {str(default).lower()}``"
    if isinstance(default, str):
        return f'``{name} = "{default}"``'
    if isinstance(default, int | float):
        return f"``{name} = {default:g}``"
    return f"``{name}`` (absent)"


def terms(cls: type[attrs.AttrsInstance]) -> list[str]:
    """Of every key it has, inherited ones too."""
    return [term(field) for field in attrs.fields(cls) if field.name not in NO_KEYS]


class LinksTests(SynchronousTestCase):
    """docs/links.rst"""

    def test_every_option_is_told_with_its_default(self) -> None:
        """In the section of the class that first has it so, once; and nothing is told that is not there."""
        told = sections((DOCS / "links.rst").read_text(encoding="utf-8"))
        self.assertEqual(list(TOLD), list(told))
        for heading, cls in TOLD.items():
            expected = set(terms(cls)).difference(*(terms(base) for base in cls.__mro__[1:] if attrs.has(base)))
            self.assertEqual(sorted(expected), sorted(TERM.findall(told[heading])), heading)

    def test_every_option_has_words(self) -> None:
        """A name and a default alone say nothing."""
        page = (DOCS / "links.rst").read_text(encoding="utf-8")
        following = [page[match.end() :].removeprefix("\n") for match in TERM.finditer(page)]
        self.assertEqual([], [rest[:20] for rest in following if not re.match(r"   \S", rest)])

    def test_defaults_of_tables_are_seen(self) -> None:
        """The rule above is no tautology: a default that changes changes the line."""
        self.assertEqual("``rate = 50``", term(attrs.fields(SocketSettings).rate))
        self.assertEqual("``tls`` (absent)", term(attrs.fields(SocketSettings).tls))
        self.assertEqual('``bind = "transceiver"``', term(attrs.fields(SmppSettings).bind))


class ProfilesTests(SynchronousTestCase):
    """docs/profiles.rst"""

    def setUp(self) -> None:
        self.told = sections((DOCS / "profiles.rst").read_text(encoding="utf-8"))

    def test_every_key_is_told_with_its_default(self) -> None:
        """Below the heading of its table, and nothing that is not there."""
        for heading, cls in KEYS.items():
            self.assertEqual(sorted(terms(cls)), sorted(TERM.findall(self.told[heading])), heading)

    def test_every_key_has_words(self) -> None:
        """A name and a default alone say nothing."""
        told = "".join(self.told[heading] for heading in KEYS)
        following = [told[match.end() :].removeprefix("\n") for match in TERM.finditer(told)]
        self.assertEqual([], [rest[:20] for rest in following if not re.match(r"   \S", rest)])

    def test_every_filter_has_its_row(self) -> None:
        """One: the name, with what stands behind its colon."""
        rows = re.findall(r"(?m)^``(\w+)", self.told["Filters"])
        self.assertEqual(sorted(FILTERS), sorted(set(rows)))

    def test_every_name_is_told(self) -> None:
        """What a request, a webhook and a signature may name."""
        named = self.told["What may be named"]
        self.assertEqual({*SENT, "hook"}, {name.split(".")[0] for name in re.findall(r"(?m)^``([\w.…]+)``", named)})
        for name in (*SIGNED, *checks.NAMED):
            self.assertRegex(named, rf"``{name}[`.]")
        for name in hooks.NAMED:
            self.assertRegex(named, rf"``\${name}[`.]")


class RehearsalTests(SynchronousTestCase):
    """docs/rehearsal.rst"""

    def test_every_quirk_is_told_with_its_default(self) -> None:
        """The simulator's options are the fields of `Behaviour`."""
        told = sections((DOCS / "rehearsal.rst").read_text(encoding="utf-8"))
        expected = [term(field) for field in attrs.fields(Behaviour)]
        self.assertEqual(expected, TERM.findall(told["Every option of the simulator"]))
        aggregate = [term(field) for field in attrs.fields(Aggregate)]
        self.assertEqual(aggregate, TERM.findall(told["Every option of the simulated aggregator"]))


class ProvidersTests(SynchronousTestCase):
    """docs/providers.rst"""

    def test_it_is_what_the_profiles_say(self) -> None:
        """A profile that is new or changed changes the page: `chanserv profile list --rst > docs/providers.rst`."""
        status, out, err = call("profile", "list", "--rst")
        self.assertEqual((0, ""), (status, err))
        self.assertEqual((DOCS / "providers.rst").read_text(encoding="utf-8").splitlines(), out.splitlines())


class PagesTests(SynchronousTestCase):
    """All pages."""

    def test_the_index_lists_every_page(self) -> None:
        """Those that there are."""
        index = (DOCS / "index.rst").read_text(encoding="utf-8")
        pages = {path.stem for path in DOCS.glob("*.rst")} - {"index"}
        self.assertEqual(set(), pages - set(re.findall(r"(?m)^   (\w+)$", index)))

    def test_the_tree_of_the_readme_is_the_tree(self) -> None:
        """Every module and folder of chanserv has its place there, and no module that is gone."""
        tree = README.read_text(encoding="utf-8").partition("    chanserv/\n")[2].partition("\n    tests/")[0]
        modules = {path.name for path in (ROOT / "chanserv").glob("*.py")} - {"__init__.py"}
        self.assertEqual(modules, set(re.findall(r"\b[a-z_]+\.py\b", tree)))
        folders = {f"{path.parent.name}/" for path in (ROOT / "chanserv").glob("*/__init__.py")}
        self.assertEqual(set(), {folder for folder in folders if f" {folder}" not in tree})

    def test_metrics_that_are_named_exist(self) -> None:
        """Whoever copies a name into an alarm must find it."""
        exposed = Metrics().text(None, (), 0.0, {}).decode()
        names = set(re.findall(r"(?m)^# TYPE (\w+)", exposed))
        for page in DOCS.glob("*.rst"):
            told = set(re.findall(r"``(chanserv_\w+)", page.read_text(encoding="utf-8")))
            self.assertEqual(set(), told - names, page.name)

    def test_commands_can_be_copied(self) -> None:
        """Each `chanserv` of a literal block is one that the command takes."""
        seen = 0
        for page in (README, *DOCS.glob("*.rst")):
            for line in re.findall(r"(?m)^    (chanserv .+)$", page.read_text(encoding="utf-8")):
                _, *words = shlex.split(line, comments=True)
                parser(words[0]).parse_args(words)
                seen += 1
        self.assertGreater(seen, 3)
