"""The stub of an aggregator: what it answers, when, and how it misbehaves; the webhooks that follow."""

from __future__ import annotations

import json

from treq.testing import StubTreq
from twisted.web.client import ResponseNeverReceived

from chanserv.profiles.hooks import Told
from chanserv.profiles.stub.news import heard
from tests.links.rest.stub import EPOCH, HOOK, OURS, StubCase


class AnswerTests(StubCase):
    """Of parts."""

    def test_a_part_is_accepted_with_an_id_of_its_own(self) -> None:
        """And kept: to whom, what, our id and theirs."""
        first, second = (json.loads(self.settled(self.ask(text))[1])["sid"] for text in ("Hi", "Ho ☺"))
        self.assertNotEqual(first, second)
        one, other = self.stub.parts
        self.assertEqual(
            ("+5511999990000", "8000", "Hi", OURS, first), (one.to, one.sender, one.text, one.ours, one.id)
        )
        self.assertEqual(("Ho ☺", second, "accepted", EPOCH), (other.text, other.id, other.word, other.at))
        self.assertEqual(2, self.stub.counts["submits"])

    def test_a_later_stub_gives_no_id_again(self) -> None:
        """A gateway may still know the former's."""
        self.settled(self.ask())
        self.clock.advance(1)
        former, self.stub = self.stub, self.make()
        self.settled(self.ask())
        self.assertNotEqual(former.parts[0].id, self.stub.parts[0].id)
        former.stop()
        self.stub.stop()

    def test_a_named_case_answers(self) -> None:
        """Each part, until another is named; what is refused gets no status."""
        self.stub.set(answer="who gets it")
        self.assertEqual((400, '{"code": 21610}'), self.settled(self.ask()))
        self.stub.set(answer="")
        self.assertEqual(201, self.settled(self.ask())[0])
        self.assertEqual(["stopped", "accepted"], [part.word for part in self.stub.parts])
        self.assertEqual(1, len(self.posts))
        self.assertIn("'foo'", str(self.assertRaises(ValueError, self.stub.set, answer="foo")))
        self.assertEqual("", self.stub.behaviour.answer)

    def test_every_nth_is_refused(self) -> None:
        """As the profile's first refusal says."""
        self.stub.set(refuse_every=3)
        self.assertEqual([201, 201, 400, 201], [self.settled(self.ask())[0] for _ in range(4)])

    def test_it_throttles_for_a_while(self) -> None:
        """From when it is told."""
        self.stub.set(throttle_for=10)
        self.assertEqual(429, self.settled(self.ask())[0])
        self.clock.advance(10)
        self.assertEqual(201, self.settled(self.ask())[0])

    def test_an_answer_takes_its_time(self) -> None:
        """The statuses come after it."""
        self.stub.set(latency=2)
        asking = self.ask()
        self.treq.flush()
        self.clock.advance(1.9)
        self.treq.flush()
        self.assertNoResult(asking)
        self.assertEqual([], self.posts)
        self.clock.advance(0.1)
        self.assertEqual(201, self.settled(asking)[0])
        self.assertEqual(1, len(self.posts))

    def test_whoever_has_gone_is_not_answered(self) -> None:
        """What it handed over was taken all the same, and is told of."""
        self.stub.set(latency=2)
        asking = self.ask()
        self.treq.flush()
        asking.cancel()
        self.treq.flush()
        self.failureResultOf(asking)
        self.clock.advance(2)
        self.assertEqual(1, len(self.posts))

    def test_a_connection_breaks_instead_of_an_answer(self) -> None:
        """Every Nth; the part was taken, and its status comes."""
        self.stub.set(drop_every=2)
        self.assertEqual(201, self.settled(self.ask())[0])
        asking = self.ask()
        self.treq.flush()
        self.failureResultOf(asking, ResponseNeverReceived)
        self.assertEqual((2, 1, 2), (len(self.stub.parts), self.stub.counts["drops"], len(self.posts)))
        self.assertEqual(self.stub.parts[1].id, self.posts[1].fields["MessageSid"])

    def test_nothing_is_kept_of_what_is_done(self) -> None:
        """But the part."""
        self.settled(self.ask())
        self.posts[0].answer(200)
        self.assertEqual((0, set()), (self.stub.waiting, self.stub._due))

    def test_silence(self) -> None:
        """It is read, and that is all."""
        self.stub.set(silent=True)
        asking = self.ask()
        self.treq.flush()
        self.clock.advance(1000)
        self.treq.flush()
        self.assertNoResult(asking)
        self.assertEqual((1, []), (len(self.stub.parts), self.posts))


class StatusTests(StubCase):
    """What follows a part that was taken."""

    def told(self, number: int = -1) -> Told:
        """What the profile reads of a webhook; it must be signed."""
        post = self.posts[number]
        self.assertEqual("", self.stub.profile.guard.judge(post.asked(), self.stub.cfg, self.clock.seconds()))
        (told,) = heard(self.stub.profile, post.asked(), "status", self.stub.cfg)
        assert isinstance(told, Told)
        return told

    def test_a_status_goes_to_the_callback_url(self) -> None:
        """With our id as the URL has it, theirs, and the recipient; signed with the account's key."""
        self.settled(self.ask())
        (post,) = self.posts
        self.assertEqual(f"{HOOK}/status?id={OURS}", post.url)
        told = self.told()
        self.assertEqual(
            (self.stub.parts[0].id, OURS, "delivered", "+5511999990000"), (told.id, told.ours, told.word, told.to)
        )

    def test_several_come_one_after_the_other(self) -> None:
        """The next when the one before was answered, and its time has come."""
        self.stub.set(status="sent delivered", status_delay=5)
        self.settled(self.ask())
        self.assertEqual(0, len(self.posts))
        self.clock.advance(5)
        self.assertEqual("sent", self.told().word)
        self.clock.advance(9)
        self.assertEqual(1, len(self.posts))
        self.posts[0].answer(200)
        self.clock.advance(5)
        self.assertEqual("delivered", self.told().word)
        self.posts[1].answer(200)
        self.assertEqual((1, 1, 0), (self.stub.counts["sent"], self.stub.counts["delivered"], self.stub.waiting))

    def test_early_means_before_the_answer(self) -> None:
        """Which waits until the status was answered."""
        self.stub.set(early=True)
        asking = self.ask()
        self.treq.flush()
        self.assertNoResult(asking)
        self.posts[0].answer(200)
        code, body = self.settled(asking)
        self.assertEqual((201, self.told(0).id), (code, json.loads(body)["sid"]))

    def test_some_are_lost_doubled_or_off(self) -> None:
        """As the behaviour says."""
        for behaviour, posts in (
            ({"statuses": False}, 0),
            ({"statuses": True, "twice": True}, 2),
            ({"twice": False}, 1),
        ):
            self.posts.clear()
            self.stub.set(**behaviour)
            self.settled(self.ask())
            self.assertEqual(posts, len(self.posts), behaviour)
        self.posts.clear()
        self.stub = self.make()
        self.stub.set(status_every=2)
        for _ in range(4):
            self.settled(self.ask())
        self.assertEqual(
            [self.stub.parts[1].id, self.stub.parts[3].id], [post.fields["MessageSid"] for post in self.posts]
        )
        self.stub.stop()

    def test_it_comes_again_while_nobody_takes_it(self) -> None:
        """After 5xx, 429 or no answer; a refusal is final. When the stub stops, nothing comes any more."""
        self.settled(self.ask())
        self.posts[-1].refuse()
        for code in (503, 429):
            self.assertEqual(1, self.stub.waiting)
            self.clock.advance(5)
            self.posts[-1].answer(code)
        self.clock.advance(5)
        self.assertEqual(4, len(self.posts))
        self.assertEqual({post.body for post in self.posts}, {self.posts[0].body})
        self.posts[-1].answer(403)
        self.clock.advance(100)
        self.assertEqual((4, 4, 0), (len(self.posts), self.stub.counts["delivered_refused"], self.stub.waiting))
        self.settled(self.ask())
        self.posts[-1].refuse()
        self.stub.stop()
        self.clock.advance(100)
        self.assertEqual(5, len(self.posts))

    def test_a_webhook_that_hangs_is_given_up(self) -> None:
        """And comes again; its late answer matters to nobody."""
        self.settled(self.ask())
        self.clock.advance(15)
        self.clock.advance(5)
        self.assertEqual(2, len(self.posts))

    def test_strangers(self) -> None:
        """A wrong signature, and a wrong secret, which is signed well."""
        self.stub.set(wrong_signature=True)
        self.settled(self.ask())
        self.assertTrue(self.stub.profile.guard.judge(self.posts[0].asked(), self.stub.cfg, self.clock.seconds()))
        self.stub.set(wrong_signature=False, wrong_secret=True)
        self.settled(self.ask())
        self.assertTrue(self.posts[1].url.startswith("https://gw.example/hook/acme/not-the-secret"))
        self.told(1)

    def test_a_person_may_tell_what_became_of_a_part(self) -> None:
        """Whatever was told before."""
        self.settled(self.ask())
        self.stub.send_status(self.stub.parts[0], "failed")
        self.assertEqual("undelivered", self.told().word)

    def test_what_the_cases_cannot_say_is_counted(self) -> None:
        """Here whose status it would be."""
        self.stub.addresses.hooks = HOOK
        self.stub.set(answer="accepted without an id")
        self.settled(self.ask(StatusCallback=""))  # nobody could tell whose status it is
        self.assertEqual((1, []), (self.stub.counts["unsayable"], self.posts))
        self.assertIn("unsayable", [what for what, _ in self.notes])


class MoTests(StubCase):
    """Texts of handsets."""

    hooks = "http://127.0.0.1:8080/hook/acme/0123456789abcdef"
    public = HOOK

    def test_a_text_is_signed_for_the_public_url(self) -> None:
        """And goes where it can be reached; each has an id of its own."""
        for text in ("Sim!", "Olá ☺"):
            self.stub.send_mo("+5511999990000", "8000", text)
        first, second = self.posts
        self.assertEqual(f"{self.hooks}/receive", first.url)
        self.assertEqual(
            ("+5511999990000", "8000", "Sim!"), tuple(first.fields[name] for name in ("From", "To", "Body"))
        )
        self.assertEqual("Olá ☺", second.fields["Body"])
        self.assertNotEqual(first.fields["MessageSid"], second.fields["MessageSid"])
        first.url = f"{HOOK}/receive"
        self.assertEqual("", self.stub.profile.guard.judge(first.asked(), self.stub.cfg, self.clock.seconds()))
        for post in self.posts:
            post.answer(200)
        self.assertEqual(2, self.stub.counts["mo"])


class PlaceTests(StubCase):
    """Without --hooks."""

    def test_where_to_is_learnt_from_a_request(self) -> None:
        """Before the first, nobody has told."""
        why = str(self.assertRaises(ValueError, self.stub.send_mo, "+5511", "8000", "Hi"))
        self.assertIn("--hooks", why)
        self.settled(self.ask())
        self.stub.send_mo("+5511", "8000", "Hi")
        self.assertEqual(f"{HOOK}/receive", self.posts[-1].url)


class KannelTests(StubCase):
    """A callback URL in which the provider fills in what it knows."""

    profile = "kannel"

    def test_what_is_filled_in_is_the_example_s(self) -> None:
        """And what stands in the URL stays."""
        self.treq = StubTreq(self.stub)
        url = "http://127.0.0.1/cgi-bin/sendsms"
        callback = f"{HOOK}/status?id={OURS}&status=%d"
        asking = self.treq.request("GET", url, params={"to": "+5511", "text": "Hi", "dlr-url": callback})
        self.settled(asking)
        (post,) = self.posts
        told = heard(self.stub.profile, post.asked(), "status", self.stub.cfg)
        self.assertEqual([(OURS, "delivered")], [(one.ours, one.status.value) for one in told])  # type: ignore[union-attr]


class TokenTests(StubCase):
    profile = "hormuud"

    def test_a_token_is_no_part(self) -> None:
        """It is given, and counted."""
        self.treq = StubTreq(self.stub)
        code, body = self.settled(self.treq.request("POST", "http://127.0.0.1/token", data=b"grant_type=password"))
        self.assertEqual((200, "stub-token"), (code, json.loads(body)["access_token"]))
        self.assertEqual((1, 0), (self.stub.counts["tokens"], len(self.stub.parts)))

    def test_who_has_no_statuses_tells_none(self) -> None:
        """And misses none."""
        self.treq = StubTreq(self.stub)
        self.settled(self.treq.request("POST", "http://127.0.0.1/api/SendSMS", json={"mobile": "252", "message": "Hi"}))
        self.assertEqual({"submits": 1}, dict(self.stub.counts))


class StrangerTests(StubCase):
    """Credentials that somebody gave are the account's: who has others is told so."""

    profile = "infobip"
    credentials = {"api_key": "K1"}

    def test_a_part_with_another_key(self) -> None:
        """It is refused in the provider's words, and whoever watches is told why; the right key is as good as ever."""
        self.treq = StubTreq(self.stub)
        url = "http://127.0.0.1/sms/3/messages"
        for key, expected in (("K2", 401), ("", 401), ("K1", 200)):
            asking = self.treq.request("POST", url, json={"messages": []}, headers={"Authorization": f"App {key}"})
            code, body = self.settled(asking)
            self.assertEqual(expected, code, key)
            self.assertEqual(key != "K1", "Invalid login details" in body)
        self.assertEqual(["denied", "denied", "accepted"], [part.word for part in self.stub.parts])
        self.assertEqual(2, [what for what, _ in self.notes].count("stranger"))


class StrangeTokenTests(StubCase):
    profile = "mtn"
    credentials = {"auth_token": "S1"}

    def test_a_token_for_another_secret(self) -> None:
        """There is none; what was made up is not looked at."""
        self.treq = StubTreq(self.stub)
        url = "http://127.0.0.1/v1/oauth/access_token?grant_type=client_credentials"
        for secret, expected in (("S2", 401), ("S1", 200)):
            asking = self.treq.request("POST", url, data={"client_id": "whatever", "client_secret": secret})
            self.assertEqual(expected, self.settled(asking)[0], secret)
        self.assertEqual((1, 0), (self.stub.counts["tokens"], len(self.stub.parts)))
