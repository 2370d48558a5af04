"""What every store must do with receipts that could speak of more than one part.

`make` and `reopen` as in `contract`.
"""

from __future__ import annotations

from chanserv import operations as op
from chanserv import reference
from chanserv.message import Coding, Outcome, Piece, Post, Slice, State, Status, Verdict
from chanserv.text.numbers import digits
from tests.store.contract import TO, Story

ONE, OTHER = "+5511999990000", "+5521999990000"  # alike in their last digits


def receipts_contract(make) -> type[Story]:
    """The suite for one kind of store."""

    class Contract(Story):
        def text(self, id, to=TO, sender="2020", link="a", channel="claro"):
            """Taken and sent; a channel has its own line."""
            post = Post(channel=channel, id=id, piece=Piece(to=to, sender=sender, text="hello"))
            slices = (Slice(body=b"0"),)
            return self.do(op.Take(post=post, link=link, coding=Coding.GSM7, slices=slices, validity=86400.0))

        def careful(self, id, to=TO):
            """Its octets may have left."""
            taken = self.text(id, to, link="careful")
            self.do(op.Begin(message=taken.message, piece=taken.piece, parts=(1,)))
            return taken

        def doubtful(self, id, to=TO):
            taken = self.careful(id, to)
            self.settle(taken, Verdict.UNKNOWN, link="careful")
            return taken

        def ours(self, id, to=TO):
            """A text on a link whose statuses come by our reference, and that reference."""
            taken = self.text(id, to, link="ours")
            return taken, reference.write(taken.message, taken.piece, 1, digits(to))

        def by_ours(self, ours, *ids, link="ours", **more):
            """What becomes of a receipt that names a part by our reference."""
            return self.receipt(*ids, link=link, to="", ours=ours, **more)

        def test_our_own_reference(self):
            """Names a part for which its carrier gave no id; said once more it is a repeat."""
            taken, ours = self.ours("1")
            self.settle(taken, carrier_id="", link="ours")
            self.assertEqual([State.SENT], self.states("1"))
            self.assertEqual("matched", self.by_ours(ours, status=Status.SENT))
            self.assertEqual([State.SENT], self.states("1"))
            self.assertEqual("matched", self.by_ours(ours))
            self.assertEqual(([State.DELIVERED], "repeated"), (self.states("1"), self.by_ours(ours)))

        def test_our_own_reference_goes_before_the_carriers_id(self):
            """Two parts may have one id; ours is one part's alone. By its id alone a part is found as ever."""
            first, _ = self.ours("1")
            second, ours = self.ours("2", OTHER)
            for taken in (first, second):
                self.settle(taken, link="ours")
            self.by_ours(ours, "c1", status=Status.FAILED)
            self.assertEqual([[State.SENT], [State.FAILED]], [self.states(id) for id in "12"])
            self.by_ours("", "c1")
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_our_own_reference_before_the_answer(self):
            """A status may overtake the answer to its request."""
            taken, ours = self.ours("1")
            self.assertEqual("orphan", self.by_ours(ours, "v1", status=Status.SENT))
            self.assertEqual("orphan", self.by_ours(ours, "v1"))
            self.settle(taken, carrier_id="v2", link="ours")
            self.assertEqual(([State.DELIVERED], 0), (self.states("1"), self.do(op.Census()).orphans))

        def test_our_own_reference_instead_of_the_answer(self):
            """Whoever speaks of a part has taken it, before its answer was lost or after: it does not go again."""
            for id, early in (("1", True), ("2", False)):
                taken, ours = self.ours(id, OTHER + id)
                if early:
                    self.by_ours(ours, f"v{id}", status=Status.SENT)
                self.settle(taken, Verdict.UNKNOWN, link="ours", retry_after=60.0)
                if not early:
                    self.assertEqual([State.HELD], self.states(id))
                    self.assertEqual("matched", self.by_ours(ours, f"v{id}", status=Status.SENT))
                self.assertEqual([State.SENT], self.states(id))
                self.clock.advance(61.0)
                self.assertEqual([], self.claimed("ours"))
                self.receipt(f"v{id}", link="ours", to="")
                self.assertEqual(([State.DELIVERED], 0), (self.states(id), self.do(op.Census()).orphans))

        def test_our_own_reference_of_what_may_be_going_again(self):
            """Its time has come: the answer that is on its way is waited for."""
            taken, ours = self.ours("1")
            self.settle(taken, Verdict.UNKNOWN, link="ours", retry_after=60.0)
            self.clock.advance(60.0)
            self.assertEqual("orphan", self.by_ours(ours))
            self.settle(taken, carrier_id="v2", link="ours")
            self.assertEqual([State.DELIVERED], self.states("1"))

        def lost(self, id="1", to=TO):
            """A part whose answer was lost, whose turn has come again; nobody can send it now."""
            taken, ours = self.ours(id, to)
            self.settle(taken, Verdict.UNKNOWN, link="ours", retry_after=60.0)
            self.clock.advance(60.0)
            return taken, ours

        def test_what_was_told_of_a_part_that_waits(self):
            """It does not go again, and the platform hears of it though its link is down."""
            self.lost()
            taken, ours = self.lost("2", OTHER)
            self.assertEqual("orphan", self.by_ours(ours, "v2"))
            self.sweep(holding=(taken.piece,))
            self.assertEqual([[State.HELD], [State.HELD]], [self.states(id) for id in "12"])
            self.sweep(6.0)
            self.assertEqual([[State.HELD], [State.DELIVERED]], [self.states(id) for id in "12"])
            self.tell("sent", "delivered")
            self.assertEqual("repeated", self.receipt("v2", link="ours", to=""))

        def test_what_was_told_of_a_part_is_claimed_by_nobody(self):
            """Nor does what is behind it wait for it."""
            _, ours = self.lost()
            behind = self.text("2", link="ours").piece
            self.by_ours(ours, status=Status.SENT)
            self.assertTrue(self.claim("ours").more)
            self.assertEqual(([State.SENT], [behind]), (self.states("1"), self.claimed("ours")))
            self.by_ours(ours)
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_what_was_told_before_a_kill(self):
            """The answer was not on disk yet: the status that was proves that the part was taken, and of which id."""
            _, ours = self.ours("1")
            self.by_ours(ours, "v1", status=Status.SENT)
            self.restart()
            self.assertEqual(([], [State.SENT]), (self.claimed("ours"), self.states("1")))
            self.assertEqual("matched", self.receipt("v1", link="ours", to=""))

        def test_one_part_of_several_was_told_of(self):
            """The others go."""
            taken = self.take(id="1", parts=3, link="ours")
            self.by_ours(reference.write(taken.message, taken.piece, 2, digits(TO)), "v2")
            self.restart()
            works = self.claim("ours").works
            self.assertEqual([[1, 3]], [[part.number for part in work.parts] for work in works])
            self.assertEqual([State.QUEUED, State.DELIVERED, State.QUEUED], self.states("1"))

        def test_what_was_told_of_a_part_goes_by_no_other_link(self):
            """Whose carrier would send it again."""
            taken, ours = self.ours("1")
            self.by_ours(ours)
            self.assertFalse(self.do(op.Move(message=taken.message, piece=taken.piece, link="a")).known)
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_what_was_told_of_a_part_whose_validity_is_past(self):
            """It is what its carrier said, not expired."""
            for id, lost in (("1", False), ("2", True)):
                taken, ours = self.ours(id, OTHER + id)
                if lost:
                    self.settle(taken, Verdict.UNKNOWN, link="ours", retry_after=60.0)
                    self.clock.advance(60.0)
                self.by_ours(ours)
            self.sweep(86_400.0)
            self.assertEqual([[State.DELIVERED]] * 2, [self.states(id) for id in "12"])

        def test_an_answer_that_speaks_of_a_second_try(self):
            """Not now, or no: the first was taken, as a status says that came meanwhile."""
            for id, verdict in (("1", Verdict.LATER), ("2", Verdict.REFUSED)):
                taken, ours = self.lost(id, OTHER + id)
                self.by_ours(ours, status=Status.SENT)
                self.settle(taken, verdict, link="ours", reason="duplicate")
                self.assertEqual([State.SENT], self.states(id))
                self.by_ours(ours)
                self.assertEqual([State.DELIVERED], self.states(id))

        def test_a_no_and_a_status(self):
            """A carrier that tells of what it did not take has not taken it; delivered is delivered."""
            for id, verdict in (("1", Verdict.LATER), ("2", Verdict.REFUSED)):
                for status, states in ((Status.FAILED, (State.HELD, State.FAILED)), (Status.DELIVERED, None)):
                    name = f"{id}{status.value}"
                    taken, ours = self.ours(name, OTHER + id)
                    self.by_ours(ours, status=status)
                    self.settle(taken, verdict, link="ours", reason="no")
                    found = states[int(id) - 1] if states else State.DELIVERED
                    self.assertEqual([found], self.states(name), name)
                    self.cancel(taken)

        def test_a_status_of_a_part_that_was_put_off(self):
            """Delivered is delivered; whatever else is said is of the try that was put off, not of the next."""
            taken, ours = self.ours("1")
            self.by_ours(ours, status=Status.FAILED)
            self.settle(taken, Verdict.LATER, link="ours", retry_after=60.0)
            self.assertEqual("repeated", self.by_ours(ours, status=Status.FAILED))
            self.clock.advance(60.0)
            self.settle(taken, carrier_id="v2", link="ours")
            self.assertEqual(([State.SENT], 0), (self.states("1"), self.do(op.Census()).orphans))
            taken, ours = self.ours("2")
            self.settle(taken, Verdict.LATER, link="ours", retry_after=60.0)
            self.assertEqual(("matched", [State.DELIVERED]), (self.by_ours(ours), self.states("2")))

        def test_a_receipt_nobody_asked_for_whose_text_is_history(self):
            """It is a repeat, not an orphan for a week, though no receipt was waited for."""
            self.settle(self.text("1", link="mute"), link="mute")
            self.clock.advance(5)
            self.tell("sent")
            self.sweep(1801.0)
            self.assertEqual("repeated", self.receipt("c1", link="mute"))

        def test_our_own_reference_of_one_in_doubt(self):
            """`sent` is an answer, too, where none may be asked for again."""
            taken = self.careful("1")
            self.settle(taken, Verdict.UNKNOWN, link="careful")
            ours = reference.write(taken.message, taken.piece, 1, digits(TO))
            self.assertEqual("matched", self.by_ours(ours, "v1", link="careful", status=Status.SENT))
            self.assertEqual([State.SENT], self.states("1"))
            self.assertEqual("matched", self.receipt("v1", link="careful"))
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_a_reference_that_is_not_that_parts(self):
            """Of another number, link or life of the store: it settles nothing, and is not kept in vain."""
            taken, ours = self.ours("1")
            self.settle(taken, carrier_id="", link="ours")
            strange = reference.write(taken.message, taken.piece, 1, digits(OTHER))
            unknown = reference.write(taken.message, taken.piece + 7, 1, digits(TO))
            for wrong, link in ((strange, "ours"), (unknown, "ours"), (ours, "a"), ("no reference", "ours")):
                self.assertEqual("repeated", self.by_ours(wrong, link=link))
            self.assertEqual(([State.SENT], 0), (self.states("1"), self.do(op.Census()).orphans))

        def test_the_sender_breaks_ties(self):
            """Of two parts to one number with one id, where the receipt names one; else the oldest has it."""
            self.settle(self.text("1", sender="2020"))
            self.settle(self.text("2", sender="3030", channel="quiet"))
            self.settle(self.text("3", sender="ACME"))
            self.receipt("c1", sender="3030")
            self.assertEqual([[State.SENT], [State.DELIVERED], [State.SENT]], [self.states(id) for id in "123"])
            self.receipt("c1", sender="ACME")
            self.assertEqual([[State.SENT], [State.DELIVERED]], [self.states(id) for id in "13"])
            self.assertEqual("repeated", self.receipt("c1", sender="3030"), "that of 2 once more")
            self.assertEqual([State.SENT], self.states("1"))
            self.assertEqual("matched", self.receipt("c1"))
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_the_whole_number_goes_before_its_last_digits(self):
            """UCP names a text by seven digits and a second."""
            self.settle(self.text("1", ONE))
            self.settle(self.text("2", OTHER))
            self.receipt("c1", to="5521999990000")
            self.assertEqual([[State.SENT], [State.DELIVERED]], [self.states(id) for id in "12"])

        def test_a_repeat_that_waits_is_nobody_elses(self):
            """It came again before the answer of another part with its id."""
            self.settle(self.text("1", ONE))
            two = self.text("2", OTHER)
            for _ in range(2):
                self.receipt("c1", to=ONE[1:], status=Status.FAILED)
            self.settle(two)
            self.assertEqual([[State.FAILED], [State.SENT]], [self.states(id) for id in "12"])

        def test_the_nearest_of_those_that_came_early(self):
            """By number, then by sender."""
            self.receipt("c1", to=OTHER, status=Status.FAILED)
            self.receipt("c1", to=ONE, sender="3030", status=Status.FAILED)
            self.receipt("c1", to=ONE, sender="2020")
            self.settle(self.text("1", ONE))
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_two_numbers_of_one_length_are_two(self):
            """A prefix makes a number longer."""
            one = self.text("1", ONE)
            self.receipt("c1", to=OTHER)
            self.settle(one)
            self.assertEqual([State.SENT], self.states("1"))

        def test_no_receipt_is_older_than_its_text(self):
            """Ids come again: what waits since yesterday speaks of another."""
            self.receipt("c1")
            self.clock.advance(1)
            self.settle(self.text("1"))
            self.assertEqual([State.SENT], self.states("1"))
            self.receipt("c1")
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_an_early_receipt_may_come_again(self):
            """It had its part: it says nothing of one in doubt."""
            first = self.careful("1")
            self.receipt("c1", link="careful", sender="2020")
            self.settle(first, link="careful")
            self.assertEqual([State.DELIVERED], self.states("1"))
            self.doubtful("2")
            self.assertEqual("repeated", self.receipt("c1", link="careful", sender="2020"))
            self.assertEqual([State.DOUBTFUL], self.states("2"))

        def test_a_receipt_that_may_be_early_settles_nobody_in_doubt(self):
            """Not before the part that is being sent has its id: it may be that one's."""
            self.doubtful("1")
            second = self.careful("2")
            self.assertEqual("orphan", self.receipt("c2", link="careful", sender="2020"))
            self.settle(second, carrier_id="c2", link="careful")
            self.assertEqual([[State.DOUBTFUL], [State.DELIVERED]], [self.states(id) for id in "12"])

        def test_one_that_was_not_early_settles_the_one_in_doubt(self):
            """As soon as nothing else to that number is being sent; also where that ended in doubt itself."""
            self.doubtful("1")
            second = self.careful("2")
            self.receipt("c1", link="careful", sender="2020")
            self.settle(second, carrier_id="c2", link="careful")
            self.assertEqual([[State.DELIVERED], [State.SENT]], [self.states(id) for id in "12"])
            third = self.careful("3")
            self.receipt("c3", link="careful", sender="2020", status=Status.FAILED)
            self.assertTrue(self.settle(third, Verdict.UNKNOWN, link="careful").owed)
            self.assertEqual(([State.FAILED], "repeated"), (self.states("3"), self.receipt("c3", link="careful")))

        def test_a_restart_leaves_nothing_being_sent(self):
            """What came before it is told to whoever is in doubt now."""
            self.careful("1")
            self.receipt("c1", link="careful", sender="2020")
            self.restart()
            self.assertEqual([State.DELIVERED], self.states("1"))

        def test_what_a_receipt_has_dropped_is_not_begun(self):
            """While another part of its piece is still being sent; said twice, a part that was begun stays so."""
            taken = self.take(id="1", parts=3, link="careful")
            begins = [op.Begin(message=taken.message, piece=taken.piece, parts=(part,)) for part in (1, 2, 3)]
            self.assertEqual([True, True, True], [self.do(begins[part]).known for part in (0, 1, 1)])
            self.settle(taken, link="careful")
            self.receipt("c1", link="careful", status=Status.FAILED)
            self.assertFalse(self.do(begins[2]).known)
            self.assertEqual([State.FAILED, State.SENDING, State.DROPPED], self.states("1"))

        def test_no_carrier_is_asked_to_drop_what_may_be_another_text(self):
            """Of the same id; two parts of one text may share theirs."""
            one, two = self.text("1", sender="2020"), self.text("2", sender="3030", channel="quiet")
            three = self.take(id="3", parts=2, to=OTHER)
            for taken, part, id in ((one, 1, "c1"), (two, 1, "c1"), (three, 1, "c3"), (three, 2, "c3")):
                self.settle(taken, carrier_id=id, part=part)

            def asked(taken):
                fates = self.do(op.Cancel(message=taken.message, pieces=(taken.piece,))).fates
                return [fate.enquiry is not None for fate in fates]

            self.assertEqual([[False], [False], [True, True]], [asked(taken) for taken in (one, two, three)])
            self.receipt("c1", sender="3030")
            self.assertEqual([True], asked(one))

        def test_no_carrier_is_asked_of_what_may_be_another_text(self):
            """Its turns pass, and it ends as sent; also where the other is finished."""
            one, two = self.text("1", sender="2020", link="asks"), self.text("2", channel="quiet", link="asks")
            self.settle(one, carrier_id="c1", link="asks")
            self.settle(two, carrier_id="c1", link="asks")
            self.assertEqual((), self.sweep(604_801.0, asking=("asks",)).enquiries)
            self.receipt("c1", link="asks")
            self.assertEqual((), self.sweep(60_481.0, asking=("asks",)).enquiries)
            for _ in range(3):
                self.sweep(60_481.0, asking=("asks",))
            self.assertEqual([[State.DELIVERED], [State.SILENT]], [self.states(id) for id in "12"])

        def cut(self, *more, id="1", link="a", parts=1, part=1):
            """A text whose carrier has made further parts of one of its parts, known by `more`."""
            taken = self.take(id=id, parts=parts, link=link)
            outcome = Outcome(
                message=taken.message, piece=taken.piece, part=part, link=link, verdict=Verdict.TAKEN,
                carrier_id="c1", more_ids=more,
            )  # fmt: skip
            self.do(op.Settle(outcome=outcome))
            return taken

        def test_a_carrier_that_cuts_texts(self):
            """Delivered is what all its parts are, each by its own id; and once more is a repeat."""
            self.cut("c2", "c3")
            self.assertEqual([State.SENT] * 3, self.states("1"))
            self.assertEqual(["matched", "matched"], [self.receipt("c3"), self.receipt("c1")])
            self.assertEqual(Status.SENT, self.message("1").status)
            self.restart()
            self.assertEqual(("matched", "repeated"), (self.receipt("c2"), self.receipt("c2")))
            self.assertEqual(Status.DELIVERED, self.message("1").status)

        def test_one_of_the_parts_that_a_carrier_made_has_failed(self):
            """So has the text."""
            self.cut("c2")
            self.receipt("c1")
            self.receipt("c2", status=Status.FAILED, reason="absent")
            self.assertEqual(Status.FAILED, self.message("1").status)

        def test_receipts_of_parts_that_a_carrier_made_before_its_answer(self):
            """Are orphans until it comes, whichever part they speak of."""
            taken = self.take(id="1")
            self.assertEqual(["orphan", "orphan"], [self.receipt("c2"), self.receipt("c3")])
            outcome = Outcome(
                message=taken.message, piece=taken.piece, part=1, link="a", verdict=Verdict.TAKEN, carrier_id="c1",
                more_ids=("c2", "c3"),
            )  # fmt: skip
            self.do(op.Settle(outcome=outcome))
            self.assertEqual([State.SENT, State.DELIVERED, State.DELIVERED], self.states("1"))
            self.receipt("c1")
            self.assertEqual(Status.DELIVERED, self.message("1").status)

        def test_a_carrier_that_makes_a_thousand_parts(self):
            """GSM counts to 255: no more are known, and the text ends all the same."""
            taken = self.take(id="1", parts=5, link="ours")
            for part in range(1, 6):
                more = tuple(f"c{part}.{n}" for n in range(254))
                outcome = Outcome(
                    message=taken.message, piece=taken.piece, part=part, link="ours", verdict=Verdict.TAKEN,
                    carrier_id=f"c{part}", more_ids=more,
                )  # fmt: skip
                self.do(op.Settle(outcome=outcome))
            self.assertEqual([State.SENT] * 255, self.states("1"))

        def test_our_reference_and_the_ids_of_parts_that_a_carrier_made(self):
            """All of them have ours: it is their own ids that tell them apart, after the answer and before it."""
            for early in (False, True):
                id = f"early {early}"
                taken, ours = self.ours(id, OTHER + str(int(early)))
                outcome = Outcome(
                    message=taken.message, piece=taken.piece, part=1, link="ours", verdict=Verdict.TAKEN,
                    carrier_id=f"{id} 1", more_ids=(f"{id} 2", f"{id} 3"),
                )  # fmt: skip
                told = [lambda n=n, id=id, ours=ours: self.by_ours(ours, f"{id} {n}") for n in (2, 1)]
                for each in (*told, None) if early else (None, *told):
                    each() if each else self.do(op.Settle(outcome=outcome))
                self.assertEqual([State.DELIVERED, State.DELIVERED, State.SENT], self.states(id))
                self.assertEqual("repeated", told[0]())
                self.by_ours(ours, f"{id} 3")
                self.assertEqual(Status.DELIVERED, self.message(id).status)

        def test_parts_that_a_carrier_made_are_never_sent(self):
            """They stand behind those that are; a carrier without receipts tells nothing of them."""
            taken = self.cut("c2", parts=2)
            self.assertEqual([State.SENT, State.QUEUED, State.SENT], self.states("1"))
            self.settle(taken, Verdict.LATER, part=2)
            self.clock.advance(60)
            claimed = self.do(op.Claim(link="a", limit=9))
            self.assertEqual([[2]], [[part.number for part in work.parts] for work in claimed.works])
            self.cut("m2", id="2", link="mute")
            self.assertEqual([State.SILENT], self.states("2"))

        def restart(self):
            self.store = type(self).reopen(self, self.store, self.clock, self.terms)

    Contract.make = staticmethod(make)
    return Contract
