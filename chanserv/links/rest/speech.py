"""What one account says and understands: a part into its request, an answer into what it means. Pure.

The profile has the words; here they get the account's values. Nothing that an
account must keep to itself comes back out of it: providers repeat keys and
addresses in what they say of them. Connections and tokens are not known here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import attrs

from chanserv import reference
from chanserv.message import UNSENT, Outcome, Part, Verdict, Work
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered, Said
from chanserv.profiles.requests import Request
from chanserv.profiles.trees import Tree
from chanserv.settings import ExternalSettings, RestSettings
from chanserv.text.numbers import digits
from chanserv.text.parts import decode

LEAST_HIDDEN = 4  # characters: what is shorter is in every other word

CODINGS = {"gsm7": "gsm7", "ucs2": "utf-16-be"}
CODE = re.compile(r"(?!.*\d{5})[\w.-]{1,19}")  # a code as counters show it: neither a sentence nor somebody's number


class Speech:
    """That of one account."""

    def __init__(self, settings: RestSettings | ExternalSettings) -> None:
        self._settings = settings
        self._profile: Profile = settings.provider
        self._cfg = settings.cfg
        self._hooks = settings.hook_urls(self._profile.paths)
        self._hidden = [each.reveal() for each in settings.hidden]

    def ours(self, now: float) -> Mapping[str, Tree]:
        """What every request may name."""
        return {"cfg": self._cfg, "hook": self._hooks, "now": now, "nonce": secrets.token_hex(16)}

    def request(self, work: Work, part: Part, token: str, now: float) -> Request:
        """Raises BadField if the profile can make none of this part."""
        assert self._profile.send is not None, "the loader has looked"
        return self._profile.send.request({**self.ours(now), **_named(work, part, now), "token": token})

    def read(self, answered: Answered, token: str = "") -> Said:
        """What an answer means, with nothing in its words that must not be told, such as the `token`."""
        said = self._profile.replies.read(answered, self._cfg)
        words = said.reason
        for each in (*self._hidden, token):
            words = words.replace(each, "…") if len(each) >= LEAST_HIDDEN else words
        return attrs.evolve(said, reason=words)


def _named(work: Work, part: Part, now: float) -> dict[str, Any]:
    return {
        "text": decode(part.slice.body, CODINGS.get(work.coding.value, "utf-8")),
        "to": work.to,
        "from": work.sender,
        "id": reference.write(work.message, work.piece, part.number, digits(work.to)),
        "message": work.id,
        "part": part.number,
        "gsm7": work.coding.value == "gsm7",
        "reply": work.reply,
        "channel": work.channel,
        "validity": max(0, round(work.expires - now)),
    }


def code(said: Said) -> str:
    """What an answer is counted by."""
    return said.reason if CODE.fullmatch(said.reason) else said.word


def outcome(
    work: Work,
    part: Part,
    verdict: Verdict,
    reason: str = "",
    id: str = "",
    after: float = 0.0,
    more: tuple[str, ...] = (),
) -> Outcome:
    """Of a part that left, or never can. `more`: see `Said`."""
    if verdict is Verdict.LATER and reason == UNSENT:
        reason = "later"  # a provider's word must not be taken for ours
    return Outcome(
        message=work.message, piece=work.piece, part=part.number, link=work.link, verdict=verdict,
        carrier_id=id, more_ids=more, reason=reason, retry_after=after,
    )  # fmt: skip
