"""Who may come in: the operator's token, or the cookie of a browser that has shown it.

The door stands before every route but `/health` and `/login`, so that a new
page cannot forget to ask. It puts the same guarding headers on every answer
and knows nothing of what lies behind it.
"""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe

import attrs
from twisted.internet.interfaces import IReactorTime
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource

from chanserv.settings import Secret

OPEN = (b"/health", b"/login")
COOKIE = b"chanserv"
LIFE = 12 * 3600.0
"""Seconds a browser stays signed in."""
SESSIONS = 1000

HEADERS = {
    b"Cache-Control": b"no-store",
    b"X-Content-Type-Options": b"nosniff",
    b"X-Frame-Options": b"DENY",
    b"Referrer-Policy": b"no-referrer",
    b"Content-Security-Policy": b"default-src 'none'; frame-ancestors 'none'",
}


@attrs.define
class Keys:
    """The token and the sessions opened with it. Sessions live in memory: a restart ends them."""

    token: Secret
    clock: IReactorTime
    _sessions: dict[bytes, float] = attrs.field(factory=dict)  # id -> when it ends

    def fits(self, token: bytes) -> bool:
        """Is this the token? Takes as long for a near miss as for a far one."""
        return compare_digest(token, self.token.reveal().encode("utf-8"))

    def open(self) -> bytes:
        """A new session's id, unguessable and not derived from the token."""
        now = self.clock.seconds()
        self._sessions = {key: end for key, end in self._sessions.items() if end > now}
        while len(self._sessions) >= SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        key = token_urlsafe(32).encode("ascii")
        self._sessions[key] = now + LIFE
        return key

    def close(self, key: bytes) -> None:
        self._sessions.pop(key, None)

    def admits(self, request: IRequest) -> bool:
        """May this request see the page?"""
        return self.bears(request) or self._sessions.get(cookie(request), 0.0) > self.clock.seconds()

    def bears(self, request: IRequest) -> bool:
        """Does it carry the token itself, as programs do?"""
        kind, _, token = (request.getHeader(b"authorization") or b"").partition(b" ")
        return kind.lower() == b"bearer" and self.fits(token.strip())


def cookie(request: IRequest) -> bytes:
    """The session id a browser sent; empty: none."""
    return request.getCookie(COOKIE) or b""


def set_cookie(request: IRequest, key: bytes) -> None:
    """Hand a session to the browser, for no script and no other site; an empty key takes it back."""
    life = int(LIFE) if key else 0
    rules = b"Path=/; Max-Age=%d; HttpOnly; SameSite=Strict" % life + (b"; Secure" if request.isSecure() else b"")
    request.responseHeaders.addRawHeader(b"Set-Cookie", b"%s=%s; %s" % (COOKIE, key, rules))


class Door(Resource):
    """Lets a request through to `inside`, or has `refused` word why not (by its status)."""

    isLeaf = True

    def __init__(self, inside: IResource, refused: IResource, keys: Keys) -> None:
        super().__init__()
        self._inside = inside
        self._refused = refused
        self._keys = keys

    def render(self, request: IRequest) -> bytes | int:
        for name, value in HEADERS.items():
            request.setHeader(name, value)
        fault = self._fault(request)
        if fault:
            request.setResponseCode(fault)
        if fault == 401:
            request.setHeader(b"WWW-Authenticate", b'Bearer realm="chanserv"')
        answer: bytes | int = (self._refused if fault else self._inside).render(request)
        return answer

    def _fault(self, request: IRequest) -> int:
        """The status it is refused with; 0: it may pass."""
        if getattr(request, "oversize", False):
            return 413
        try:
            request.getRequestHostname().decode("utf-8")
        except UnicodeDecodeError:  # on which Klein would log a traceback
            return 400
        return 0 if request.path.rstrip(b"/") in OPEN or self._keys.admits(request) else 401
