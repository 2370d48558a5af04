"""The simulator does what courier was seen to do, alone and in front of our own front."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from treq.testing import StubTreq
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadRequest, StoreError
from chanserv.platform.courier import TEMPLATES, Invalid, render, split, urn
from chanserv.platform.peer import Fault, Platform, Sending
from tests.platform.helpers import SEND, UUID, Stage, clock

ACCEPTED = "Message Accepted"


class CourierTests(SynchronousTestCase):
    """The pure half."""

    def test_splits(self) -> None:
        """By octets, at the limit or at a blank shortly before."""
        self.assertEqual([" as it is "], split(" as it is ", 160))
        self.assertEqual(["x" * 160, ""], split("x" * 160 + " ", 160))
        self.assertEqual(["x" * 160, "x" * 160], split("x" * 320, 160))
        self.assertEqual(["x" * 155, "y" * 20], split("x" * 155 + " " + "y" * 20, 160))
        self.assertEqual(["x" * 153 + " " + "y" * 6, "y" * 14], split("x" * 153 + " " + "y" * 20, 160))
        self.assertEqual(["é" * 80, "é" * 20], split("é" * 100, 160))
        self.assertEqual(["あ" * 100], split("あ" * 100, 160))

    def test_templates(self) -> None:
        """Escaped each in its way; a variable in a text is replaced as well, and breaks JSON."""
        values = {"id": "1", "text": 'a & "b" <é>\n', "to": "+250788383383"}
        bodies = {kind: render(template, values, ["Yes", "No & maybe"]) for kind, template in TEMPLATES.items()}
        self.assertIn('"text":"a \\u0026 \\"b\\" \\u003cé\\u003e\\n"', bodies["json"][1].decode())
        self.assertIn('"quick_replies":["Yes","No \\u0026 maybe"]', bodies["json"][1].decode())
        self.assertIn("text=a+%26+%22b%22+%3C%C3%A9%3E%0A&to=%2B250788383383", bodies["form"][1].decode())
        self.assertTrue(bodies["form"][1].endswith(b"&quick_reply=Yes&quick_reply=No+%26+maybe"))
        self.assertIn("<text>a &amp; &#34;b&#34; &lt;é&gt;&#xA;</text>", bodies["xml"][1].decode())
        self.assertEqual((bodies["form"][1].decode(), b""), bodies["get"])
        broken = render(TEMPLATES["json"], {"text": "my {{to}}", "to": "+1"})[1]
        self.assertIn(b'"text":"my "+1""', broken)

    def test_senders(self) -> None:
        """E.164 by the channel's country; short codes stay; names are refused."""
        for given in ("+250788123126", "250788123126", " 250788123126", "0788123126"):
            self.assertEqual("tel:+250788123126", urn(given, "250"))
        self.assertEqual("tel:12345", urn("12345", "250"))
        for given in ("MTN", "", "12"):
            self.assertRaises(Invalid, urn, given, "250")


class CallbackTests(SynchronousTestCase):
    """What it answers to our posts, row by row."""

    def setUp(self) -> None:
        self.clock = clock()
        self.record = StringIO()
        self.peer = Platform(clock=self.clock, poster=None, send_url="", channels=frozenset({UUID}), record=self.record)
        self.treq = StubTreq(self.peer.resource())

    def ask(self, kind: str, body: str = "", method: str = "POST", uuid: str = UUID, **headers: str) -> tuple[int, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        url = f"http://courier.example/c/ex/{uuid}/{kind}"
        response = self.successResultOf(self.treq.request(method, url, data=body.encode(), headers=headers))
        return response.code, json.loads(self.successResultOf(response.content()))

    def error(self, *what: str, **more: Any) -> str:
        code, said = self.ask(*what, **more)
        self.assertEqual((400, "Error"), (code, said["message"]))
        return str(said["data"][0]["error"])

    def test_statuses(self) -> None:
        """By number or UUID, as the line has it; applied blindly, steps back included."""
        message = self.peer.messages["1065"] = Sending(UUID, "1065", "hi", "+250788383383", "", ())
        for kind, state in [("sent", "S"), ("delivered", "D"), ("failed", "F"), ("sent", "S")]:
            code, said = self.ask(kind, "id=1065")
            self.assertEqual((200, "Status Update Accepted", state), (code, said["message"], message.state))
        self.assertEqual(200, self.ask("delivered?id=1065", method="GET")[0])
        self.assertEqual(200, self.ask("delivered/", "id=99999999")[0])
        self.assertEqual("field 'id' required", self.error("sent", "uuid=0199df0f-9f82-7689-b02d-f34105991321"))
        self.assertIn("error converting value", self.error("sent", "id=0199df0f-9f82-7689-b02d-f34105991321"))
        self.assertIn("required", self.error("sent", '{"id":1065}', **{"Content-Type": "application/json"}))
        self.peer.ids = "uuid"
        self.assertEqual("parsing failed: id '1065' and uuid '' are not valid UUIDs", self.error("sent", "id=1065"))
        self.assertEqual("parameters id or uuid should not be empty", self.error("sent"))
        self.assertEqual(200, self.ask("sent", "uuid=0199df0f-9f82-7689-b02d-f34105991321")[0])

    def test_receive(self) -> None:
        """Numbers, dates and the memory of the last text."""
        sender = "from=%2B250788123123&text=Love+is+patient."
        code, said = self.ask("receive", sender + "&date=2012-04-23T18:25:43.511Z")
        self.assertEqual((200, ACCEPTED, "tel:+250788123123"), (code, said["message"], said["data"][0]["urn"]))
        same = self.ask("receive/", sender.replace("from", "sender"))[1]["data"][0]["msg_uuid"]
        self.assertEqual(said["data"][0]["msg_uuid"], same)
        self.clock.advance(4.5)
        self.assertNotEqual(same, self.ask("receive", sender)[1]["data"][0]["msg_uuid"])
        self.assertEqual(200, self.ask("receive?from=12345&text=b&time=2012-04-23T18:25:43%2B02:00", method="GET")[0])
        self.assertEqual("", self.ask("receive", "from=12345")[1]["data"][0]["text"])
        self.assertEqual("must have one of 'sender' or 'from' set", self.error("receive"))
        self.assertEqual("not a possible number", self.error("receive", "from=MTN"))
        for date in ("2012-04-23 18:25:43", "2012-04-23T18:25:43", "2012-04-23T18:25:43+02:00"):
            self.assertEqual("invalid date format, must be RFC 3339", self.error("receive", f"from=12345&date={date}"))

    def test_stopped_and_what_does_not_exist(self) -> None:
        """from, not sender; unknown channels, paths and methods."""
        self.assertEqual("Event Accepted", self.ask("stopped", "from=%2B250788123123")[1]["message"])
        self.assertEqual("field 'from' required", self.error("stopped", "sender=%2B250788123123"))
        self.assertEqual("channel not found", self.error("sent", "id=1", uuid="b86f686f-9168-4dd9-a03e-77f11b265b56"))
        for code, kind, method in [(404, "read", "POST"), (404, "sent/x", "POST"), (405, "sent", "PUT")]:
            self.assertEqual(code, self.ask(kind, method=method)[0])

    def test_everything_is_recorded(self) -> None:
        """A line of JSON for each thing that happened."""
        self.ask("receive", "from=12345&text=hi")
        lines = [json.loads(line) for line in self.record.getvalue().splitlines()]
        self.assertEqual(self.peer.events, lines)
        self.assertEqual(["stored", "receive"], [line["what"] for line in lines])

    def test_faults(self) -> None:
        """Down keeps nothing, reset keeps it, a status answers, a delay waits; so many times."""
        self.peer.fault = Fault("status", 502, times=2)
        codes = []
        for _ in range(3):
            response = self.successResultOf(self.treq.post(f"http://x/c/ex/{UUID}/stopped", data=b"from=12345"))
            codes.append(response.code)
        self.assertEqual([502, 502, 400], codes)  # without a form's content type the form is not read
        for kind, kept in (("down", 0), ("reset", 1)):
            self.peer.events.clear()
            self.peer.fault = Fault(kind)
            answered = self.treq.get(f"http://x/c/ex/{UUID}/stopped?from=12345")
            self.treq.flush()
            self.failureResultOf(answered)
            self.assertEqual(kept, len(self.peer.events))
        self.peer.fault = Fault("delay", seconds=3.0, times=1)
        answered = self.treq.get(f"http://x/c/ex/{UUID}/stopped?from=12345")
        self.assertNoResult(answered)
        self.clock.advance(3.0)
        self.treq.flush()
        self.assertEqual(200, self.successResultOf(answered).code)


class SendTests(SynchronousTestCase):
    """It sends to our front as courier does."""

    def setUp(self) -> None:
        self.stage = Stage()
        self.clock = self.stage.clock
        self.treq = StubTreq(self.stage.front.resource())
        self.peer = Platform(
            clock=self.clock,
            poster=self.treq,
            send_url="http://sms.example.org" + SEND.replace(UUID, "{uuid}"),
            authorization="Token sekrit",
        )

    def send(self, text: str = "hi", id: str = "1001", **more: Any) -> Sending:
        sent: Deferred[Sending] = self.peer.send(UUID, id, text, "+250788383383", **more)
        found: Sending = self.successResultOf(sent)
        return found

    def test_every_template_arrives(self) -> None:
        """JSON, form, XML and query say the same."""
        for kind in TEMPLATES:
            self.peer.template = kind
            self.assertEqual("W", self.send('Olá & "tchau" <☺>\nfim', session_status="W", quick_replies=["a"]).state)
            post = self.stage.post
            self.assertEqual(("1001", 'Olá & "tchau" <☺>\nfim', True), (post.id, post.piece.text, post.reply), kind)

    def test_pieces_go_one_by_one_under_one_id(self) -> None:
        """An empty last piece is answered and dropped; all answers keep our JSON for the user to see."""
        message = self.send("x" * 160 + " ")
        self.assertEqual(("W", [200, 200]), (message.state, [code for code, _ in message.answers]))
        self.assertEqual(1, len(self.stage.router.posts))
        self.assertIn('"dropped":"empty text"', message.answers[1][1])
        self.send("y" * 320)
        self.assertEqual([1, 2], [post.n for post in self.stage.router.posts[1:]])

    def test_three_errors_are_the_end(self) -> None:
        """E after five, E after ten more minutes, then F; every piece comes again each time."""
        self.stage.router.fault = StoreError("disk")
        message = self.send()
        states = [message.state]
        for seconds in (300.0, 600.0):
            self.clock.advance(seconds - 0.1)
            states.append(message.state)
            self.clock.advance(0.1)
            states.append(message.state)
        self.assertEqual((["E", "E", "E", "E", "F"], 3), (states, message.tries))
        self.assertEqual([1, 1, 1], [post.n for post in self.stage.router.posts])
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_text_refused_for_good(self) -> None:
        """4xx: failed at once on new lines, tried again on old ones."""
        self.stage.router.bad = BadRequest("text", "too many parts")
        self.assertEqual("F", self.send().state)
        self.peer.old = True
        self.assertEqual("E", self.send().state)

    def test_a_variable_in_a_text_breaks_the_json_template_only(self) -> None:
        """A clear 400, and no harm by form."""
        message = self.send("my {{to}} and {{id}}")
        self.assertEqual("F", message.state)
        self.assertIn("template variable", message.answers[0][1])
        self.peer.template = "form"
        self.assertEqual("W", self.send("my {{to}}").state)

    def test_a_failed_later_piece(self) -> None:
        """New lines send everything again, old ones call it sent."""
        for old, state in ((False, "E"), (True, "W")):
            self.setUp()
            self.peer.old = old
            submit = self.stage.router.submit
            self.stage.router.patient = True
            sent = self.peer.send(UUID, "1", "y" * 161, "+250788383383")
            self.stage.router.waiting.pop().callback(self.stage.router.taken())
            self.treq.flush()
            self.stage.router.waiting.pop().errback(StoreError("disk"))
            self.treq.flush()
            self.assertEqual(state, self.successResultOf(sent).state)
            self.assertIsNotNone(submit)

    def test_it_gives_up_waiting(self) -> None:
        """Half a minute; our commit goes on, and the next try says the same n."""
        self.stage.router.patient = True
        sent = self.peer.send(UUID, "1", "hi", "+250788383383")
        self.clock.advance(30.0)
        self.assertEqual("E", self.successResultOf(sent).state)
        self.assertEqual(0, self.stage.router.cancelled)
        self.clock.advance(300.0)
        self.assertEqual([1, 1], [post.n for post in self.stage.router.posts])

    def test_a_status_before_our_answer_is_lost(self) -> None:
        """The reason why the way back waits."""
        self.stage.router.patient = True
        sent = self.peer.send(UUID, "1", "hi", "+250788383383")
        StubTreq(self.peer.resource()).get(f"http://x/c/ex/{UUID}/delivered?id=1")
        self.assertEqual("D", self.peer.messages["1"].state)
        self.stage.router.waiting[0].callback(self.stage.router.taken())
        self.treq.flush()
        self.assertEqual("W", self.successResultOf(sent).state)
        self.assertIsNotNone(ConnectionDone)
