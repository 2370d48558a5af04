"""Who may know whom. Arrows point down the table, never up; a line here is changed on purpose or not at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parent.parent / "chanserv"

# Foreign packages that carry sockets, threads, files or a web framework.
FOREIGN = ("klein", "sqlite3", "treq", "twisted", "automat")
SPOKEN = ("links.base", "links.events", "links.window", "links.spacing", "links.peer.behaviour", "links.peer.desk")
JOINED = ("links.account", "links.callers", "links.seat", "links.protocol", "links.hearing", "links.formers")
SIMULATED = ("links.peer.carrier", "links.peer.connection")
VALUES = ("message", "errors", "operations", "settings", "interfaces", "meter")

# part of chanserv -> what it may know: of ours (by prefix), and of FOREIGN. The longest part that fits rules.
MAY_KNOW: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "states": ((), ()),
    "message": (("states",), ()),
    "errors": ((), ()),
    "settings": (("settings", "text.cutting"), ()),
    "results": (("message",), ()),
    "operations": (("message", "results"), ()),
    "interfaces": (("message", "operations"), ("twisted.internet.defer",)),
    "meter": (VALUES, ()),
    "text": (("text", "message", "errors"), ()),
    "text.cutting": ((), ()),
    "rules": (("rules", "message", "operations", "text"), ()),
    "routing": ((*VALUES, "text"), ()),
    "pace": (VALUES, ("twisted.internet.interfaces",)),
    "alarm": ((), ("twisted.internet.interfaces",)),
    "governor": (("pace",), ()),
    "keeper": (VALUES, ("twisted.internet", "twisted.logger", "automat")),
    "claims": (VALUES, ()),
    "lane": ((*VALUES, "alarm", "pace", "governor", "claims"), ("twisted",)),
    "router": ((*VALUES, "text", "routing", "lane", "rules"), ("twisted",)),
    "inquiry": ((*VALUES, "lane"), ("twisted",)),
    "detours": ((*VALUES, "lane", "routing"), ("twisted",)),
    # What the store decides is pure; who commits knows Twisted, who keeps rows knows SQLite, and neither both.
    "store": ((*VALUES, "store", "rules", "text"), ()),
    "store.batch": ((*VALUES, "store", "rules", "text"), ("twisted",)),
    "store.memory": ((*VALUES, "store", "rules", "text"), ("twisted",)),
    "store.process": ((*VALUES, "store", "rules", "text"), ("twisted",)),
    "store.migrations": ((*VALUES, "store", "rules", "text"), ("sqlite3",)),
    "store.rows": ((*VALUES, "store", "rules", "text"), ("sqlite3",)),
    "store.sqlite": ((*VALUES, "store", "rules", "text"), ("sqlite3",)),
    "store.writer": ((*VALUES, "store", "rules", "text"), ("sqlite3",)),
    "web": ((), ("twisted",)),
    "platform": ((*VALUES, "platform", "text", "logs", "web"), ("twisted", "klein", "treq")),
    "platform.dialects": ((*VALUES, "platform.dialects", "text"), ()),
    "platform.courier": ((), ()),
    "links": ((*VALUES, "links"), ()),
    # What all kinds share knows no kind.
    **dict.fromkeys(JOINED, ((*VALUES, *SPOKEN, *JOINED, "links.wire", "keeper"), ("twisted",))),
    # How a connection is made knows nothing of what is said on it.
    "links.wire": ((*VALUES, "links.wire"), ("twisted",)),
    "links.base": ((*VALUES, "links.events"), ()),
    "links.events": (VALUES, ()),
    "links.window": ((), ()),
    # The simulated carrier knows desks and trades, no kind; only the table of trades does.
    "links.peer": (("links.peer",), ()),
    **dict.fromkeys(SIMULATED, ((*SPOKEN, *SIMULATED, "links.peer"), ("twisted",))),
    "links.peer.trades": (("links",), ()),
    # A protocol's octets, rules and times are pure; its glue and its simulator are not.
    "links.smpp": ((*VALUES, "text", *SPOKEN, "links.smpp"), ()),
    "links.smpp.codec": (("errors", "links.smpp"), ()),
    "links.smpp.pdus": (("errors", "links.smpp"), ()),
    "links.smpp.link": ((*VALUES, "links.account", "links.smpp"), ()),
    "links.smpp.peer": ((*VALUES, "links"), ()),
    "links.spacing": (("text",), ()),
    "links.ucp": ((*VALUES, "text", *SPOKEN, "links.ucp"), ()),
    "links.ucp.codec": (("errors", "links.ucp"), ()),
    "links.ucp.operations": (("links.ucp.fields",), ()),
    "links.ucp.link": ((*VALUES, "links.account", "links.ucp"), ()),
    "links.cimd2": ((*VALUES, "text", *SPOKEN, "links.spacing", "links.cimd2"), ()),
    "links.cimd2.codec": (("errors", "links.cimd2"), ()),
    "links.cimd2.packets": ((), ()),
    "links.cimd2.link": ((*VALUES, "links.account", "links.cimd2"), ()),
    # What a tunnel's state means is pure; who asks for it knows Twisted. No link, no gateway.
    "tunnels": (("errors", "tunnels"), ()),
    "tunnels.charon": (("errors", "tunnels"), ("twisted",)),
    "tunnels.command": (("errors", "tunnels"), ("twisted",)),
    "tunnels.looks": ((*VALUES, "tunnels"), ("twisted",)),
    "tunnels.watch": ((*VALUES, "tunnels"), ("twisted",)),
    "tunnels.fleet": ((*VALUES, "tunnels"), ("twisted.internet.defer",)),
    "loading": (("loading", "settings", "errors"), ("twisted.logger", "twisted.internet.endpoints")),
    "logs": ((), ("twisted.logger",)),
    # The page and the command show what there is: values, and their own; never a store, a router or a link.
    "console": ((*VALUES, "console", "text", "logs", "web"), ("twisted", "klein")),
    "cli": ((*VALUES, "cli", "console.story", "loading", "logs"), ("twisted", "treq")),
    "cli.orders": (("errors", "links.peer.behaviour"), ()),
    # The simulators are the peers of the tests, with a port, a voice and an ear.
    "cli.ear": (("cli", "links.peer.carrier"), ("twisted",)),
    "cli.simulate": ((*VALUES, "cli", "console.story", "links", "platform"), ("twisted", "treq")),
    "cli.demo": ((*VALUES, "cli", "console.story", "loading", "links", "platform"), ("twisted", "treq")),
    # `trace` while the gateway is down: reads the file, never writes it.
    "cli.kept": ((*VALUES, "cli", "console.story", "store"), ("sqlite3",)),
    "peers": (("cli.simulate", "errors"), ("twisted",)),
    "gateway": (("",), ("twisted",)),
    "tap": (("gateway", "loading", "errors"), ("twisted",)),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module by its name below chanserv."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").removesuffix(".")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


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


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(prefix in ("", name) or name.startswith(prefix + ".") for prefix in prefixes)


def allowed(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rule of the longest part that holds `name`; what has none may know nothing."""
    return MAY_KNOW.get(max((part for part in MAY_KNOW if within(name, (part,))), key=len, default=""), ((), ()))


class LayerTests(SynchronousTestCase):
    """The table above, and two habits."""

    def test_arrows(self) -> None:
        """No module imports what its part may not know."""
        wrong = []
        for name, tree in modules():
            ours, foreign = allowed(name)
            for seen in imports(tree):
                known = seen.removeprefix("chanserv.")
                if known != seen and not within(known, ours) and known != "__version__":
                    wrong.append(f"{name} knows {seen}")
                if within(seen, FOREIGN) and not within(seen, foreign):
                    wrong.append(f"{name} knows {seen}")
        self.assertEqual([], wrong)

    def test_every_module_says_what_it_is(self) -> None:
        """Empty ones need not."""
        self.assertEqual([], [name for name, tree in modules() if tree.body and not ast.get_docstring(tree)])

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
