"""One request to a simulated aggregator: read as a value, and answered with one. What they mean is not known here."""

from __future__ import annotations

from typing import Any

from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from chanserv.profiles.trees import sniff

TYPES = {"json": "application/json", "xml": "text/xml; charset=utf-8"}  # of an answer that says none; else plain text


def asked(request: Any) -> Request:
    """What came, as whoever sent it made it."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("utf-8", "replace"))
        for name, values in request.requestHeaders.getAllRawHeaders()
        for value in values
    )
    host = request.getRequestHostname().decode("latin-1") or "provider.invalid"
    url = f"http://{host}{request.uri.decode('latin-1')}"
    request.content.seek(0)
    return Request(request.method.decode("latin-1"), (url,), headers, request.content.read())


def write(request: Any, answered: Answered) -> None:
    """All of it. Whoever asked must still be there."""
    request.setResponseCode(answered.status)
    for name, value in answered.headers.items():
        request.setHeader(name, value)
    if "content-type" not in answered.headers:
        request.setHeader("content-type", TYPES.get(sniff("", answered.body), "text/plain"))
    request.setHeader("content-length", str(len(answered.body)))
    request.write(answered.body)
    request.finish()
