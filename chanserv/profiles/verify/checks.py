"""One [[verify]], compiled: what it is over, when it applies, and how old it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

import attrs

from chanserv.errors import BadField
from chanserv.message import line
from chanserv.profiles import conditions
from chanserv.profiles.conditions import Condition
from chanserv.profiles.expressions import Getter, Names, Scope
from chanserv.profiles.filters import number, octets, text
from chanserv.profiles.requests import Asked
from chanserv.profiles.shape import VerifyTable
from chanserv.profiles.templates import OUT, Made
from chanserv.profiles.trees import Tree, fields, sniff, tree

# What an expression of [[verify]] may name beside cfg: `form` is the body's fields, `form_sorted` all of them by name,
# each followed by its value, with nothing between; one that comes again is there again, its values sorted (Twilio).
NAMED = ("method", "url", "query", "header", "form", "form_sorted", "body", "ip")


def names(cfg: tuple[str, ...] | None) -> Names:
    return Names({**dict.fromkeys(NAMED), "cfg": cfg})


def scope(asked: Asked, cfg: Mapping[str, Tree]) -> Scope:
    """Of one request. Raises BadField if its form is none."""
    form = _form(asked)
    return Scope(
        {
            "cfg": cfg,
            "method": asked.method,
            "url": asked.url,
            "query": fields(asked.query),
            "header": asked.headers,
            "form": form,
            "form_sorted": "".join(name + value for name in sorted(form) for value in _values(form[name])),
            "body": asked.body,
            "ip": asked.ip,
        }
    )


def _is_form(headers: Mapping[str, str]) -> bool:
    return sniff(headers.get("content-type", ""), b"") == "form"


def _first_level(scope: Scope) -> dict[str, Tree]:
    body = octets(scope.ours["body"])
    if sniff(scope.ours["header"].get("content-type", ""), body) != "json":
        return {}
    found = tree("json", body)
    return found if isinstance(found, dict) else {}


def _form(asked: Asked) -> dict[str, Tree]:
    if not _is_form(asked.headers):
        return {}
    return fields(asked.body.decode("latin-1"))


def _values(value: Tree) -> list[str]:
    return sorted(set(value)) if isinstance(value, list) else [value]


# What a scheme cannot do without: keys of [[verify]].
NEEDED = {
    "hmac": ("given", "key", "over"),
    "params": ("given", "key"),
    "token": ("given", "key"),
    "jwt": ("given", "key"),
    "ed25519": ("given", "key", "over"),
    "basic": ("basic",),
    "ip": ("networks",),
    "sns": ("key",),
}
# And what else it may be told, beside when.
TAKEN = {
    "hmac": ("hash", "encode", "time", "max_age"),
    "params": ("hash", "keyed", "time", "max_age"),
    "token": ("time", "max_age"),
    "jwt": ("claims", "url_claim", "body_claim"),
    "ed25519": ("time", "max_age"),
}


def lacking(table: VerifyTable) -> Iterator[tuple[str, str]]:
    """What is wrong with which key."""
    needed = NEEDED.get(table.scheme, ())
    for key in needed:
        if not getattr(table, key):
            yield f"{table.scheme} needs it", key
    usual = attrs.asdict(VerifyTable(scheme=table.scheme))
    for key, value in attrs.asdict(table).items() if table.scheme else ():
        if key not in ("when", *needed, *TAKEN.get(table.scheme, ())) and value != usual[key]:
            yield f"{table.scheme} has no use for it", key
    if table.basic and len(table.basic) != 2:
        yield "must be a user and a password", "basic"
    for network in table.networks:
        try:
            ip_network(network)
        except ValueError:
            yield f"{network!r} is no network", "networks"
    if table.max_age <= 0:
        yield "must be above 0", "max_age"


def of_the_account(when: Any) -> list[str]:
    """Those of the conditions that name nothing of a request. What is no condition is told elsewhere."""
    written = when if isinstance(when, list | tuple) else [when]
    return [each for each in written if isinstance(each, str) and _names_cfg_alone(each)]


def _names_cfg_alone(condition: str) -> bool:
    try:
        return conditions.roots(condition) <= {"cfg"}
    except ValueError:
        return False


@attrs.frozen(kw_only=True)
class Check:
    """What a scheme is given. What its kind does not need is empty."""

    when: Condition
    wanted: Condition  # what `when` says of the account alone
    given: Getter
    given_at: str  # where that is: header.x-signature, query.sig
    time_at: str
    keyed: bool  # params: the secret is a key, not text behind the fields
    key: Made
    basic: tuple[Made, ...]
    hash: str
    encode: str
    over: tuple[Made, ...]
    over_written: tuple[str, ...]  # the same as the profile has it
    time: Getter | None
    max_age: float
    claims: Mapping[str, str]
    url_claim: str
    body_claim: str
    networks: tuple[str, ...]

    def signed(self, scope: Scope) -> bytes:
        """The octets a signature is over."""
        return b"".join(octets(value) for made in self.over if (value := made(scope)) is not OUT)

    def fields(self, scope: Scope) -> dict[str, Any]:
        """Those of the query and of the body, a form's or the first level of JSON's.

        Raises BadField if more could be read out of the request than these.
        """
        query, body = scope.ours["query"], scope.ours["form"] or _first_level(scope)
        if scope.ours["body"] and not body:
            raise BadField("its body is neither a form nor a table of JSON, and the signature is over fields")
        if twice := [name for name in query if name in body and query[name] != body[name]]:
            raise BadField(f"its {line(twice[0])[:40]} is one in the URL and another in the body")
        return {**query, **body}

    def uncovered(self, scope: Scope) -> str:
        """Why a good signature would say nothing of the body; empty: it does, or there is none."""
        form_alone = any("form_sorted" in written for written in self.over_written) and not self.covers_body
        if form_alone and scope.ours["body"] and not _is_form(scope.ours["header"]):
            return "its body is no form, and the signature is over a form"
        return ""

    def leaves_the_query(self, scheme: str) -> bool:
        """Would a good signature say nothing of what stands behind the ? of the URL?"""
        match scheme:
            case "hmac" | "ed25519":
                return not any(name in written for written in self.over_written for name in ("{url", "{query"))
            case "jwt":
                return not self.url_claim
            case _:
                return scheme == "sns"

    @property
    def covers_body(self) -> bool:
        return any("{body" in written for written in self.over_written)

    def stale(self, scope: Scope, now: float) -> str:
        """Why it is too old, or from the future; empty: it is neither, or has no time."""
        if self.time is None:
            return ""
        at = number(self.time(scope))
        if at is None:
            return "it does not say when it was signed"
        return "" if abs(now - at) <= self.max_age else f"it was signed {text(round(now - at))} s ago"
