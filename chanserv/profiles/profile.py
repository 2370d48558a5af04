"""A profile: everything about one provider, compiled, as a link of an account holds it.

How it is read from its tables `reading` knows, where those lie `shelf`; what an
account adds, its settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from chanserv.profiles.cases import CaseTest
from chanserv.profiles.expressions import Getter
from chanserv.profiles.hooks import Answer, Hook
from chanserv.profiles.replies import Replies
from chanserv.profiles.requests import Request
from chanserv.profiles.sending import Sending
from chanserv.profiles.shape import About, HookTable, SendTable, VerifyTable
from chanserv.profiles.trees import Tree
from chanserv.profiles.verify.guard import Guard


class Sends(Protocol):
    """A part -> the request that hands it over: `sending.Sending`, or what else can make one."""

    def request(self, ours: Mapping[str, Tree]) -> Request:
        """Raises BadField if no request can be made of these values."""


@attrs.frozen(kw_only=True)
class Token:
    """How a token is fetched, and what the answer says of it."""

    sending: Sending
    value: Getter
    ttl: Getter
    default_ttl: float
    value_at: str  # where those two stand: the paths alone
    ttl_at: str


@attrs.frozen(kw_only=True)
class Written:
    """Its tables as they stand, for whoever describes it."""

    send: SendTable | None = None
    verify: tuple[VerifyTable, ...] = ()
    hooks: tuple[HookTable, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """Templates of all that its requests go to."""
        if self.send is None:
            return ()
        token = self.send.token
        return tuple(url for url in (self.send.url, *self.send.urls, token.url if token else None) if url)


@attrs.frozen(kw_only=True)
class Profile:
    """Everything about one provider."""

    name: str
    about: About
    send: Sends | None  # None: nothing is sent by it
    split: tuple[int, int]  # characters a request may hold, of GSM and of others; 0: all
    token: Token | None
    replies: Replies
    guard: Guard
    hooks: tuple[Hook, ...]
    answer: Answer
    tests: tuple[CaseTest, ...]
    written: Written = Written()

    def cfg(self, given: Mapping[str, str]) -> dict[str, str]:
        """What `cfg` is for an account that gives these."""
        return {**self.about.options, **given}

    def lacks(self, given: Mapping[str, str]) -> list[str]:
        """Keys that an account must give, and does not: those it needs, and of several sets the one it has most of."""
        sets = self.about.needs_one
        whole = not sets or any(all(given.get(key) for key in each) for each in sets)
        alternative = () if whole else max(sets, key=lambda each: sum(bool(given.get(key)) for key in each))
        several = {key for each in sets for key in each}
        return [key for key in self.about.needs if not given.get(key) and (key not in several or key in alternative)]

    @property
    def features(self) -> tuple[str, ...]:
        """What it can: sends, statuses, receives; signed: its webhooks show that they are the provider's."""
        kinds = {hook.kind for hook in self.hooks}
        has = {
            "sends": self.send is not None,
            "statuses": "status" in kinds,
            "receives": "mo" in kinds,
            "signed": bool(self.guard.checks),
        }
        return tuple(name for name, is_so in has.items() if is_so)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hook.path for hook in self.hooks))

    def at(self, path: str) -> tuple[Hook, ...]:
        """The hooks that listen there."""
        return tuple(hook for hook in self.hooks if hook.path == path)

    def answered_by(self, hooks: Sequence[Hook]) -> Answer:
        """What a request is answered that these have heard: the first that has an answer of its own decides."""
        return next((hook.answer for hook in hooks if hook.answer is not None), self.answer)
