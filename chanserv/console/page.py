"""The operator's page as plain HTML: no script, no build step, nothing fetched from elsewhere.

Everything is built of `twisted.web.template` tags, so a text that came from a
handset can only ever be shown. The one style sheet is allowed by its hash;
the browser is told to run and load nothing else. Who may see the page and
where its contents come from is `door`'s and `app`'s business.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

from twisted.web.template import Flattenable, Tag, tags

from chanserv.console.story import Leg, Step, Story, clock, day

REFRESH = 5
"""Seconds after which the overview is asked for anew."""
SHOWN = 12
"""Steps of one text on the overview; its trace shows all."""

CSS = """
body{font:16px/1.4 system-ui,sans-serif;margin:0 auto;max-width:76em;padding:0 .8em 3em;color:#222;background:#fff}
h1{font-size:1.3em}h2{font-size:1.05em;margin:1.6em 0 .4em}a{color:#06c}
table{border-collapse:collapse;width:100%;font-size:.9em}
th,td{text-align:left;padding:.25em .6em .25em 0;border-bottom:1px solid #ddd}
th{font-weight:600;color:#555}.wide{overflow-x:auto}.text{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3em 0}
article{border-left:4px solid #bbb;padding:.1em 0 .1em .7em;margin:.8em 0}
.good{border-color:#2a8a3a}.bad{border-color:#c0322b}.busy{border-color:#d79a12}
b.good{color:#2a8a3a}b.bad{color:#c0322b}b.busy{color:#96690a}
ul{margin:.2em 0;padding:0;list-style:none;font-size:.9em}
time{color:#666;white-space:nowrap;font-variant-numeric:tabular-nums}
.whole{white-space:nowrap}small,.dim{color:#666}header{display:flex;flex-wrap:wrap;gap:.4em 1.2em;align-items:baseline}
input,button{font:inherit;padding:.3em .5em}form{display:inline}
""".strip()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(CSS.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
).encode("ascii")
"""Content-Security-Policy of every page."""

COLOURS = {
    "up": "good",
    "down": "bad",
    "delivered": "good",
    "told": "good",
    "failed": "bad",
    "dead": "bad",
    "sent": "busy",
}

LINK = ("link", "kind", "state", "since", "carrier", "window", "rate", "queue", "oldest", "last error")

COUNTED = {
    "submits": "submitted",
    "receipts": "receipts",
    "mo": "replies",
    "repeats": "repeated",
    "late": "late answers",
    "strange": "made no sense",
    "flaps": "broken",
    "refused": "calls refused",
    "hooks_refused": "webhooks refused",
}
"""What links count, and the page's words for it. `answers`, by code, stands beside."""

Row = Mapping[str, object]


def overview(
    links: Sequence[Row], tunnels: Sequence[Row], channels: Sequence[Row], told: Sequence[Story], now: float
) -> Tag:
    """Links, tunnels, channels and the newest texts in both directions; asks for itself anew."""
    return _document(
        "chanserv",
        _header(now),
        tags.h2("Links"),
        _table(LINK, [cells for row in links for cells in _link(row)]),
        _tunnels(tunnels),
        tags.h2("Since the start"),
        _table(
            ("link", *COUNTED.values(), "answers"),
            [[_plain(row["name"]), *(_plain(row.get(key, 0)) for key in COUNTED), _answers(row)] for row in links],
        ),
        tags.h2("Channels"),
        _table(
            ("channel", "address", "links", "workspace"),
            [[_plain(row[key]) for key in ("name", "address", "links", "workspace")] for row in channels],
        ),
        tags.h2("Newest texts"),
        [_story(story, SHOWN) for story in told] or tags.p("None yet.", class_="dim"),
        refresh=True,
    )


def trace(term: str, told: Sequence[Story], now: float) -> Tag:
    """Everything kept about an id or a number; it stays still."""
    found: Flattenable = [_story(story, None) for story in told]
    if term and not told:
        found = tags.p("Nothing is kept about ", tags.b(term), ".")
    return _document("chanserv: trace", _header(now, term), found)


def login(wrong: bool = False) -> Tag:
    """Asks for the token."""
    return _document(
        "chanserv: sign in",
        tags.h1("chanserv"),
        tags.p("That is not the token.") if wrong else "",
        tags.form(
            tags.label("Token ", tags.input(type="password", name="token", autofocus="", autocomplete="off")),
            " ",
            tags.button("Sign in"),
            method="post",
            action="/login",
        ),
    )


def fault(what: str) -> Tag:
    """Says that something could not be shown."""
    return _document("chanserv", tags.h1("chanserv"), tags.p(what), tags.p(tags.a("Back", href="/")))


def _document(title: str, *body: Flattenable, refresh: bool = False) -> Tag:
    head = tags.head(
        tags.meta(charset="utf-8"),
        tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
        tags.meta(**{"http-equiv": "refresh", "content": str(REFRESH)}) if refresh else "",
        tags.title(title),
        tags.style(CSS),
    )
    return tags.html(head, tags.body(*body), lang="en")


def _header(now: float, term: str = "") -> Tag:
    search = tags.form(
        tags.input(name="q", value=term, placeholder="id or number", autocomplete="off"),
        " ",
        tags.button("Where is it?"),
        method="post",
        action="/trace",
    )
    return tags.header(
        tags.h1(tags.a("chanserv", href="/")),
        search,
        tags.a("search without refresh", href="/trace"),
        tags.form(tags.button("Sign out"), method="post", action="/logout"),
        tags.small(day(now)),
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[Flattenable]]) -> Tag:
    body = [tags.tr([tags.td(cell) for cell in row]) for row in rows]
    return tags.div(tags.table(tags.tr([tags.th(head) for head in heads]), body), class_="wide")


def _link(row: Row) -> list[list[Flattenable]]:
    """A line for the link, and one for each of its seats where there are several."""
    oldest, seats = row["oldest"], row.get("seats")
    seats = seats if isinstance(seats, list) else []
    bound = "sent" if row["state"] in ("bound", "listening") else "down"  # a receiver is never up, and may be well
    whole: list[Flattenable] = [
        _plain(row["name"]),
        _whole(f"{_plain(row['kind'])} {_plain(row.get('version'))}"),
        _state("up" if row["up"] else bound, _plain(row["state"]) + (", in test" if row["phase"] == "test" else "")),
        _instant(row.get("since")),
        "" if seats else _plain(row.get("host")),
        _whole(f"{_plain(row.get('unanswered', 0))} of {_plain(row['window'])}"),
        _whole(f"{_figure(row['rate'])} of {_figure(row['contract'])} /s{_pause(row)}"),
        _plain(row["queue"]),
        f"{oldest:.0f} s" if isinstance(oldest, int | float) and oldest else "",
        "" if seats else _error(row),
    ]
    return [whole, *(_seat(seat) for seat in seats)]


def _pause(row: Row) -> str:
    goes_on = row["goes_on"]
    return f", none until {clock(goes_on)[:8]}" if isinstance(goes_on, float) and goes_on else ""


def _whole(words: str) -> Tag:
    """On one line."""
    return tags.span(words, class_="whole")


def _seat(row: Row) -> list[Flattenable]:
    return [
        "",
        tags.small(_plain(row["role"])),
        _state("up" if row["state"] in ("bound", "listening") else "down", _plain(row["state"])),
        _instant(row.get("since")),
        _plain(row.get("host")),
        _plain(row.get("unanswered")),
        *[""] * 3,
        _error(row),
    ]


def _error(row: Row) -> str:
    again = row.get("again")
    words = [
        _plain(row.get("last_error")),
        f"dials again at {clock(again)[:8]}" if isinstance(again, float) and again else "",
    ]
    return "; ".join(word for word in words if word)


def _answers(row: Row) -> str:
    """How often the carrier said what; `none`: nothing, in time."""
    answers = row.get("answers")
    return ", ".join(f"{code} {count}" for code, count in answers.items()) if isinstance(answers, dict) else ""


def _tunnels(rows: Sequence[Row]) -> Flattenable:
    """A carrier that is down and a way there that is down are mended by different people: so they are told apart."""
    if not rows:
        return ""
    heads = ("tunnel", "kind", "state", "since", "links", "handshake", "reason")
    return [tags.h2("Tunnels"), _table(heads, [_tunnel(row) for row in rows])]


def _tunnel(row: Row) -> list[Flattenable]:
    age = row.get("handshake_age")
    return [
        _plain(row["name"]),
        _plain(row["kind"]),
        _state("up" if row["up"] else "down", _plain(row["state"])),
        _instant(row.get("since")),
        _plain(row["links"]),
        f"{age:.0f} s ago" if isinstance(age, int | float) else "",
        _plain(row.get("reason")),
    ]


def _story(story: Story, limit: int | None) -> Tag:
    steps = story.steps if limit is None else story.steps[-limit:]
    hidden = len(story.steps) - len(steps)
    way = "to" if story.kind == "mt" else "from"
    ids = f"ref {story.ref}" + (f", id {story.id}" if story.id else "")
    if story.generation > 1:
        ids += f", generation {story.generation}"
    return tags.article(
        tags.div(
            tags.time(day(story.at)),
            f" {way} {story.to if way == 'to' else story.sender} ",
            _state(story.status, story.status),
            tags.small(f" {story.channel or 'no channel'} by {story.link or 'no link'}, {ids}"),
        ),
        tags.p(story.text, class_="text"),
        tags.p(story.verdict),
        tags.small(f"{hidden} earlier steps in its trace") if hidden else "",
        tags.ul([_step(step) for step in steps], [_leg(leg) for leg in story.legs]),
        class_=COLOURS.get(story.status, "plain"),
    )


def _step(step: Step) -> Tag:
    return tags.li(tags.time(clock(step.at)), " ", tags.b(step.what), f" {step.detail}")


def _leg(leg: Leg) -> Tag:
    words = [f"part {leg.number} of piece {leg.piece} is {leg.state}"]
    words += [f"id {leg.carrier_id}"] if leg.carrier_id else []
    words += [leg.reason] if leg.reason else []
    words += [f"after {leg.tries} tries"] if leg.tries else []
    words += [f"next at {clock(leg.due)}"] if leg.due else []
    return tags.li(tags.time(clock(leg.at)), " ", ", ".join(words), class_="dim")


def _state(kind: str, words: str) -> Tag:
    return tags.b(words, class_=COLOURS.get(kind, "plain"))


def _instant(value: object) -> Flattenable:
    return tags.time(day(value)) if isinstance(value, int | float) else _plain(value)


def _figure(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return "" if value is None else str(value)
