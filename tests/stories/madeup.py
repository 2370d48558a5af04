"""An aggregator that there is not, and all that a site writes to have it: one TOML file.

It wants a token (OAuth 2, client credentials) with every text, cuts long texts itself and gives an id for each part,
and tells what became of them together with replies, several in a request, signed with HMAC-SHA256 over the time and
the body. The server is written from that alone: nothing of the gateway's is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from typing import Any

import attrs
from twisted.web.resource import Resource

PROFILE = """
[profile]
title = "Made Up"
regions = ["nowhere"]
source = ["tests/stories/madeup.py"]
confidence = "high"
needs = { base = "where it is", client = "client id", secret = "client secret", signing = "key of the webhooks" }

[send]
url = "{cfg.base}/v1/messages"
bearer = "{token}"
json = { from = "{from}", to = "{to|noplus}", text = "{text}", events = "{hook.events}" }

[send.token]
url = "{cfg.base}/oauth/token"
basic = ["{cfg.client}", "{cfg.secret}"]
form = { grant_type = "client_credentials" }

[send.reply]
id = "parts|every:'id'"
reason = "error"

# t=1700000000,v1=9f86d0...
[[verify]]
scheme = "hmac"
given = "header.x-signature|re:'v1=([0-9a-f]+)'"
time = "header.x-signature|re:'t=([0-9]+)'"
key = "{cfg.signing}"
encode = "hex"
over = ["{header.x-signature|re:'t=([0-9]+)'}", ".", "{body}"]

[[hook]]
kind = "status"
path = "events"
each = ["events"]
when = "type = status"
id = "part"
status = "state"
reason = "cause"
map = { delivered = ["DELIVERED"], failed = ["FAILED"], ignored = ["BUFFERED"] }

[[hook]]
kind = "mo"
path = "events"
each = ["events"]
when = "type = text"
from = "from|plus"
to = "to"
text = "text"
id = "id"
at = "at|date:'ms'"

[[test]]
what = "a text that is cut"
cfg = { base = "https://made.example", client = "c", secret = "s", signing = "k" }
to = "+250788123123"
from = "8000"
text = "Hi"
method = "POST"
url = "https://made.example/v1/messages"
headers = { Authorization = "Bearer TOKEN" }
json = { from = "8000", to = "250788123123", text = "Hi", events = "https://gw.example/hook/link/secret/events" }
status = 202
reply = '{"parts": [{"id": "p1"}, {"id": "p2"}]}'
means = { then = "accepted", id = ["p1", "p2"] }

[[test]]
what = "several things at once"
kind = "status"
path = "events"

[[test.json.events]]
type = "status"
part = "p1"
state = "DELIVERED"

[[test.json.events]]
type = "status"
part = "p2"
state = "FAILED"
cause = "absent"

[[test.json.events]]
type = "text"
id = "m1"
from = "250788123123"
to = "8000"
text = "Yes"
at = 1700000000000

[[test.means]]
id = "p1"
status = "delivered"

[[test.means]]
id = "p2"
status = "failed"
reason = "absent"

[[test.means]]
id = "m1"
from = "+250788123123"
to = "8000"
text = "Yes"
at = 1.7e9
"""

CLIENT, SECRET, SIGNING = "us", "client secret", "signing key"
PART = 70  # characters


@attrs.define
class Taken:
    """One text, and the ids of its parts."""

    body: dict[str, str]
    token: str
    parts: list[str]


class MadeUp(Resource):
    """`life`: seconds for which it says that a token is good; `tokens`: those that it takes."""

    isLeaf = True

    def __init__(self, poster: Any) -> None:
        super().__init__()
        self._poster = poster
        self.life = 3600
        self.given: list[str] = []
        self.tokens: set[str] = set()
        self.refused: list[str] = []  # tokens that were too old
        self.taken: list[Taken] = []

    def render_POST(self, request: Any) -> bytes:
        """Twisted: answer the request."""
        request.setHeader("content-type", "application/json")
        request.content.seek(0)
        asked = {b"/oauth/token": self._token, b"/v1/messages": self._message}[request.path]
        status, answer = asked(request.getHeader("authorization") or "", request.content.read())
        request.setResponseCode(status)
        return json.dumps(answer).encode()

    def _token(self, authorization: str, body: bytes) -> tuple[int, dict[str, object]]:
        known = f"Basic {b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        if (authorization, body) != (known, b"grant_type=client_credentials"):
            return 401, {"error": "invalid_client"}
        self.given.append(f"token-{len(self.given) + 1}")
        self.tokens = {self.given[-1]}
        return 200, {"access_token": self.given[-1], "token_type": "Bearer", "expires_in": self.life}

    def _message(self, authorization: str, body: bytes) -> tuple[int, dict[str, object]]:
        token = authorization.removeprefix("Bearer ")
        if token not in self.tokens:
            self.refused.append(token)
            return 401, {"error": "invalid_token"}
        told = json.loads(body)
        parts = [f"p{len(self.taken)}.{n}" for n in range(-(-len(told["text"]) // PART))]
        self.taken.append(Taken(told, token, parts))
        return 202, {"parts": [{"id": id} for id in parts]}

    # what it tells

    async def tell(self, *events: dict[str, object], key: str = SIGNING, ago: int = 0, changed: bool = False) -> int:
        """All in one request, to where the last text said; our answer. `ago`: seconds since it was signed."""
        body, stamp = json.dumps({"events": events}).encode(), int(time.time()) - ago
        signature = hmac.digest(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hex() if key else ""
        headers = {"Content-Type": "application/json", **({"X-Signature": f"t={stamp},v1={signature}"} if key else {})}
        body = body.replace(b"FAILED", b"DELIVERED") if changed else body
        response = await self._poster.request("POST", self.taken[-1].body["events"], headers=headers, data=body)
        await response.content()
        code: int = response.code
        return code


def status(part: str, state: str = "DELIVERED", **more: object) -> dict[str, object]:
    return {"type": "status", "part": part, "state": state, **more}


def text(id: str, sender: str, to: str, said: str) -> dict[str, object]:
    return {"type": "text", "id": id, "from": sender, "to": to, "text": said, "at": int(time.time() * 1000)}
