"""A webhook whose signature is wrong, whatever its provider's scheme: what a gateway must refuse."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from chanserv.profiles.requests import Asked
from chanserv.profiles.verify.guard import Guard
from chanserv.profiles.verify.signing import signed


def forged(guard: Guard, asked: Asked, cfg: Mapping[str, str], now: float) -> Asked:
    """Signed with other keys or, where there is but one, over something else; as it is, if nothing is checked."""
    others = {key: f"{value}x" for key, value in cfg.items()}
    wrong = signed(guard, asked, others, now)
    if guard.judge(wrong, cfg, now):
        return wrong
    wrong = _of_another(guard, asked, cfg, now)
    return wrong if guard.judge(wrong, cfg, now) else asked


def _of_another(guard: Guard, asked: Asked, cfg: Mapping[str, str], now: float) -> Asked:
    """With the headers of a request that has another body."""
    return attrs.evolve(asked, headers=signed(guard, attrs.evolve(asked, body=asked.body + b" "), cfg, now).headers)
