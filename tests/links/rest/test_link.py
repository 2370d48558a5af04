"""Parts at a provider that a test plays: what becomes of each, and of the link."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from chanserv import reference
from chanserv.links.rest.link import RestLink
from chanserv.message import UNSENT as NOT_SENT
from chanserv.message import Coding, Outcome, Part, Question, Slice, Verdict
from chanserv.profiles.replies import Answered
from tests.links.fakes import FakeGate, FakeLane, FakeRouter, work
from tests.links.rest.helpers import KEY, LOST, SECRET, UNSENT, FakeCalls, account, answered

AT = 1_800_000_000.0


class LinkCase(SynchronousTestCase):
    """One account, four requests at once."""

    profile = "acme"
    gate: FakeGate | None = None

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(AT)
        self.lane, self.calls = FakeLane(), FakeCalls()
        self.router: Any = FakeRouter()
        self.link = self.made(self.calls)
        self.link.start()
        self.logged: list[str] = []
        observer: Any = self._log
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def made(self, calls: FakeCalls, **settings: Any) -> RestLink:
        return RestLink(
            account(self.profile, **settings), self.lane, self.router, self.clock,
            gate=self.gate, calls=calls, chance=lambda: 0.0,
        )  # fmt: skip

    def _log(self, event: Any) -> None:
        said = {key: value for key, value in event.items() if not key.startswith("log_")}
        self.logged.append(f"{event.get('log_format')} {said} {event.get('log_failure', '')}")

    def send(self, piece: int = 1, parts: Any = 1, **more: Any) -> None:
        self.link.send(work(piece, parts, expires=AT + 3600.0, **more))

    def outcome(self, answer: Any) -> Outcome:
        """Of one part that is answered so."""
        self.send()
        self.calls.answer(answer)
        return self.lane.outcomes[-1]


class PartTests(LinkCase):
    """One part, one request, one outcome."""

    def test_its_request(self) -> None:
        """Of the profile's making, from the part's own octets, with our id of it and our hooks."""
        euro = Part(number=2, slice=Slice("caf\u00e9 \U0001f600".encode("utf-16-be")))
        self.send(7, (euro,), coding=Coding.UCS2)
        [request] = self.calls.requests
        self.assertEqual((("http://acme.example/send",), "POST"), (request.urls, request.method))
        self.assertEqual(
            {
                "to": "5511999990000", "from": "8000", "text": "caf\u00e9 \U0001f600",
                "message": "", "ref": reference.write(107, 7, 2, "5511999990000"),
                "status": f"https://gw.example/hook/a/{SECRET}/status",
            },
            json.loads(request.body),
        )  # fmt: skip
        self.assertEqual({"X-Key": KEY, "X-Sender": "8000", "Content-Type": "application/json"}, dict(request.headers))

    def test_each_part_by_itself(self) -> None:
        """With an outcome and an id of its own; in whatever order they are answered."""
        self.send(1, 2)
        self.send(2)
        for place, id in ((1, "b"), (1, "c"), (0, "a")):
            self.calls.answer(answered(status="queued", id=id), place)
        told = [(each.piece, each.part, each.carrier_id, each.verdict) for each in self.lane.outcomes]
        self.assertEqual([(1, 2, "b", Verdict.TAKEN), (2, 1, "c", Verdict.TAKEN), (1, 1, "a", Verdict.TAKEN)], told)

    def test_several_ids(self) -> None:
        """Of a provider that has made several parts of it."""
        found = self.outcome(answered(status="queued", id=["a", "b", "c"]))
        self.assertEqual((Verdict.TAKEN, "a", ("b", "c")), (found.verdict, found.carrier_id, found.more_ids))

    def test_every_verdict(self) -> None:
        """By the profile's words, and by HTTP's where it has none."""
        for answer, verdict, reason, after in (
            (answered(), Verdict.TAKEN, "", 0.0),
            (answered(200, status="failed", error="no such number"), Verdict.REFUSED, "no such number", 0.0),
            (answered(400, error="bad sender"), Verdict.REFUSED, "bad sender", 0.0),
            (answered(404), Verdict.REFUSED, "HTTP 404", 0.0),
            (answered(302), Verdict.REFUSED, "HTTP 302", 0.0),
            (answered(500), Verdict.LATER, "HTTP 500", 0.0),
            (answered(200, code="busy", wait=20), Verdict.LATER, "HTTP 200", 20.0),
            (answered(200, code="slow", wait=9), Verdict.LATER, "HTTP 200", 9.0),
            (answered(400, code=21610), Verdict.REFUSED, "HTTP 400", 0.0),
            (answered(503, error=NOT_SENT), Verdict.LATER, "later", 0.0),
        ):
            found = self.outcome(answer)
            self.assertEqual((verdict, reason, after), (found.verdict, found.reason, found.retry_after), answer)

    def test_throttled_in_the_log(self) -> None:
        """One line a minute, with the provider's reason, but without what may be a number in it."""
        for _ in range(3):
            self.outcome(answered(429, error="limit of 5511999990000"))
        lines = [each for each in self.logged if "slow down" in each]
        self.assertEqual(1, len(lines), self.logged)
        self.assertIn("limit of …", lines[0])

    def test_throttled(self) -> None:
        """The lane pauses for as long as the provider says; else a second; never for ever."""
        self.outcome(answered(200, code="slow", wait=7))
        self.outcome(answered(429))
        after = {"retry-after": "12"}
        self.outcome(Answered(status=429, headers=after))
        for endless in ("nan", "inf", "1e99", "-5", "Fri, 31 Dec 2027 23:59:59 GMT"):
            self.outcome(Answered(status=429, headers={"retry-after": endless}))
        self.assertEqual([7.0, 1.0, 12.0, 1.0, 1.0, 3600.0, 1.0, 1.0], self.lane.throttles)

    def test_stopped(self) -> None:
        """Is told to the platform, on the channel whose text it was; the part failed."""
        self.outcome(answered(400, code=21610, error="opted out"))
        [[reply]] = self.router.replies
        self.assertEqual(
            ("a", "+5511999990000", "8000", True, "claro", b""),
            (reply.link, reply.sender, reply.to, reply.stop, reply.channel, reply.body),
        )
        self.router.waiting.pop().callback([False])
        self.assertIn("an opt-out was not kept", self.logged[-1])

    def test_no_request_can_be_made(self) -> None:
        """A sender that would be a header of its own: the text can never go, and others can."""
        self.send(1, sender="8000\r\nX-Evil: 1")
        self.assertEqual([], self.calls.requests)
        [outcome] = self.lane.outcomes
        self.assertEqual(
            (Verdict.REFUSED, "header X-Sender would have a line break"), (outcome.verdict, outcome.reason)
        )
        self.assertTrue(self.link.up)

    def test_a_surprise(self) -> None:
        """A fault of ours is UNKNOWN, once, and harms no other part."""
        self.send(1)
        self.send(2)
        self.calls.waiting.pop(0).errback(ZeroDivisionError())
        self.calls.answer(answered())
        self.assertEqual([Verdict.UNKNOWN, Verdict.TAKEN], [each.verdict for each in self.lane.outcomes])
        self.assertEqual(45.0, self.lane.outcomes[0].retry_after)  # three in one second would be three texts
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual((True, 0), (self.link.up, self.link.status()["unanswered"]))

    def test_words_without_our_secrets(self) -> None:
        """Providers repeat the key they did not like; it is in no reason, counter, page or log."""
        self.outcome(answered(400, error=f"key {KEY} may not use {SECRET}"))
        self.outcome(answered(401, error=f"key {KEY}"))
        self.assertEqual("key … may not use …", self.lane.outcomes[0].reason)
        told = json.dumps(self.link.status()) + str(self.lane.outcomes) + "".join(self.logged)
        self.assertNotIn(KEY, told)
        self.assertNotIn(SECRET, told)

    def test_counted_by_code(self) -> None:
        """Words and numbers are no codes; there are not endlessly many."""
        for error in ("E21", "E21", "15551234567", "no such number"):
            self.outcome(answered(400, error=error))
        self.assertEqual({"E21": 2, "failed": 2}, self.link.status()["answers"])
        for number in range(200):
            self.outcome(answered(400, error=f"E{number}"))
        self.assertLess(len(self.link.status()["answers"]), 105)  # type: ignore[arg-type]

    def test_nobody_is_asked(self) -> None:
        """No profile has words for it: an answer that is not well, each."""
        for asking in (self.link.ask, self.link.cancel):
            [answer] = self.successResultOf(asking([Question(carrier_id="v1", to="1", sender="2")]))
            self.assertFalse(answer.well)


class WindowTests(LinkCase):
    """How many at once, and rests."""

    def test_concurrency(self) -> None:
        """Is the window, once it has begun."""
        self.assertEqual((True, 4), (self.link.up, self.link.window))
        fresh = self.made(FakeCalls(), concurrency=9)
        self.assertEqual((False, 0), (fresh.up, fresh.window))
        fresh.start()
        self.assertEqual((True, 9), (fresh.up, fresh.window))

    def test_nobody_there(self) -> None:
        """Parts go back in line without a try; then one finds out; then all go again."""
        self.send(1, 2)
        self.send(2)
        for _ in range(3):
            self.calls.answer(UNSENT)
        self.assertEqual([(Verdict.LATER, NOT_SENT)] * 3, [(each.verdict, each.reason) for each in self.lane.outcomes])
        self.assertEqual((False, 0, 1), (self.link.up, self.link.window, self.link.status()["flaps"]))
        self.assertEqual(("resting", "connection refused"), self.state())
        self.clock.advance(1.0)
        self.assertEqual((True, 1), (self.link.up, self.link.window))
        self.outcome(UNSENT)
        self.clock.advance(1.0)
        self.assertFalse(self.link.up)
        self.clock.advance(1.0)
        changes = self.lane.changes
        self.outcome(answered())
        self.assertEqual((4, changes + 1), (self.link.window, self.lane.changes))

    def test_what_is_shown(self) -> None:
        """Where it is, if not where one would think; when it is tried again; what left, not what found nobody."""
        status = self.link.status()
        self.assertEqual(("Acme SMS", 0.0, 0), (status["host"], status["again"], status["hooks_refused"]))
        proxied = self.made(FakeCalls(), base_url="https://me:secret@127.0.0.1:8083/acme").status()
        self.assertEqual("Acme SMS at 127.0.0.1:8083", proxied["host"])
        self.outcome(UNSENT)
        status = self.link.status()
        self.assertEqual((AT + 1.0, 0, {}), (status["again"], status.get("submits", 0), status["answers"]))
        self.clock.advance(1.0)
        self.outcome(answered())
        status = self.link.status()
        self.assertEqual((0.0, 1, {"accepted": 1}), (status["again"], status["submits"], status["answers"]))
        self.outcome(LOST)
        status = self.link.status()
        self.assertEqual((2, {"accepted": 1, "none": 1}), (status["submits"], status["answers"]))

    def state(self) -> tuple[object, object]:
        status = self.link.status()
        return status["state"], status["last_error"]

    def test_lost_answers(self) -> None:
        """Are UNKNOWN, and what else would go meanwhile waits: one window at most is in doubt."""
        self.send(1, 2)
        self.calls.answer(LOST)
        self.assertEqual((Verdict.UNKNOWN, "connection lost"), self.told())
        self.assertEqual(45.0, self.lane.outcomes[-1].retry_after)
        self.assertEqual((False, ("resting", "connection lost")), (self.link.up, self.state()))
        self.calls.answer(answered())
        self.assertFalse(self.link.up)
        self.clock.advance(1.0)
        self.assertEqual((True, 4), (self.link.up, self.link.window))

    def told(self) -> tuple[Verdict, str]:
        outcome = self.lane.outcomes[-1]
        return outcome.verdict, outcome.reason

    def told_of(self, answer: Any) -> tuple[Verdict, str]:
        self.outcome(answer)
        return self.told()

    def test_the_same_part_does_not_find_out_again(self) -> None:
        """Whether a provider knows us another part is to tell, longer every time: it may be for this one alone."""
        after = []
        for tries in (0, 0, 1, 2, 3):
            self.send(1, (Part(number=1, slice=Slice(b"hi"), tries=tries),))
            self.calls.answer(answered(401))
            after.append(self.lane.outcomes[-1].retry_after)
            self.clock.advance(60.0)
        self.assertEqual([0.0, 61.0, 121.0, 241.0, 241.0], after)

    def test_any_answer_is_somebody(self) -> None:
        """A refusal, a fault of theirs: they are there."""
        for status in (400, 429, 500, 302):
            self.outcome(UNSENT)
            self.clock.advance(1.0)
            self.outcome(answered(status))
            self.assertEqual(4, self.link.window)

    def test_not_known(self) -> None:
        """A wrong key refuses no text: all wait, an alarm tells it once, and `start` begins anew."""
        self.send(1)
        self.send(2)
        for _ in range(2):
            self.calls.answer(answered(401, error="bad key"))
            self.assertEqual((Verdict.LATER, NOT_SENT), self.told())
        status = self.link.status()
        self.assertEqual((False, "bad key", False), (status["locked"], status["last_error"], self.link.up))
        self.clock.advance(1.0)
        self.assertEqual((Verdict.LATER, "bad key"), self.told_of(answered(401, error="bad key")))
        self.assertTrue(self.link.status()["locked"])
        self.assertEqual(1, sum("link-locked" in each for each in self.logged))
        self.clock.advance(59.0)
        self.assertFalse(self.link.up)
        self.clock.advance(1.0)
        self.assertEqual((True, 1), (self.link.up, self.link.window))
        self.outcome(answered(401))
        self.assertEqual(1, sum("link-locked" in each for each in self.logged))
        self.link.start()
        self.assertEqual((True, 4, False), (self.link.up, self.link.window, self.link.status()["locked"]))

    def test_not_known_by_other_words(self) -> None:
        """A profile may say that something else than 401 means it."""
        self.outcome(answered(code="stranger"))
        self.assertEqual((Verdict.LATER, NOT_SENT), self.told())
        self.assertFalse(self.link.up)

    def test_two_workspaces(self) -> None:
        """Two accounts of one profile share nothing: one rests, is refused, counts; the other does not."""
        calls, lane = FakeCalls(), FakeLane()
        other = RestLink(account(), lane, self.router, self.clock, calls=calls, chance=lambda: 0.0)
        other.start()
        self.outcome(answered(401))
        self.assertEqual((False, True), (self.link.up, other.up))
        self.assertEqual(({}, 0), (other.status()["answers"], other.status()["flaps"]))
        self.assertIs(self.link.profile, other.profile)


class TokenTests(LinkCase):
    """With a profile that fetches a token."""

    profile = "acme-token"

    def token(self, value: str = "t1", place: int = 0) -> None:
        self.calls.answer(answered(access_token=value, expires_in="3600"), place)

    def bearers(self) -> list[str]:
        return [
            headers["Authorization"]
            for each in self.calls.requests
            if "Authorization" in (headers := dict(each.headers))
        ]

    def test_fetched_once(self) -> None:
        """For all parts that wait for it."""
        self.send(1, 3)
        self.assertEqual(["http://acme.example/token"], self.calls.urls)
        self.token()
        self.assertEqual(["Bearer t1"] * 3, self.bearers())

    def test_an_old_one(self) -> None:
        """401, and it was ours that was old: nobody has taken the part, and it goes with another."""
        self.send()
        self.token()
        self.calls.answer(answered(401))
        self.token("t2")
        self.calls.answer(answered())
        self.assertEqual(["Bearer t1", "Bearer t2"], self.bearers())
        self.assertEqual(([Verdict.TAKEN], True), ([each.verdict for each in self.lane.outcomes], self.link.up))

    def test_an_old_one_told_by_other_words(self) -> None:
        """Whatever the profile calls denied: Hormuud says it by 403."""
        self.send()
        self.token()
        self.calls.answer(answered(403, code="stranger"))
        self.token("t2")
        self.calls.answer(answered())
        self.assertEqual(["Bearer t1", "Bearer t2"], self.bearers())
        self.assertEqual([Verdict.TAKEN], [each.verdict for each in self.lane.outcomes])

    def test_a_new_one_that_is_refused(self) -> None:
        """Then it is not the token."""
        self.send()
        self.token()
        self.calls.answer(answered(401))
        self.token("t2")
        self.calls.answer(answered(401))
        self.assertEqual((2, False), (len(self.bearers()), self.link.up))
        self.assertEqual([NOT_SENT], [each.reason for each in self.lane.outcomes])

    def test_words_without_the_token(self) -> None:
        """It is a key as others are."""
        self.send()
        self.token("the-token")
        self.calls.answer(answered(400, error="token the-token may not do this"))
        self.assertEqual("token … may not do this", self.lane.outcomes[-1].reason)

    def test_none_to_be_had(self) -> None:
        """Denied twice, it is locked; nobody there, it rests. The part goes back in line."""
        wrong = answered(401)
        for answer, locked in ((answered(500), 0), (UNSENT, 0), (LOST, 0), (wrong, 0), (wrong, 1), (wrong, 1)):
            self.send()
            self.calls.answer(answer)
            self.assertEqual((NOT_SENT, locked), (self.lane.outcomes[-1].reason, self.link.status()["locked"]))
            self.assertFalse(self.link.up)
            self.clock.advance(60.0)


class StopTests(LinkCase):
    """The end."""

    def test_what_is_out_comes_home(self) -> None:
        """Then the connections go; no timer is left."""
        self.send()
        stopped = self.link.stop()
        self.assertEqual((False, 0, "stopped"), (self.link.up, self.link.window, self.link.status()["state"]))
        self.assertNoResult(stopped)
        self.calls.answer(answered())
        self.successResultOf(stopped)
        self.successResultOf(self.link.stop())
        self.assertEqual([Verdict.TAKEN], [each.verdict for each in self.lane.outcomes])
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_what_does_not(self) -> None:
        """Is given up in bounded time, and told before the end: whether it was taken is not known."""
        self.send(1, 2)
        stopped = self.link.stop()
        self.clock.advance(6.9)
        self.assertNoResult(stopped)
        self.clock.advance(0.1)
        self.successResultOf(stopped)
        self.assertEqual([Verdict.UNKNOWN] * 2, [each.verdict for each in self.lane.outcomes])
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_bounded_whatever_happens(self) -> None:
        """Even where a request does not end when it is told to."""
        self.calls.stubborn = True
        self.send()
        stopped = self.link.stop()
        self.clock.pump([7.0, 0.9])
        self.assertNoResult(stopped)
        self.clock.advance(0.1)
        self.successResultOf(stopped)

    def test_resting(self) -> None:
        """Has no timer afterwards either."""
        self.outcome(UNSENT)
        self.successResultOf(self.link.stop())
        self.assertEqual(([], False), (self.clock.getDelayedCalls(), self.link.up))


class GateTests(LinkCase):
    """Inside a tunnel."""

    def setUp(self) -> None:
        self.gate = FakeGate(open=False)
        super().setUp()

    def test_closed(self) -> None:
        """Nothing goes; open, all does; the lane is told of each change."""
        self.assertEqual((False, 0, "gated"), (self.link.up, self.link.window, self.link.status()["state"]))
        changes = self.lane.changes
        assert self.gate is not None
        self.gate.change(True)
        self.assertEqual((True, 4, changes + 1), (self.link.up, self.link.window, self.lane.changes))

    def test_handed_over_all_the_same(self) -> None:
        """A part that was on its way to us as it closed leaves no octet outside the tunnel."""
        self.send()
        self.assertEqual(([], [NOT_SENT]), (self.calls.requests, [each.reason for each in self.lane.outcomes]))

    def test_closes(self) -> None:
        """No connection goes on outside the tunnel: idle ones go, and what is out is given up."""
        assert self.gate is not None
        self.gate.change(True)
        self.assertEqual(0, self.calls.closed)
        self.gate.change(False)
        self.assertEqual(1, self.calls.closed)
