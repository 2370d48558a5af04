"""What providers' cases are run with: a lane and a router that remember, and values written as cases are.

How requests are made and read is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twisted.internet.defer import Deferred, succeed

from chanserv.message import Outcome, Receipt, Reply

FILE = Path(__file__).parent.parent / "profiles" / "cases.json"
PROVIDERS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "part-of-a-form"


class Lane:
    """What a link tells its lane."""

    def __init__(self) -> None:
        self.answers: Deferred[Outcome] = Deferred()
        self.throttles: list[float] = []

    def answered(self, outcomes: Sequence[Outcome]) -> None:
        (outcome,) = outcomes
        self.answers.callback(outcome)

    def throttled(self, delay: float) -> None:
        self.throttles.append(delay)

    def changed(self) -> None: ...
    def broken(self) -> None: ...
    def congested(self, level: int) -> None: ...


class Router:
    """Keeps all it is told."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.receipts: list[Receipt] = []

    def reply(self, replies: Sequence[Reply]) -> Deferred[list[bool]]:
        self.replies += replies
        return succeed([True] * len(replies))

    def receipt(self, receipts: Sequence[Receipt]) -> Deferred[list[bool]]:
        self.receipts += receipts
        return succeed([True] * len(receipts))


def instant(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def filled(value: Any, words: dict[str, str]) -> Any:
    """With what stands for ~words~."""
    match value:
        case str():
            for word, meant in words.items():
                value = value.replace(f"~{word}~", meant)
            return value
        case dict():
            return {key: filled(each, words) for key, each in value.items()}
        case list():
            return [filled(each, words) for each in value]
    return value


def octets(request: dict[str, Any]) -> tuple[bytes, str]:
    """Of the body of a webhook, and what it is."""
    for kind, type in (("form", FORM), ("json", "application/json"), ("xml", "text/xml")):
        if kind in request:
            value = request[kind]
            written = value if isinstance(value, str) else urlencode(value) if kind == "form" else json.dumps(value)
            return written.encode(), type
    if "multipart" in request:
        parts = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in request["multipart"].items()
        )
        return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode(), f"multipart/form-data; boundary={BOUNDARY}"
    return b"", ""


def timed(wanted: dict[str, Any]) -> dict[str, Any]:
    match wanted:
        case {"mo": {"at": str(at)} as text}:
            return {"mo": {**text, "at": instant(at)}}
    return wanted


def status(receipt: Receipt) -> dict[str, Any]:
    return {
        "status": {
            "id": receipt.carrier_ids[0] if receipt.carrier_ids else "", "ours": receipt.ours,
            "status": receipt.status.value, "reason": receipt.reason,
        }
    }  # fmt: skip


def reply(reply: Reply) -> dict[str, Any]:
    if reply.stop:
        return {"stop": reply.sender}
    part = [reply.segment.total, reply.segment.number] if reply.segment else None
    text = reply.body.decode()
    return {
        "mo": {"from": reply.sender, "to": reply.to, "text": text, "id": reply.vendor_id, "at": reply.at, "part": part}
    }
