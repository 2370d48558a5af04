"""The answer to whoever asks for a token: one that the profile finds where it looks."""

from __future__ import annotations

import json
from typing import Any

from chanserv.profiles.paths import put, steps
from chanserv.profiles.profile import Profile
from chanserv.profiles.replies import Answered

LIFE = 3600  # seconds
VALUE = "stub-token"


def token(profile: Profile) -> Answered:
    """In JSON: providers of tokens speak nothing else."""
    assert profile.token is not None, "who asks has looked"
    tree: dict[str, Any] = {}
    for path, value in ((profile.token.ttl_at, LIFE), (profile.token.value_at, VALUE)):
        put(tree, steps(path), value)
    return Answered(status=200, headers={"content-type": "application/json"}, body=json.dumps(tree).encode())
