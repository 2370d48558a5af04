"""The way back: what is posted when, and what each of the platform's answers does to a letter."""

from __future__ import annotations

from typing import Any

from treq.testing import StubTreq
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionLost, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseNeverReceived

from chanserv.errors import StoreError
from chanserv.message import Letter, Piece, Post
from chanserv.operations import Failed, Fetch, Posted
from chanserv.platform.answers import Answer, Fate, judge
from chanserv.platform.client import Client
from chanserv.platform.peer import Fault, Platform
from chanserv.platform.report import Reporter
from chanserv.platform.rounds import Rounds
from tests.platform.helpers import START, UUID, OutboxStore, channel, clock, platform


def status(ref: int = 1, kind: str = "delivered", id: str = "1065", first: float = START, **more: Any) -> Letter:
    return Letter(ref=ref, kind=kind, channel="rw", id=id, first=first, **more)


def mo(ref: int = 1, sender: str = "+250788123123", text: str = "1", first: float = START, **more: Any) -> Letter:
    return Letter(ref=ref, kind="receive", channel="rw", sender=sender, text=text, at=START, first=first, **more)


def reset() -> Failure:
    return Failure(ResponseNeverReceived([Failure(ConnectionLost())]))


class Broken:
    """A poster whose posts break as told, then go on to another; `silent` ones wait for ever."""

    def __init__(self, real: Any, *breaks: Failure | None) -> None:
        self.real, self.breaks, self.urls, self.silent = real, list(breaks), [], []
        self.hushed = False

    def post(self, url: Any, **keywords: Any) -> Deferred[Any]:
        self.urls.append((url.to_text(), keywords))
        if self.hushed:
            self.silent.append(Deferred())
            return self.silent[-1]
        if self.breaks and (broken := self.breaks.pop(0)) is not None:
            return fail(broken)
        answered: Deferred[Any] = self.real.post(url, **keywords)
        return answered

    def request(self, *_: Any, **keywords: Any) -> Deferred[Any]:
        raise NotImplementedError


class ReporterCase(SynchronousTestCase):
    """A reporter between an outbox in memory and the platform's simulator."""

    breaks: tuple[Failure | None, ...] = ()

    def setUp(self) -> None:
        self.clock: Clock = clock()
        self.store = OutboxStore(self.clock)
        self.rounds = Rounds()
        self.peer = Platform(clock=self.clock, poster=None, send_url="", channels=frozenset({UUID}))
        self.poster = Broken(StubTreq(self.peer.resource()), *self.breaks)
        self.client = Client(platform(concurrency=2, headers={"X-Key": "k"}), self.clock, self.poster)
        self.reporter = Reporter(
            store=self.store,
            channels={"rw": channel()},
            dial=lambda: {"main": self.client},
            rounds=self.rounds,
            clock=self.clock,
            retry_for=3600.0,
            jitter=lambda: 0.0,
        )
        self.reporter.start()

    def owe(self, *letters: Letter) -> None:
        for letter in letters:
            self.store.owe(letter)
        self.reporter.nudge()
        self.pump()

    def pump(self, seconds: float = 0.0) -> None:
        self.clock.pump([seconds, 0, 0, 0, 0])

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        kinds = ("receive", "sent", "delivered", "failed", "stopped")
        return [(event["what"], event["fields"]) for event in self.peer.events if event["what"] in kinds]

    def wait(self, ref: int = 1) -> float:
        """Seconds until the store hands the letter out again."""
        return self.store.due(ref) - self.clock.seconds()


class PostTests(ReporterCase):
    """Rows of courier's callbacks, as we use them."""

    def test_statuses_reach_the_platform_by_the_id_as_received(self) -> None:
        """Posted once, told, nothing left; the URL, the headers and no redirect."""
        self.owe(status(1, "sent"), status(2, "failed", "1066"))
        self.assertEqual([("sent", {"id": "1065"}), ("failed", {"id": "1066"})], self.asked)
        self.assertEqual(([1, 2], {}), (self.store.told, self.store.letters))
        url, keywords = self.poster.urls[0]
        self.assertEqual((f"http://courier.example/c/ex/{UUID}/sent", False), (url, keywords["allow_redirects"]))
        self.assertEqual(["k"], keywords["headers"].getRawHeaders("X-Key"))

    def test_replies_and_stops_reach_it_as_well(self) -> None:
        """With number, text and date."""
        self.owe(mo(1, text="Love is patient."), Letter(ref=2, kind="stopped", channel="rw", sender="+250788000000"))
        fields = {"from": "+250788123123", "text": "Love is patient.", "date": "2023-11-14T22:13:20.000Z"}
        self.assertEqual([("receive", fields), ("stopped", {"from": "+250788000000"})], self.asked)

    def test_of_one_message_the_next_status_follows_the_answer(self) -> None:
        """The store hands out one letter a line; its end brings the next without waiting."""
        self.owe(status(1, "sent"), status(2, "delivered"))
        self.assertEqual(["sent", "delivered"], [kind for kind, _ in self.asked])

    def test_an_unknown_message_is_told_all_the_same(self) -> None:
        """200 means nothing, but there is nothing more to be had."""
        self.owe(status(id="99999999"))
        self.assertEqual([1], self.store.told)

    def test_ids_the_platform_cannot_read_are_never_told(self) -> None:
        """The wrong kind of id is a validation error, in both directions: a dead letter with its reason."""
        self.owe(status(1, id="0199df0f-9f82-7689-b02d-f34105991321"))
        self.peer.ids = "uuid"
        self.owe(status(2, id="1065"))
        self.assertIn("error converting value", self.store.dead[1])
        self.assertIn("are not valid UUIDs", self.store.dead[2])

    def test_a_sender_that_is_no_number_is_never_told(self) -> None:
        """Alphanumeric senders; short codes pass."""
        self.owe(mo(1, "MTN"), mo(2, "12345"))
        self.assertIn("not a possible number", self.store.dead[1])
        self.assertEqual([2], self.store.told)

    def test_an_unknown_channel_is_tried_again_slowly(self) -> None:
        """The settings are wrong on one side: a person mends that."""
        self.peer.channels = frozenset({"other"})
        self.owe(status())
        self.assertEqual(60.0, self.wait())

    def test_a_redirect_is_not_followed(self) -> None:
        """A POST would become a GET; it is tried again slowly."""
        self.peer.fault = Fault("status", 302)
        self.owe(status())
        self.assertEqual((1, 60.0), (len(self.poster.urls), self.wait()))

    def test_everything_else_is_tried_again_with_growing_pauses(self) -> None:
        """5xx, 4xx of proxies, and 400 with a text we do not know."""
        for code in (400, 401, 403, 404, 405, 408, 429, 500, 502, 503, 504):
            self.setUp()
            self.peer.fault = Fault("status", code)
            pauses = []
            self.owe(status())
            for _ in range(12):
                pauses.append(self.wait())
                self.pump(pauses[-1])
            self.assertEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600], pauses, code)

    def test_after_retry_for_it_is_a_dead_letter(self) -> None:
        """Counted from when it was first owed."""
        self.peer.fault = Fault("status", 503)
        self.owe(status(1, first=START - 3599.0), status(2, first=START - 3600.0, id="x"))
        self.assertEqual(1.0, self.wait())
        self.assertEqual(["503 simulated"], list(self.store.dead.values()))

    def test_a_letter_of_a_channel_that_is_gone_is_dead(self) -> None:
        """Nobody can be told."""
        self.owe(Letter(ref=1, kind="sent", channel="gone", id="1"))
        self.assertEqual(["its channel is not in the settings"], list(self.store.dead.values()))

    def test_what_the_platform_recovers_from_is_told_in_the_end(self) -> None:
        """Two refusals, then the letter goes through by itself."""
        self.peer.fault = Fault("status", 503, times=2)
        self.owe(status())
        self.pump(1.0)
        self.pump(2.0)
        self.assertEqual([1], self.store.told)


class QuietTests(ReporterCase):
    """No status while its message is being answered, nor before the answer is read."""

    def test_a_status_waits_for_our_own_answer(self) -> None:
        """Held in memory, asked again, posted two seconds after the answer."""
        post = Post(channel="rw", id="1065", piece=Piece(to="+250788383383", sender="x", text="hi"))
        ticket = self.rounds.begin(post, self.clock.seconds())
        self.owe(status(), status(2, id="77"))
        self.pump(1.5)
        self.assertEqual([2], self.store.told)
        self.rounds.end(ticket, self.clock.seconds(), taken=True)
        self.pump(0.5)
        self.assertEqual([2], self.store.told)
        self.pump(1.5)
        self.assertEqual([2, 1], self.store.told)

    def test_a_status_withdrawn_while_it_waits_is_not_posted(self) -> None:
        """A further piece came: the delivered that was fetched before is none any more."""
        post = Post(channel="rw", id="1065", piece=Piece(to="+250788383383", sender="x", text="two"))
        ticket = self.rounds.begin(post, self.clock.seconds())
        self.owe(status())
        del self.store.letters[1]
        self.rounds.end(ticket, self.clock.seconds(), taken=True)
        self.pump(10)
        self.assertEqual([], self.asked)

    def test_a_status_withdrawn_while_it_waits_for_a_slot_is_not_posted(self) -> None:
        """Both slots are taken for longer than a request may have come and gone."""
        self.poster.hushed = True
        self.owe(*[status(number, id=str(number)) for number in range(1, 5)])
        del self.store.letters[3]
        self.pump(3)
        self.poster.hushed = False
        for silent in self.poster.silent:
            silent.errback(Failure(ConnectionRefusedError()))
        self.pump()
        self.assertEqual([4], self.store.told)


class SpacingTests(ReporterCase):
    """Equal texts of one person must not be taken for one."""

    def test_equal_texts_of_a_sender_are_five_seconds_apart(self) -> None:
        """The second "1" of a person is a message of its own; others do not wait."""
        self.owe(mo(1), mo(2), mo(3, "+250788123124"))
        self.assertEqual([1, 3], self.store.told)
        self.pump(4.9)
        self.assertEqual([1, 3], self.store.told)
        self.pump(0.1)
        self.assertEqual([1, 3, 2], self.store.told)
        self.assertEqual(3, len([event for event in self.peer.events if event["what"] == "stored"]))
        self.assertEqual(1, len(self.reporter._spoken._last))

    def test_other_texts_follow_at_once(self) -> None:
        """In the order the store gives."""
        self.owe(mo(1, text="1"), mo(2, text="2"), mo(3, text="3"))
        self.assertEqual(["1", "2", "3"], [fields["text"] for _, fields in self.asked])


class BrokenTests(ReporterCase):
    """Connections that break."""

    breaks = (reset(),)

    def test_a_reply_is_posted_again_within_a_second_of_a_reset(self) -> None:
        """The platform knows a repeat of the last text for two seconds only."""
        self.owe(mo())
        self.assertEqual((1, []), (len(self.poster.urls), self.store.told))
        self.pump(0.5)
        self.assertEqual((2, [1]), (len(self.poster.urls), self.store.told))

    def test_a_second_reset_is_followed_by_the_back_off(self) -> None:
        """Once is once."""
        self.poster.breaks = [reset(), reset()]
        self.owe(mo())
        self.pump(0.5)
        self.assertEqual((2, 1.0), (len(self.poster.urls), self.wait()))

    def test_a_stored_reply_whose_answer_was_lost_is_stored_once(self) -> None:
        """The platform's own memory and our haste together."""
        self.poster.breaks = []
        real = self.poster.real.post
        lost = [True]

        def post(url: Any, **keywords: Any) -> Deferred[Any]:
            answered: Deferred[Any] = real(url, **keywords)
            return fail(reset()) if lost.pop() else answered

        self.poster.real.post = lambda url, **keywords: post(url, **keywords) if lost else real(url, **keywords)
        self.owe(mo())
        self.pump(0.5)
        self.assertEqual([1], self.store.told)
        self.assertEqual(1, len([event for event in self.peer.events if event["what"] == "stored"]))

    def test_a_status_just_backs_off(self) -> None:
        """It does no harm twice, so there is no haste."""
        self.owe(status())
        self.assertEqual(1.0, self.wait())

    def test_a_refused_connection_just_backs_off(self) -> None:
        """Nothing can have been stored."""
        self.poster.breaks = [Failure(ConnectionRefusedError())]
        self.owe(mo())
        self.assertEqual(1.0, self.wait())

    def test_silence_ends_after_the_timeout(self) -> None:
        """50 s, longer than courier's own limit; far beyond the time it knows a repeat, so no haste either."""
        self.poster.hushed = True
        self.owe(mo())
        self.pump(49.9)
        self.assertIn(1, self.reporter._out)
        self.pump(0.1)
        self.assertEqual(1.0, self.wait())

    def test_no_more_posts_at_once_than_allowed(self) -> None:
        """Whoever waits for a slot gets it when one is free."""
        self.poster.hushed = True
        self.owe(*[status(number, id=str(number)) for number in range(1, 6)])
        self.assertEqual((2, 8), (len(self.poster.urls), self.reporter._tray.room))
        self.poster.hushed = False
        self.poster.breaks = []
        for silent in self.poster.silent:
            silent.errback(Failure(ConnectionRefusedError()))
        self.pump()
        self.assertEqual([3, 4, 5], self.store.told)

    def test_a_platform_that_is_down_rests(self) -> None:
        """After three misses in a row letters go back to the store unposted, so that others find room."""
        self.poster.breaks = [Failure(ConnectionRefusedError()) for _ in range(3)]
        self.owe(*[status(number, id=str(number)) for number in range(1, 6)])
        self.assertEqual((3, [1.0] * 5), (len(self.poster.urls), [self.wait(number) for number in range(1, 6)]))
        self.assertEqual([1, 1, 1, 0, 0], [self.store.letters[number][1].tries for number in range(1, 6)])
        self.pump(1.0)
        self.assertEqual([1, 2, 3, 4, 5], sorted(self.store.told))


class StoreTests(ReporterCase):
    """The store's troubles, and the end."""

    def test_a_failing_store_is_asked_again(self) -> None:
        """A second later."""
        self.store.fault = StoreError("disk")
        self.owe(status())
        self.store.fault = None
        self.pump(1.0)
        self.assertEqual([1], self.store.told)

    def test_a_letter_that_is_due_later_is_fetched_then(self) -> None:
        """One timer, no polling."""
        self.store.owe(status(), due=START + 7.0)
        self.reporter.nudge()
        self.pump()
        fetches = len([operation for operation in self.store.operations if isinstance(operation, Fetch)])
        self.assertEqual([7.0], [call.getTime() - START for call in self.clock.getDelayedCalls()])
        self.pump(6.9)
        self.assertEqual(fetches, len([one for one in self.store.operations if isinstance(one, Fetch)]))
        self.pump(0.1)
        self.assertEqual([1], self.store.told)

    def test_what_ends_in_one_turn_is_kept_in_one_commit(self) -> None:
        """Many posts, one batch."""
        batches: list[int] = []
        apply = self.store.apply
        self.store.apply = lambda ops: batches.append(sum(isinstance(op, Posted) for op in ops)) or apply(ops)
        self.owe(*[status(number, id=str(number)) for number in range(1, 6)])
        self.assertEqual([5], [batch for batch in batches if batch])

    def test_stopping_waits_for_posts_that_are_out_and_keeps_their_fate(self) -> None:
        """Five seconds at most; what is held goes back to the store's next start by itself."""
        self.poster.hushed = True
        self.owe(status(1), status(2, id="2"), status(3, id="3"))
        stopped = self.reporter.stop()
        self.assertNoResult(stopped)
        self.pump(5.0)
        self.successResultOf(stopped)
        self.assertEqual({1: 1, 2: 1, 3: 0}, {ref: letter.tries for ref, (_, letter) in self.store.letters.items()})
        self.assertEqual([], self.clock.getDelayedCalls())
        self.successResultOf(self.reporter.stop())
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_fate_that_cannot_be_kept_is_not_posted_in_a_circle(self) -> None:
        """The letter rests for a minute; it may reach the platform twice then, but not a thousand times."""
        apply = self.store.apply
        failing = True

        def failed(operations: Any) -> Any:
            posted = failing and isinstance(operations[0], Posted)
            return succeed([Failed(reason="bad row")] * len(operations)) if posted else apply(operations)

        self.store.apply = failed
        self.owe(status())
        self.pump(59.9)
        self.assertEqual(1, len(self.poster.urls))
        failing = False
        self.pump(0.1)
        self.assertEqual((2, [1]), (len(self.poster.urls), self.store.told))

    def test_a_letter_nobody_can_write_harms_no_other(self) -> None:
        """A surprise is logged once; the letter is tried again."""
        self.owe(Letter(ref=1, kind="receive", channel="rw", sender="+250788123123", at=1e20, first=START), status(2))
        self.assertEqual(([2], 1.0), (self.store.told, self.wait(1)))
        self.assertEqual(1, len(self.flushLoggedErrors()))


class JudgeTests(SynchronousTestCase):
    """The table of answers."""

    def test_only_validation_texts_are_permanent(self) -> None:
        """Each text as courier writes it."""
        for text in (
            "must have one of 'sender' or 'from' set",
            "invalid date format, must be RFC 3339",
            "not a possible number",
            "the phone number supplied is not a number",
            "missing from at: //from node",
            "unable to parse request XML: EOF",
            "parameters id or uuid should not be empty",
            "parsing failed: id '1' and uuid '' are not valid UUIDs",
            'schema: error converting value for \\"id\\"',
            "field 'id' required",
        ):
            body = f'{{"message":"Error","data":[{{"type":"error","error":"{text}"}}]}}'
            self.assertEqual(Fate.NEVER, judge(Answer(400, body))[0], text)
            self.assertEqual(Fate.LATER, judge(Answer(500, body))[0], text)
        database = '{"message":"Error","data":[{"type":"error","error":"dial tcp: connect: connection refused"}]}'
        self.assertEqual((Fate.LATER, "400 dial tcp: connect: connection refused"), judge(Answer(400, database)))
        self.assertEqual(Fate.MISPLACED, judge(Answer(400, '{"error":"channel not found"}'))[0])
        self.assertEqual(Fate.LOST, judge(Answer(0, broke="ConnectionLost", lost=True))[0])
