"""What a session says of its own: signing in (60), the list of those who get texts (61), the sign of life (31)."""

from __future__ import annotations

from chanserv.links.ucp.operations import Alert, ListManagement, SessionManagement
from chanserv.links.ucp.terms import Login

OPEN, ADD = "1", "1"  # STYP of 60, of 61 (texts for us)
VERSION, OVER_TCP = "0100", "0539"


def session(login: Login) -> SessionManagement:
    return SessionManagement(
        oadc=login.account,
        oton=str(login.oton),
        onpi=str(login.onpi),
        styp=OPEN,
        pwd=_hexadecimal(login.password),
        vers=VERSION,
    )


def subscription(login: Login) -> ListManagement:
    """The account itself is put on the list."""
    return ListManagement(
        oadc=login.account,
        oton=str(login.oton),
        onpi=str(login.onpi),
        styp=ADD,
        pwd=_hexadecimal(login.password),
        vers=VERSION,
        ladc=login.account,
        lton=str(login.oton),
        lnpi=str(login.onpi),
    )


def alert(login: Login) -> Alert:
    return Alert(adc=login.account, pid=OVER_TCP)


def _hexadecimal(password: str | None) -> str:
    return (password or "").encode("latin-1", "replace").hex().upper()
