"""What a profile's TOML may hold: one class a table, one attribute a key, its comment is its documentation.

Texts marked *template* may have expressions in braces, *expression* and
*condition* are those themselves (`templates`, `expressions`, `conditions`).
What an operator adds for an account is `cfg.<key>` in all of them.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs

Kind = Literal["json", "form", "multipart", "xml", "text"]
Verdicts = Literal["accepted", "retry", "throttled", "failed", "stopped", "denied"]
PATHS = {"mo": "receive", "status": "status"}  # where a hook listens that says no path, by its kind


@attrs.frozen(kw_only=True)
class About:
    """[profile]"""

    title: str  # what its provider is called
    extends: str | None = None  # another profile, from which all is taken that is not said here
    without: tuple[str, ...] = ()  # but for these keys of it, such as verify, send.basic, profile.needs.secret
    needs: dict[str, str] = attrs.field(factory=dict)  # cfg key -> what it is: every account must give it
    needs_one: tuple[tuple[str, ...], ...] = ()  # of these sets of its keys one will do; the others may be left out
    options: dict[str, str] = attrs.field(factory=dict)  # cfg key -> its value where an account gives none
    regions: tuple[str, ...] = ()
    source: tuple[str, ...] = ()  # where the facts come from
    confidence: Literal["high", "medium", "low"] = "low"  # how sure they are
    notes: tuple[str, ...] = ()  # what an operator should know
    receipts: Literal["part", "none"] = "part"  # none: its statuses never come


@attrs.frozen(kw_only=True)
class TokenTable:
    """[send.token]: fetched when it is needed, kept until it is old, as `token` in [send]."""

    url: str  # template
    method: str = "POST"
    headers: dict[str, str] = attrs.field(factory=dict)  # templates
    basic: tuple[str, ...] = ()  # two templates
    query: Any = None  # table of templates
    form: Any = None
    json: Any = None
    value: str = "access_token"  # expression on the answer
    ttl: str = "expires_in"  # expression on the answer: seconds it lives
    default_ttl: float = 3600.0  # seconds, where the answer says none


@attrs.frozen(kw_only=True)
class SignTable:
    """[send.sign]: over the octets that will leave, known as method, url, uri, host, port and body."""

    scheme: Literal["sigv4"] | None = None  # a named one instead, with the four that follow (templates)
    region: str = ""
    service: str = ""
    access_key: str = ""
    secret_key: str = ""
    let: dict[str, str] = attrs.field(factory=dict)  # name -> template, each known to those that follow
    headers: dict[str, str] = attrs.field(factory=dict)  # templates


@attrs.frozen(kw_only=True)
class CaseTable:
    """[[send.reply.case]]: the first that holds decides."""

    when: Any  # condition, or several; `$http` is the status code, `$header.<name>` a header
    then: Verdicts
    reason: str = ""  # template
    after: str = ""  # expression: seconds until the next try (retry, throttled)


@attrs.frozen(kw_only=True)
class ReplyTable:
    """[send.reply]: what an answer means. By itself 2xx is accepted, 401 denied, 429 throttled, 5xx retry."""

    parse: Kind | None = None  # default: by its Content-Type
    ok: Any = ()  # condition: a 2xx for which it does not hold is failed
    id: str = ""  # expression: the provider's id of the part; a list: one of each part that it made of it
    reason: str = ""  # expression: why it failed, in the provider's words
    case: tuple[CaseTable, ...] = ()


@attrs.frozen(kw_only=True)
class SendTable:
    """[send]: the request that hands over one part. One of form, json, xml and body, or none."""

    method: str = "POST"
    url: str | None = None  # template; what is put in is percent-encoded, but for `cfg` and `hook`
    urls: tuple[str, ...] = ()  # or several: the next is tried where no connection comes about
    basic: tuple[str, ...] = ()  # user and password (templates)
    bearer: str | None = None  # template
    headers: dict[str, str] = attrs.field(factory=dict)  # templates
    query: Any = None  # table of templates
    form: Any = None  # table of templates
    json: Any = None  # templates, as deep as it must be
    xml: str | None = None  # template; what is put in is escaped
    body: str | None = None  # template
    type: str | None = None  # Content-Type, where the usual one will not do
    let: dict[str, str] = attrs.field(factory=dict)  # name -> template, each known to those that follow
    split: int | None = None  # characters a request may hold; absent: the provider cuts long texts itself
    split_other: int | None = None  # and of texts that are not GSM, where that is another number
    token: TokenTable | None = None
    sign: SignTable | None = None
    reply: ReplyTable = ReplyTable()


@attrs.frozen(kw_only=True)
class VerifyTable:
    """[[verify]]: how a webhook shows that it is the provider's. All that apply must agree."""

    scheme: Literal["hmac", "params", "token", "basic", "jwt", "ed25519", "ip", "sns"]
    when: Any = ()  # condition on cfg, method, header …: applies only if it holds
    given: str = ""  # expression: what the request brings; such as header.X-Signature
    key: str = ""  # template: hmac, jwt: the secret; ed25519: the public key in base64; token: what must be given
    basic: tuple[str, ...] = ()  # user and password (templates)
    hash: Literal["md5", "sha1", "sha256", "sha384", "sha512"] = "sha256"
    encode: Literal["hex", "base64"] = "base64"
    keyed: bool = False  # params: the secret is the key of an HMAC; else it stands behind the fields
    over: tuple[str, ...] = ()  # templates, one after the other: what is signed
    time: str = ""  # expression: when it was signed (seconds since the epoch)
    max_age: float = 300.0  # seconds from then
    claims: dict[str, str] = attrs.field(factory=dict)  # jwt: what must stand in it
    url_claim: str = ""  # jwt: the claim that is the hash of the URL
    body_claim: str = ""  # jwt: and that of the body
    networks: tuple[str, ...] = ()  # ip: where it may come from


@attrs.frozen(kw_only=True)
class ConcatTable:
    """concat = {…} of a hook: an MO that comes in parts."""

    ref: str  # expressions
    count: str
    index: str  # from 1
    hold: str = ""  # answer body for a part whose text is not whole yet


@attrs.frozen(kw_only=True)
class AnswerTable:
    """[answer], or that of one hook."""

    status: int = 200
    type: str = "text/plain"
    body: str = ""  # template
    error: str = ""  # body where we answer an error; empty: none


@attrs.frozen(kw_only=True)
class HookTable:
    """[[hook]]: one sort of news that comes by webhook. Several may share a path: each takes what its `when` fits."""

    kind: Literal["mo", "status"]
    path: str | None = None  # behind /hook/<link>/<secret>/; default: that of PATHS
    parse: Kind | None = None  # default: by its Content-Type; the query's fields are a form's as well
    charset: str = "utf-8"  # of a form or a text
    each: tuple[str, ...] = ()  # expressions: batches, one inside the other; "." is the body itself
    when: Any = ()  # condition on one item; beside its own names: $query, $header, $cfg, $method, $body, $index
    verify: bool = True  # false: [[verify]] is not for this one
    text: str = ""  # mo: expressions, all of them
    sender: str = attrs.field(default="", metadata={"key": "from"})
    to: str = ""
    id: str = ""  # the provider's: of the MO, or of the part a status speaks of
    at: str = ""  # seconds since the epoch
    concat: ConcatTable | None = None
    stop: Any = ()  # condition: this person wants no more texts
    ours: str = ""  # status: our id of the part
    status: str = ""
    reason: str = ""
    map: dict[str, tuple[str, ...]] = attrs.field(factory=dict)  # sent, delivered, failed, ignored -> words; 10..12; *
    answer: AnswerTable | None = None
