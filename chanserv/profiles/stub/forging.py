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
    for one in (signed(guard, asked, others, now), _of_another(guard, asked, cfg, now), asked):
        if guard.judge(one, cfg, now):
            return one
    return asked


def _of_another(guard: Guard, asked: Asked, cfg: Mapping[str, str], now: float) -> Asked:
    """With the headers of a request that has another body."""
    return attrs.evolve(asked, headers=signed(guard, attrs.evolve(asked, body=asked.body + b" "), cfg, now).headers)
