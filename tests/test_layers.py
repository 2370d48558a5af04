"""Who may know whom. Arrows point down the table, never up; a line here is changed on purpose or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parent.parent / "chanserv"

LONGEST = 300  # lines of a module

# Packages of others that carry sockets, threads, files or a web framework: known only where a line says so.
FOREIGN = ("automat", "klein", "sqlite3", "treq", "twisted")

EVERYTHING = ""  # of ours
# Words for several parts at once. A part holds all that is below it: "links" is every module of links/.
VALUES = ("message", "errors", "operations", "settings", "interfaces", "meter")
STORE = (*VALUES, "store", "rules", "text")
# What a kind of link may speak in, whatever it speaks: values, and rules that know no kind.
SPOKEN = (
    *("links.base", "links.events", "links.terms", "links.pulse", "links.window", "links.spacing", "links.meanings"),
    *("links.peer.behaviour", "links.peer.desk"),
)
# Our end of every kind of link, and the carrier's: each knows no kind.
JOINED = (
    *("links.account", "links.callers", "links.seat", "links.protocol", "links.sent"),
    *("links.hearing", "links.formers"),
)
# A link that hands its parts over as requests.
HTTP_LINK = (*VALUES, "profiles", "text", "reference", "seldom", "links.rest", "twisted")
PROFILES = ("profiles", "errors", "message", "text")
SIMULATED = ("links.peer.carrier", "links.peer.connection")

PROFILE_COMMANDS = (
    *("cli.profile", "cli.profile_new", "cli.profile_table", "cli.profile_told", "cli.profile_written"),
    "cli.profiles",
)

# A part of chanserv: what it may know, of ours and of FOREIGN. Of two lines that fit a module the longer rules; what
# fits none may know nothing.
MAY_KNOW: dict[str, tuple[str, ...]] = {
    # values, and what is decided about them
    "states": (),
    "reference": (),
    "message": ("states",),
    "errors": (),
    "results": ("message",),
    "operations": ("message", "results", "rules.terms"),
    "settings": ("settings", "text.cutting"),
    "interfaces": ("message", "operations", "twisted.internet.defer"),
    "meter": VALUES,
    "text": ("text", "message", "errors"),
    "text.cutting": (),
    "rules": ("rules", "message", "operations", "text"),
    "trial": (*VALUES, "text"),
    "routing": (*VALUES, "text", "trial"),
    # HTTP, whoever speaks it: listened to, served, asked
    "web": ("twisted",),
    "site": ("web", "twisted", "klein"),
    "http": ("errors", "twisted"),
    # from the platform to a lane and back
    "platform": (*VALUES, "platform", "text", "logs", "seldom", "web", "site", "http", "twisted", "klein", "treq"),
    "platform.courier": (),
    "platform.dialects": (*VALUES, "platform.dialects", "text"),
    "router": (*VALUES, "text", "routing", "lane", "rules", "twisted"),
    "inquiry": (*VALUES, "lane", "twisted"),
    "detours": (*VALUES, "lane", "routing", "twisted"),
    "sweep": (*VALUES, "lane", "detours", "twisted"),
    "lane": (*VALUES, "trial", "alarm", "pace", "governor", "claims", "backlog", "twisted"),
    "backlog": (*VALUES, "alarm", "claims", "twisted"),
    "pace": (*VALUES, "twisted.internet.interfaces"),
    "governor": ("pace",),
    "claims": VALUES,
    **dict.fromkeys(("alarm", "seldom"), ("twisted.internet.interfaces",)),
    # What the store decides is pure; who commits knows Twisted, who keeps rows knows SQLite, and neither both.
    "store": STORE,
    "store.answers": (*STORE, "reference"),
    **dict.fromkeys(("store.batch", "store.memory", "store.process"), (*STORE, "twisted")),
    **dict.fromkeys(("store.migrations", "store.rows", "store.sqlite", "store.writer"), (*STORE, "sqlite3")),
    # Every kind of link: our end, the carrier's, and how a connection is made (which knows nothing of what is said).
    "keeper": (*VALUES, "twisted.internet", "twisted.logger", "automat"),
    "links": (*VALUES, "links"),
    "links.base": (*VALUES, "links.events"),
    "links.events": VALUES,
    **dict.fromkeys(("links.terms", "links.pulse", "links.window"), ()),
    "links.spacing": ("text",),
    "links.meanings": ("message",),
    **dict.fromkeys(JOINED, (*VALUES, *SPOKEN, *JOINED, "links.wire", "keeper", "alarm", "seldom", "twisted")),
    "links.sent": ("message",),
    "links.wire": (*VALUES, "links.wire", "seldom", "twisted"),
    "links.peer": ("links.peer",),
    **dict.fromkeys(SIMULATED, (*SPOKEN, *SIMULATED, "links.peer", "alarm", "twisted")),
    "links.peer.trades": ("links",),
    # One kind: octets, rules and times, all of it pure; only its table of parts (`link`) knows what joins them.
    "links.smpp": (*VALUES, "text", *SPOKEN, "links.smpp"),
    "links.smpp.codec": ("errors", "links.smpp"),
    "links.smpp.pdus": ("errors", "links.smpp"),
    "links.smpp.link": (*VALUES, "links.account", "links.smpp"),
    "links.ucp": (*VALUES, "text", *SPOKEN, "links.ucp"),
    "links.ucp.codec": ("errors", "links.ucp"),
    "links.ucp.operations": ("links.ucp.fields",),
    "links.ucp.link": (*VALUES, "links.account", "links.ucp"),
    "links.cimd2": (*VALUES, "text", *SPOKEN, "links.cimd2"),
    "links.cimd2.codec": ("errors", "links.cimd2"),
    "links.cimd2.packets": (),
    "links.cimd2.link": (*VALUES, "links.account", "links.cimd2"),
    # Accounts at REST providers: what profiles say, with connections, time and the router; and those of a kind alike.
    "links.rest": (*HTTP_LINK, "alarm", "keeper", "http"),
    "links.rest.calls": (*VALUES, "profiles", "links.wire", "http", "twisted", "treq"),
    "links.rest.way": (*VALUES, "alarm", "keeper", "twisted"),
    "links.rest.tokens": (*VALUES, "profiles", "links.rest.calls", "twisted"),
    **dict.fromkeys(
        ("links.rest.elsewhere", "links.rest.gated"), (*VALUES, "profiles", "http", "links.rest.calls", "twisted")
    ),
    # The provider's end knows nothing of a link, nor of the router.
    "links.rest.behaviour": (),
    "links.rest.messenger": ("links.rest.behaviour", "profiles", "http", "twisted"),
    "links.rest.exchange": ("profiles",),
    "links.rest.judge": (*VALUES, "profiles", "http", "seldom", "links.rest", "twisted.logger"),
    "links.rest.stops": (*VALUES, "links.rest.news", "twisted.logger"),
    "links.rest.peer": (
        *("links.rest.behaviour", "links.rest.exchange", "links.rest.messenger", "links.peer.record"),
        *("profiles", "twisted"),
    ),
    "links.rest.turns": ("twisted.internet.defer",),
    "links.rest.doors": (*HTTP_LINK, "web", "site", "klein"),
    "links.rest.door": (*HTTP_LINK, "web"),
    **dict.fromkeys(("links.rest.news", "links.rest.speech"), (*VALUES, "profiles", "reference", "text")),
    "links.external": (*HTTP_LINK, "links.external"),
    "links.external.codec": (*VALUES, "profiles", "text"),
    "links.external.door": (*HTTP_LINK, "links.external.codec", "web"),
    "links.external.doors": (*HTTP_LINK, "links.external", "web", "site", "klein"),
    # What a tunnel's state means is pure; who asks for it knows Twisted. No link, no gateway.
    "tunnels": ("errors", "tunnels"),
    "tunnels.charon": ("errors", "tunnels", "twisted"),
    "tunnels.command": ("errors", "tunnels", "twisted"),
    "tunnels.looks": (*VALUES, "tunnels", "twisted"),
    "tunnels.watch": (*VALUES, "tunnels", "twisted"),
    "tunnels.fleet": (*VALUES, "tunnels", "twisted.internet.defer"),
    # The page and the command show what there is: values, and their own; never a store, a router or a link.
    "console": (*VALUES, "console", "text", "logs", "web", "trial", "twisted", "klein"),
    "cli": (*VALUES, "cli", "console.story", "loading", "logs", "twisted", "treq"),
    "cli.add": (*VALUES, "cli", "loading", "toml"),
    # `trace` while the gateway is down: reads the file, never writes it.
    "cli.kept": (*VALUES, "cli", "console.story", "store", "sqlite3"),
    # The simulators are the peers of the tests, with a port, a voice and an ear.
    "cli.orders": ("errors", "links.peer.behaviour", "links.rest.behaviour"),
    "cli.ear": ("cli", "links.peer.carrier", "twisted"),
    "cli.aggregator": (*VALUES, "cli", "console.story", "links.rest", "profiles", "twisted", "treq"),
    **dict.fromkeys(PROFILE_COMMANDS, ("cli", "errors", "loading", "profiles", "toml")),
    "cli.simulate": (*VALUES, "cli", "console.story", "links", "platform", "twisted", "treq"),
    "cli.demo": (*VALUES, "cli", "console.story", "loading", "links", "platform", "twisted", "treq"),
    "peers": ("cli.simulate", "errors", "twisted"),
    # The language of REST profiles: values in, values out. Only what reads their tables knows how TOML is read.
    "profiles": PROFILES,
    "profiles.cases": (*PROFILES, "toml.faults", "toml.files", "toml.shapes"),
    "profiles.reading": (*PROFILES, "toml.faults", "toml.files", "toml.shapes"),
    "profiles.stub": (*PROFILES, "reference"),
    "profiles.shelf": (*PROFILES, "toml.faults", "toml.files"),
    # from a file to a running gateway, which alone knows all
    "toml": ("toml", "errors", "settings.common"),
    "loading": (
        *("loading", "toml", "profiles", "settings", "errors", "text.numbers"),
        *("twisted.logger", "twisted.internet.endpoints"),
    ),
    "logs": ("twisted.logger",),
    # What comes while it runs: judged by the loader, kept as a file, and handed to whoever puts it to work.
    "additions": (*VALUES, "loading.adding", "toml.keeping", "twisted"),
    "store_terms": (*VALUES, "rules.terms"),
    "gateway": (EVERYTHING, "twisted"),
    "tap": ("gateway", "loading", "errors", "twisted"),
}


# The other ends: of commands and of tests. A gateway that runs holds none of them, not even by way of others.
SIMULATORS = (
    *("links.peer", "links.smpp.trade", "links.ucp.trade", "links.cimd2.trade", "platform.peer", "platform.courier"),
    *("links.rest.behaviour", "links.rest.exchange", "links.rest.messenger", "links.rest.peer"),
    *("profiles.stub", "profiles.trying", "profiles.verify.signing", "peers", "cli"),
)


@cache
def modules() -> list[tuple[str, ast.Module]]:
    """Every module by its name below chanserv."""
    return [(named(path), ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(ROOT.rglob("*.py"))]


def named(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of what is imported; `from package import x` is package.x where the package is ours."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if (ROOT.parent / module.replace(".", "/")).is_dir():
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Import(names=names):
                yield from (alias.name for alias in names)


def within(name: str, parts: tuple[str, ...]) -> bool:
    return any(part == name or name.startswith(part + ".") for part in parts)


def allowed(name: str) -> tuple[str, ...]:
    """What the line of the longest part that holds `name` says."""
    return MAY_KNOW.get(max((part for part in MAY_KNOW if within(name, (part,))), key=len, default=""), ())


class LayerTests(SynchronousTestCase):
    """The table above, and two habits."""

    def test_arrows(self) -> None:
        """No module imports what its part may not know."""
        wrong = []
        for name, tree in modules():
            may = allowed(name)
            for seen in imports(tree):
                known = seen.removeprefix("chanserv.")
                judged = within(seen, FOREIGN) or known not in (seen, "__version__")
                if judged and not within(known, may) and (EVERYTHING not in may or known == seen):
                    wrong.append(f"{name} knows {seen}")
        self.assertEqual([], wrong)

    def test_no_simulator_is_in_a_gateway(self) -> None:
        """What `tap` and the writer need, and what that needs, and so on."""
        known = {name: [seen.removeprefix("chanserv.") for seen in imports(tree)] for name, tree in modules()}
        found, ahead = set[str](), ["tap", "store.child"]
        while ahead:
            name = ahead.pop()
            found.add(name)
            ahead += [
                each for seen in known[name] for each in (seen, seen.rpartition(".")[0]) if each in known.keys() - found
            ]
        self.assertIn("store.sqlite", found)
        self.assertEqual([], sorted(name for name in found if within(name, SIMULATORS)))

    def test_no_line_is_left_over(self) -> None:
        """Each speaks of a part that is there, and of parts that are."""
        there = {name for name, _ in modules()}
        spoken = {*MAY_KNOW, *(part for may in MAY_KNOW.values() for part in may)} - {EVERYTHING}
        self.assertEqual([], sorted(part for part in spoken - there if not within(part, FOREIGN)))

    def test_every_module_says_what_it_is(self) -> None:
        """Empty ones need not."""
        self.assertEqual([], [name for name, tree in modules() if tree.body and not ast.get_docstring(tree)])

    def test_no_module_is_long(self) -> None:
        """One that passes 300 lines is two things."""
        long = [path.name for path in ROOT.rglob("*.py") if path.read_text("utf-8").count("\n") > LONGEST]
        self.assertEqual([], long)

    def test_no_module_chooses_a_reactor(self) -> None:
        """`from twisted.internet import reactor` at the top of a module installs one for everybody."""
        wrong = []
        for name, tree in modules():
            inside = {id(n) for f in ast.walk(tree) if isinstance(f, FUNCTIONS) for n in ast.walk(f)}
            for node in ast.walk(tree):
                match node:
                    case ast.ImportFrom(module="twisted.internet", names=names) if id(node) not in inside:
                        wrong += [name for alias in names if alias.name == "reactor"]
        self.assertEqual([], wrong)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
