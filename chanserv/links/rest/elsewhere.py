"""Calls of an account whose provider is not where its profile says: a stub, another host of its own, a proxy.

Only where a request goes is another matter; what it says, a signature among
it, is as the profile made it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import attrs
from twisted.internet.defer import Deferred

from chanserv.links.rest.calls import Failed, ICalls
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request


def moved(url: str, base: str) -> str:
    """The URL at another place: scheme, host and port are the base's, and its path stands in front."""
    there, parts = urlsplit(base), urlsplit(url)
    path = there.path.rstrip("/") + (parts.path or "/")
    return parts._replace(scheme=there.scheme, netloc=there.netloc, path=path).geturl()


def place(title: str, base: str | None) -> str:
    """Whose account it is, and where that is if not where one would think: for the page."""
    return f"{title} at {urlsplit(base).netloc.rpartition('@')[2]}" if base else title


@attrs.frozen
class Elsewhere:
    """ICalls by others, at `base`; without one, where the profile says."""

    _calls: ICalls
    _base: str | None

    def call(self, request: Request) -> Deferred[Answered | Failed]:
        """ICalls: several URLs may be one there, which is tried once."""
        if self._base is None:
            return self._calls.call(request)
        urls = dict.fromkeys(moved(url, self._base) for url in request.urls)
        return self._calls.call(attrs.evolve(request, urls=tuple(urls)))

    def close(self) -> Deferred[None]:
        """ICalls."""
        return self._calls.close()
