"""Messages as the rules see them, made by a word for each part."""

from __future__ import annotations

from typing import Any

from chanserv.message import Message, Part, Piece, Slice, State, digest

TO = "+5511999990000"


def piece(*states: str, text: str = "hello", ref: int = 10, **more: Any) -> Piece:
    """A piece whose parts are in these states."""
    parts = tuple(Part(number=n, slice=Slice(b"x"), state=State(state)) for n, state in enumerate(states, 1))
    given: dict[str, Any] = {"to": TO, "sender": "8000", "text": text, "digest": digest(text), "link": "a"}
    return Piece(ref=ref, parts=parts, **{**given, **more})


def message(*pieces: Piece, **more: Any) -> Message:
    given: dict[str, Any] = {"ref": 1, "channel": "claro", "id": "7", "born": 0.0, "expires": 86400.0, "asked": 0.0}
    return Message(pieces=pieces or (piece("queued"),), **{**given, **more})
