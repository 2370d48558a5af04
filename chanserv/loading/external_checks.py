"""What must hold between the keys of a link to an External-API device: it is asked for a text, and only it may call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from chanserv.loading.link_checks import public
from chanserv.profiles.external import BODIES, External, variables
from chanserv.settings import ExternalSettings, LinkSettings
from chanserv.settings.rest import VARIABLES
from chanserv.toml.faults import Faults, Place
from chanserv.toml.shapes import Draft

SAMPLE = 'a "text" \\'  # what a template that has quotes of its own makes no JSON of


def check_external(link: Draft[LinkSettings], faults: Faults) -> None:
    """Tell `faults` of all that does not fit together; nothing, if the link is of another kind."""
    value = link.value
    if not isinstance(value, ExternalSettings):
        return
    _door_is_locked(link, value, faults)
    if link.sound("send_url", "send_method", "content_type", "body", "headers", "credentials"):
        before = len(faults.found)
        _variables_are_known(link, value, faults)
        _body_is_told(link, value, faults)
        if len(faults.found) == before:
            _text_is_told(link, value, faults)
            _json_is_json(link, value, faults)
        _clear_text_is_told(link, value, faults)
    if link.sound("use_national", "country") and value.use_national and not value.country:
        faults.add(link.place("country"), "is missing: use_national writes numbers as they are dialled where?")
    if "mo_response_content_type" in link.table.entries and link.sound("mo_response") and value.mo_response is None:
        faults.add(link.place("mo_response_content_type"), "is of which text? mo_response is missing")


def _door_is_locked(link: Draft[LinkSettings], value: ExternalSettings, faults: Faults) -> None:
    keys = ("authorization", "url_secret", "allow_from")
    if link.sound(*keys) and not (value.authorization or value.url_secret or value.allow_from):
        faults.add(link.table.place, "one of authorization, url_secret and allow_from is needed: who may call?")


def _templates(link: Draft[LinkSettings], value: ExternalSettings) -> Iterator[tuple[Place, str]]:
    yield link.place("send_url"), value.send_url
    if value.body is not None:
        yield link.place("body"), value.body
    for name, template in value.headers.items():
        yield link.place("headers", name), template


def _variables_are_known(link: Draft[LinkSettings], value: ExternalSettings, faults: Faults) -> None:
    known, named = {*VARIABLES, *value.credentials}, set[str]()
    for place, template in _templates(link, value):
        named |= variables(template)
        for name in sorted(variables(template) - known):
            faults.add(place, f"there is no variable {{{{{name}}}}}; there are {', '.join(sorted(known))}")
    for name in value.credentials:
        if name in VARIABLES:
            faults.add(link.place("credentials", name), "is the name of one of ours")
        elif name not in named:
            faults.add(link.place("credentials", name), "is named in no template")


def _body_is_told(link: Draft[LinkSettings], value: ExternalSettings, faults: Faults) -> None:
    if value.send_method == "GET" and value.body is not None:
        faults.add(link.place("body"), "must be left out: a GET has none")
    if value.send_method != "GET" and value.body is None and value.content_type not in BODIES:
        faults.add(link.place("body"), f"is missing: only {' and '.join(BODIES)} have a usual one")


def _text_is_told(link: Draft[LinkSettings], value: ExternalSettings, faults: Faults) -> None:
    body = value.body if value.body is not None else BODIES.get(value.content_type, "")
    named = variables(value.send_url) | (variables(body) if value.send_method != "GET" else set())
    missing = [*({"text"} - named), *([] if named & {"to", "to_no_plus"} else ["to"])]
    if missing:
        key = "send_url" if value.send_method == "GET" or value.body is None else "body"
        faults.add(link.place(key), f"names no {{{{{missing[0]}}}}}: what is sent, and to whom?")


def _json_is_json(link: Draft[LinkSettings], value: ExternalSettings, faults: Faults) -> None:
    """Whatever a text holds."""
    if value.content_type != "json" or value.send_method == "GET" or value.body is None:
        return
    made = External(
        method=value.send_method, url="", type="json", body=value.body, headers={}, channel=value.uuid
    ).octets(dict.fromkeys((*VARIABLES, *value.credentials), SAMPLE))
    try:
        json.loads(made)
    except ValueError:
        faults.add(link.place("body"), "is no JSON when it is filled in; a variable brings its own quotes")


def _clear_text_is_told(link: Draft[LinkSettings], value: ExternalSettings, faults: Faults) -> None:
    """What lies between is not seen from here: a warning."""
    parts = urlsplit(value.send_url)
    hidden = not link.sound("tunnel", "device") or value.tunnel or value.device or parts.scheme == "https"
    if not hidden and public(f"{parts.hostname}:{parts.port or 80}"):
        faults.warn(link.place("send_url"), "texts and numbers go there in clear text; https:// would hide them")
