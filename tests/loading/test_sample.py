"""The settings files that are shipped: sound, whole and true."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from chanserv import loading
from chanserv.settings import (
    ChannelSettings,
    Cimd2Settings,
    ExternalSettings,
    GatewaySettings,
    InboundRule,
    PlatformSettings,
    ReceiptSettings,
    RestSettings,
    RouteMatch,
    RouteRule,
    SmppSettings,
    TlsSettings,
    TlvSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.settings.carrier import CarrierSettings
from chanserv.settings.links import SocketSettings
from tests.cli.test_check import call
from tests.loading.folder import Folder

ENV = re.compile(r'env = "(\w+)"')
LONG = "what-nobody-guesses"  # of a path
ETC = Path(__file__).parent.parent.parent / "etc"


class SampleTests(Folder):
    """etc/chanserv.toml and etc/demo.toml."""

    def sample(self) -> str:
        """etc/chanserv.toml, with the secrets and files it asks for."""
        text = (ETC / "chanserv.toml").read_text(encoding="utf-8")
        secrets = {name: LONG if "HOOK" in name or "URL" in name else "secret" for name in ENV.findall(text)}
        self.patch(os, "environ", {**os.environ, **secrets})
        for name in re.findall(r'"([\w-]+\.(?:pem|key))"', text):
            self.write("", name)
        self.write("", "conf.d/empty.toml")
        self.write("", "profiles/README")
        return text

    def test_the_sample_is_sound(self) -> None:
        """As it is shipped, without a warning."""
        self.sample()
        self.assertEqual((), loading.read(str(ETC / "chanserv.toml")).warnings)

    def test_the_sample_holds_what_there_is(self) -> None:
        """With its comments uncommented it loads, so nothing in it is unknown; and no key is left out of it."""
        text = re.sub(r"(?m)^##? (?=include|\[|[a-z_]+ = )", "", self.sample())
        self.load(text)
        for keys, tables in shown(tomllib.loads(text)):
            self.assertEqual(set(), keys.difference(*tables), tables)

    def test_the_sample_tells_the_defaults(self) -> None:
        """A commented key that is no example, uncommented, changes nothing; nor do the doubly commented of examples."""
        head, _, examples = self.sample().partition("# Examples")
        examples = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", examples)
        text = head + "# Examples" + examples
        plain = re.sub(r"(?m)^# (?=[a-z_]+ = (?!.*# example))", "", head) + "# Examples"
        plain += re.sub(r"(?m)^## (?=[a-z_]+ = )", "", examples)
        self.assertNotEqual(text, plain)
        self.assertEqual(self.load(text), self.load(plain))

    def test_the_profiles_are_sound(self) -> None:
        """etc/profiles: each with cases, which hold."""
        for path in sorted((ETC / "profiles").iterdir()):
            status, out, _ = call("profile", "test", str(path))
            self.assertEqual(0, status, out)
            self.assertIn("all as they say", out)

    def test_the_demo_is_sound_but_for_its_literals(self) -> None:
        """etc/demo.toml: three secrets for show."""
        self.assertEqual(3, len(loading.read(str(ETC / "demo.toml")).warnings))


def names(cls: type[attrs.AttrsInstance], *but: str) -> set[str]:
    """The keys of a table that is read as `cls`."""
    return {field.name for field in attrs.fields(cls)}.difference(but)


def shown(tree: dict[str, Any]) -> Iterator[tuple[set[str], list[dict[str, Any]]]]:
    """The keys of every class of settings, and the tables of the sample that show them."""
    links = {link["kind"]: link for link in tree["link"].values()}
    shared = names(SocketSettings)
    yield names(GatewaySettings), [tree["gateway"]]
    yield names(PlatformSettings, "name"), list(tree["platform"].values())
    yield names(ChannelSettings, "name"), list(tree["channel"].values())
    yield names(SmppSettings, "name", "test_numbers"), [links["smpp"]]
    yield names(UcpSettings, *shared), [links["ucp"]]
    yield names(Cimd2Settings, *shared), [links["cimd2"]]
    own = {*names(CarrierSettings, "phase", "test_numbers", "rate"), "provider", "public_url"}
    yield names(RestSettings, *own), [links["rest"]]
    yield names(ExternalSettings, *own, "phase", "test_numbers"), [links["external"]]
    yield names(TlsSettings), [links["smpp"]["tls"]]
    yield names(ReceiptSettings), [links["smpp"]["receipt"]]
    yield names(TlvSettings), links["smpp"]["tlvs"]
    yield names(TunnelSettings, "name"), list(tree["tunnel"].values())
    yield names(InboundRule), tree["inbound"]
    yield names(RouteRule), tree["route"]
    yield names(RouteMatch), [rule["match"] for rule in tree["route"]]
