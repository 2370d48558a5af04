"""An opt-out that a provider answers a part with: told to the platform, as one by text is.

Which answer means one, and how an opt-out is written, is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

from chanserv.interfaces import IRouter
from chanserv.links.rest.news import opt_out
from chanserv.message import Work

log = Logger()


def hear_stop(router: IRouter, work: Work) -> None:
    """Whoever this text was for wants no more of them. Fires nothing: the part has its answer without it."""
    kept = router.reply([opt_out(work.link, work)]).addCallback(_kept, work.link)
    kept.addErrback(lambda failure: log.failure("{link}: an opt-out was not kept", failure, link=work.link))


def _kept(kept: Sequence[bool], link: str) -> None:
    """The next text to this person will bring it again."""
    if not all(kept):
        log.warn("{link}: an opt-out was not kept", link=link)
