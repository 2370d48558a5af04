"""A token that has to be fetched: when, how often, and what if it cannot be had."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.rest.tokens import NoToken, Tokens
from chanserv.profiles.replies import Answered
from chanserv.profiles.requests import Request
from tests.links.rest.helpers import LOST, UNSENT, FakeCalls, answered, profile


class TokensTests(SynchronousTestCase):
    """Those of one account."""

    def setUp(self) -> None:
        self.clock, self.calls = Clock(), FakeCalls()
        token = profile("acme-token").token
        assert token is not None
        self.tokens = Tokens(token, self.calls, self.clock, lambda now: {"cfg": {"base": "http://x", "key": "a&b"}})

    def have(self, value: str = "t1", life: Any = 100) -> None:
        got = self.tokens.get()
        self.calls.answer(answered(access_token=value, expires_in=life))
        self.assertEqual(value, self.successResultOf(got))

    def fetches(self) -> int:
        """It is asked for one; how many requests there were."""
        self.tokens.get()
        return len(self.calls.requests)

    def test_as_the_profile_says(self) -> None:
        """One request of its making."""
        self.have()
        [request] = self.calls.requests
        self.assertEqual(("POST", ("http://x/token",)), (request.method, request.urls))
        self.assertEqual(b"grant_type=client_credentials&secret=a%26b", request.body)

    def test_one_fetch_at_a_time(self) -> None:
        """All who ask meanwhile get what it brings."""
        got = [self.tokens.get() for _ in range(3)]
        self.assertEqual(1, len(self.calls.requests))
        self.calls.answer(answered(access_token="t1"))
        self.assertEqual(["t1"] * 3, [self.successResultOf(each) for each in got])

    def test_one_who_goes_away(self) -> None:
        """Gets none, at once, and takes it from nobody else."""
        gone, stays = self.tokens.get(), self.tokens.get()
        gone.cancel()
        self.assertEqual(NoToken("no token in time", denied=False), self.successResultOf(gone))
        self.calls.answer(answered(access_token="t1"))
        self.assertEqual("t1", self.successResultOf(stays))

    def test_kept_until_it_is_nearly_old(self) -> None:
        """A tenth of its life before the end the next is fetched; its life may be told as a text."""
        for life in (100, "100"):
            self.tokens.drop("t1")
            self.calls.requests.clear()
            self.have(life=life)
            self.clock.advance(89.0)
            self.assertEqual(1, self.fetches(), life)
            self.clock.advance(2.0)
            self.assertEqual(2, self.fetches(), life)
            self.calls.answer(answered(access_token="t1", expires_in=100))

    def test_without_a_life(self) -> None:
        """The profile's own; and what is no number of seconds is none."""
        for life in (None, "soon", "nan", "inf"):
            self.tokens.drop("t1")
            self.have(life=life)
            self.calls.requests.clear()
            self.clock.advance(3200.0)
            self.assertEqual(0, self.fetches(), life)
            self.clock.advance(50.0)
            self.assertEqual(1, self.fetches(), life)
            self.calls.answer(answered(access_token="t1", expires_in=100))

    def test_a_short_life(self) -> None:
        """Is no reason to ask at every part."""
        self.have(life=1)
        self.clock.advance(4.0)
        self.assertEqual(1, self.fetches())

    def test_dropped(self) -> None:
        """The next asks anew; one that was dropped already is not dropped twice."""
        self.have("t1")
        self.tokens.drop("t1")
        self.have("t2")
        self.tokens.drop("t1")
        self.assertEqual("t2", self.successResultOf(self.tokens.get()))
        self.assertEqual(2, len(self.calls.requests))

    def test_none_to_be_had(self) -> None:
        """Denied: the provider does not know us. All else may be better soon, and is asked again."""
        html = Answered(status=200, headers={"content-type": "text/html"}, body=b"<html>")
        for answer, denied in (
            (answered(401), True),
            (answered(400), True),
            (answered(403), True),
            (answered(500), False),
            (answered(429), False),
            (answered(302), False),
            (answered(token="elsewhere"), False),
            (html, False),
            (UNSENT, False),
            (LOST, False),
        ):
            got = self.tokens.get()
            self.calls.answer(answer)
            found = self.successResultOf(got)
            self.assertEqual((NoToken, denied), (type(found), found.denied if isinstance(found, NoToken) else None))
        self.have()

    def test_one_that_would_be_a_header_of_its_own(self) -> None:
        """A line break in it is no token."""
        got = self.tokens.get()
        self.calls.answer(answered(access_token="t\r\nX-Evil: 1"))
        self.assertEqual(NoToken("no token in the answer", denied=False), self.successResultOf(got))
        self.have()

    def test_a_request_that_cannot_be_made(self) -> None:
        """Is no token; it says why."""
        token = profile("acme-token").token
        assert token is not None
        tokens = Tokens(token, self.calls, self.clock, lambda now: {"cfg": {"base": "acme", "key": "k"}})
        self.assertEqual(NoToken("no token: what came out is no URL", denied=False), self.successResultOf(tokens.get()))
        self.assertEqual([], self.calls.requests)

    def test_a_surprise(self) -> None:
        """Nobody waits for ever, and the next one is fetched as if nothing had been."""

        def broken(request: Request) -> Answered:
            raise ZeroDivisionError

        self.calls.always = broken
        self.assertEqual(NoToken("no token: a fault of ours", denied=False), self.successResultOf(self.tokens.get()))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.calls.always = None
        self.have()
