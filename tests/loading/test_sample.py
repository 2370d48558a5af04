"""The settings files that are shipped: sound, whole and true."""

from __future__ import annotations

import os
import re
from pathlib import Path

import attrs

from chanserv import loading
from chanserv.settings import (
    ChannelSettings,
    GatewaySettings,
    InboundRule,
    PlatformSettings,
    RouteMatch,
    RouteRule,
    SmppSettings,
)
from tests.loading.folder import Folder

ETC = Path(__file__).parent.parent.parent / "etc"


class SampleTests(Folder):
    """etc/chanserv.toml and etc/demo.toml."""

    def sample(self) -> str:
        """etc/chanserv.toml, with the secrets it asks for in the environment."""
        names = ("CHANSERV_CONSOLE_TOKEN", "CLARO_AUTHORIZATION", "CLARO_PASSWORD", "CLARO_URL_SECRET")
        self.patch(os, "environ", {**os.environ, **dict.fromkeys(names, "x")})
        return (ETC / "chanserv.toml").read_text(encoding="utf-8")

    def test_the_sample_is_sound(self) -> None:
        """As it is shipped, without a warning."""
        self.sample()
        self.assertEqual((), loading.read(str(ETC / "chanserv.toml")).warnings)

    def test_the_sample_holds_what_there_is(self) -> None:
        """With its comments uncommented it loads, so nothing in it is unknown; and no key is left out of it."""
        text = re.sub(r"(?m)^# (?=include|\[|[a-z_]+ = )", "", self.sample())
        self.write("", "platform-ca.pem")
        self.write("", "conf.d/empty.toml")
        self.load(text)
        for cls in (
            GatewaySettings,
            PlatformSettings,
            ChannelSettings,
            SmppSettings,
            InboundRule,
            RouteRule,
            RouteMatch,
        ):
            for field in attrs.fields(cls):
                if field.name != "name":
                    self.assertRegex(text, rf"(?m)(^|\{{ |, ){field.name} = ", cls.__name__)

    def test_the_sample_tells_the_defaults(self) -> None:
        """A commented key that is no example, uncommented, changes nothing."""
        text = self.sample()
        plain = re.sub(r"(?m)^# (?=[a-z_]+ = (?!.*# example))", "", text.partition("# Examples.")[0])
        self.assertNotEqual(text, plain)
        self.assertEqual(self.load(text), self.load(plain))

    def test_the_demo_is_sound_but_for_its_literals(self) -> None:
        """etc/demo.toml: three secrets for show."""
        self.assertEqual(3, len(loading.read(str(ETC / "demo.toml")).warnings))
