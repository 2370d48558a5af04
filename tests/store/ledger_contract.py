"""What every ledger must do, whatever it keeps its rows in."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from chanserv.message import Inbound, Message, Part, Piece, Receipt, Reply, Segment, Slice, State, Status
from chanserv.store.ledger import Ledger, Orphan, Place, Sent, Slip

DAY = 86400.0
NOON = 20_000 * DAY + DAY / 2
LINE = "claro\x00+5511999990001\x00b"


def message(ref: int, id: str = "1", channel: str = "claro", *, to: str = "+5511999990001", **more: object) -> Message:
    part = Part(1, Slice(b"\x00\xff"), State.DELIVERED, carrier_id=f"c{ref}")
    piece = Piece(to=to, sender="20333", text="olá", ref=ref + 1000, link="smsc", parts=(part,))
    return Message(ref=ref, channel=channel, id=id, pieces=(piece,), **more)


def inbound(ref: int, **more: object) -> Inbound:
    given: dict[str, object] = {"channel": "claro", "link": "smsc", "sender": "+5511999990002", "to": "20333"}
    return Inbound(ref=ref, **{**given, "text": "sim", "at": 1.0, "taken": 1.0, **more})


def place(piece: int, *, line: str = LINE, link: str = "smsc", reply: bool = False, **more: object) -> Place:
    return Place(piece=piece, message=1, link=link, line=line, reply=reply, taken=float(piece), **more)


def sent(part: int, carrier_id: str = "abc", piece: int = 2) -> Sent:
    return Sent(link="smsc", carrier_id=carrier_id, message=1, piece=piece, part=part, to="5511999990001")


def slip(ref: int, *, line: str = "a", due: float = 1.0, **more: object) -> Slip:
    return Slip(ref=ref, line=line, reply=False, due=due, **more)


def orphan(ref: int, *ids: str, at: float = 1.0, to: str = "+55 11 99999-0001") -> Orphan:
    return Orphan(ref=ref, receipt=Receipt(link="smsc", carrier_ids=ids, status=Status.DELIVERED, to=to), at=at)


def segment(number: int, digest: str = "") -> Reply:
    return Reply(
        link="smsc", sender="+5511", to="20333", body=b"\xd8\x3d", encoding="utf-16-be",
        segment=Segment(7, 3, number), digest=digest,
    )  # fmt: skip


def refs(rows: object) -> list[int]:
    return [row.ref for row in rows]  # type: ignore[attr-defined]  # of any row that has one


def pieces(places: object) -> list[int]:
    return [each.piece for each in places]  # type: ignore[attr-defined]  # of places and sents alike


def ledger_contract(make: Callable[[SynchronousTestCase], Ledger]) -> type[SynchronousTestCase]:
    """The contract as a test case to inherit from; `make` gives a fresh ledger, ready to be written to."""

    class LedgerContract(SynchronousTestCase):
        def setUp(self) -> None:
            self.ledger = make(self)

        def test_refs_rise(self) -> None:
            """No number is given twice."""
            given = [self.ledger.next_ref() for _ in range(50)]
            self.assertEqual(sorted(set(given)), given)

        def test_a_message_comes_back_as_it_was_put(self) -> None:
            """Every field survives, octets as well; put again replaces."""
            self.ledger.put(message(1, wake=5.0))
            self.assertEqual(message(1, wake=5.0), self.ledger.message(1))
            changed = message(1, status=Status.SENT, owed=(Status.SENT,))
            self.ledger.put(changed)
            self.assertEqual(changed, self.ledger.message(1))
            self.assertIsNone(self.ledger.message(2))

        def test_the_newest_generation_of_an_id_is_found(self) -> None:
            """By channel and id; another channel's same id is another message."""
            for ref, generation in ((1, 1), (3, 3), (2, 2)):
                self.ledger.put(message(ref, "77", generation=generation))
            self.ledger.put(message(9, "77", "vivo", generation=9))
            found = self.ledger.newest("claro", "77")
            self.assertEqual(3, found and found.generation)
            self.assertIsNone(self.ledger.newest("claro", "78"))

        def test_messages_wake_earliest_first(self) -> None:
            """Never those with wake 0 or later; no more than asked."""
            for ref, wake in ((1, 30.0), (2, 10.0), (3, 0.0), (4, 20.0), (5, 99.0)):
                self.ledger.put(message(ref, str(ref), wake=wake))
            self.assertEqual([2, 4, 1], refs(self.ledger.waking(30.0, 10)))
            self.assertEqual([2, 4], refs(self.ledger.waking(30.0, 2)))

        def test_an_archived_message_is_found_by_people_only(self) -> None:
            """It is live no more, and still told when asked for."""
            self.ledger.put(message(1))
            self.ledger.archive(message(1, reason="seen"), NOON)
            self.assertIsNone(self.ledger.message(1))
            self.assertIsNone(self.ledger.newest("claro", "1"))
            self.assertEqual(([message(1, reason="seen")], []), self.ledger.find("1", 10))

        def test_a_line_is_told_oldest_first_and_up_to_64(self) -> None:
            """Whatever order its places came in."""
            for piece in (*range(80, 40, -1), *range(1, 41)):
                self.ledger.enqueue(place(piece))
            self.ledger.enqueue(place(999, line="other"))
            self.assertEqual(list(range(1, 65)), pieces(self.ledger.line(LINE)))
            self.assertTrue(self.ledger.in_line(LINE))
            self.assertFalse(self.ledger.in_line(LINE[:-1]))

        def test_depth_counts_places_not_changes(self) -> None:
            """Enqueued again replaces; dequeued twice is once."""
            for piece in (1, 2, 1):
                self.ledger.enqueue(place(piece, due=float(piece)))
            self.assertEqual(2, self.ledger.depth())
            self.assertEqual(place(1, due=1.0), self.ledger.place(1))
            self.ledger.dequeue(1)
            self.ledger.dequeue(1)
            self.assertEqual(1, self.ledger.depth())
            self.assertIsNone(self.ledger.place(1))

        def test_heads_come_replies_first_then_oldest_first(self) -> None:
            """Only heads, of this link, due, and not held already; as many as asked."""
            for row in (
                place(5, head=True),
                place(6, head=True, reply=True),
                place(3, head=True, due=50.0),
                place(4, head=True, due=-1.0),
                place(1),
                place(2, head=True, link="other"),
                place(7, head=True, reply=True, due=200.0),
            ):
                self.ledger.enqueue(row)
            self.assertEqual([6, 3, 4, 5], pieces(self.ledger.heads("smsc", 100.0, 9, ())))
            self.assertEqual([6, 4], pieces(self.ledger.heads("smsc", 100.0, 2, (3,))))
            self.assertEqual([4], pieces(self.ledger.heads("smsc", -1.0, 9, ())))
            self.assertEqual([place(6, head=True, reply=True)], self.ledger.heads("smsc", 40.0, 1, ()))

        def test_the_stranded_are_told_from_any_piece_on(self) -> None:
            """Heads of one link and class that are due, by age."""
            for row in (
                place(5, head=True),
                place(6, head=True, reply=True),
                place(3, head=True, due=50.0),
                place(4, head=True, due=200.0),
                place(1),
                place(2, head=True, link="other"),
                place(8, head=True),
            ):
                self.ledger.enqueue(row)
            self.assertEqual([3, 5, 8], pieces(self.ledger.stranded("smsc", 100.0, False, 0, 9)))
            self.assertEqual([5], pieces(self.ledger.stranded("smsc", 100.0, False, 3, 1)))
            self.assertEqual([5, 8], pieces(self.ledger.stranded("smsc", 40.0, False, 0, 9)))
            self.assertEqual([6], pieces(self.ledger.stranded("smsc", 100.0, True, 0, 9)))

        def test_a_place_held_again_waits_again(self) -> None:
            """Having been due once gives no right to pass a new hold."""
            self.ledger.enqueue(place(1, head=True, due=10.0))
            self.assertEqual([1], pieces(self.ledger.heads("smsc", 10.0, 9, ())))
            self.ledger.enqueue(place(1, head=True, due=30.0))
            self.assertEqual([], list(self.ledger.heads("smsc", 20.0, 9, ())))
            self.assertEqual(30.0, self.ledger.next_due("smsc", 20.0))

        def test_the_next_due_head_is_told(self) -> None:
            """The earliest that is still to come, of this link; 0 for none."""
            self.assertEqual(0.0, self.ledger.next_due("smsc", 0.0))
            for piece, due in ((1, 10.0), (2, 30.0), (3, 20.0)):
                self.ledger.enqueue(place(piece, head=True, due=due))
            self.ledger.enqueue(place(4, due=11.0))
            self.assertEqual(20.0, self.ledger.next_due("smsc", 10.0))
            self.assertEqual(0.0, self.ledger.next_due("smsc", 30.0))

        def test_heads_are_released_when_their_hold_ends(self) -> None:
            """Not those whose clock does not run or is done with."""
            for piece, release in ((1, 10.0), (2, 0.0), (3, -1.0), (4, 99.0)):
                self.ledger.enqueue(place(piece, head=True, release=release))
            self.ledger.enqueue(place(5, release=5.0))
            self.assertEqual([1], pieces(self.ledger.releasing(50.0, 9)))
            self.assertEqual(1, len(self.ledger.releasing(99.0, 1)))

        def test_a_carrier_id_may_belong_to_several_parts(self) -> None:
            """They are told by piece, then part, until forgotten."""
            for piece, part in ((3, 1), (2, 2), (2, 1)):
                self.ledger.remember(sent(part, piece=piece))
            self.ledger.remember(sent(1, "xyz", 9))
            found = self.ledger.sent("smsc", "abc")
            self.assertEqual([(2, 1), (2, 2), (3, 1)], [(each.piece, each.part) for each in found])
            self.assertEqual(sent(1), found[0])
            self.ledger.forget(1, 2, 1)
            self.assertEqual(2, len(self.ledger.sent("smsc", "abc")))
            self.assertEqual([], list(self.ledger.sent("other", "abc")))

        def test_a_finished_part_is_known_to_have_been_settled(self) -> None:
            """While it is live and when it is history; not before it is finished."""
            self.ledger.put(message(1))
            self.ledger.remember(sent(1, "c1", 1001))
            self.assertFalse(self.ledger.settled_before("smsc", "c1"))
            self.assertEqual([], list(self.ledger.had("smsc", "c1")))
            self.ledger.forget(1, 1001, 1)
            self.assertTrue(self.ledger.settled_before("smsc", "c1"))
            self.assertFalse(self.ledger.settled_before("other", "c1"))
            self.assertEqual([sent(1, "c1", 1001)], list(self.ledger.had("smsc", "c1")))
            self.assertEqual([], list(self.ledger.had("other", "c1")))
            self.ledger.archive(message(1), NOON)
            self.assertTrue(self.ledger.settled_before("smsc", "c1"))
            self.assertEqual([], list(self.ledger.had("smsc", "c1")))

        def test_an_orphan_is_found_under_each_of_its_ids(self) -> None:
            """And by the handset's digits, until it is dropped."""
            self.ledger.keep_orphan(orphan(1, "0a", "10"))
            self.ledger.keep_orphan(orphan(2, "10", to=""))
            self.assertEqual([1, 2], refs(self.ledger.orphans("smsc", "10")))
            self.assertEqual([orphan(1, "0a", "10")], list(self.ledger.orphans("smsc", "0a")))
            self.assertEqual([1], refs(self.ledger.orphans_to("smsc", "5511999990001")))
            self.assertEqual(2, self.ledger.orphan_count())
            self.ledger.drop_orphan(1)
            self.assertEqual([2], refs(self.ledger.orphans("smsc", "10")))

        def test_old_orphans_are_dropped(self) -> None:
            """Those kept before the instant, with all their ids."""
            for ref in (1, 2, 3):
                self.ledger.keep_orphan(orphan(ref, "id", at=float(ref)))
            self.assertEqual(2, self.ledger.drop_orphans_before(3.0))
            self.assertEqual([3], refs(self.ledger.orphans("smsc", "id")))

        def test_slips_are_due_earliest_first(self) -> None:
            """Heads only, no dead letters, none that is out."""
            for row in (
                slip(1, due=30.0),
                slip(2, due=10.0),
                slip(3, due=20.0),
                slip(4, head=False),
                slip(5, dead=True),
                slip(6, due=99.0),
            ):
                self.ledger.owe(row)
            self.assertEqual([2, 3, 1], refs(self.ledger.due_slips(30.0, 9, ())))
            self.assertEqual([3, 1], refs(self.ledger.due_slips(30.0, 2, (2,))))
            self.assertEqual(99.0, self.ledger.next_slip_due(30.0))
            self.assertEqual(0.0, self.ledger.next_slip_due(99.0))

        def test_dead_slips_are_read_by_ref_from_any_on(self) -> None:
            """Page by page; what is still owed is not among them."""
            dead = [slip(ref, dead=True, reason="400") for ref in (3, 5, 9)]
            for row in (*reversed(dead), slip(4), slip(6, head=False)):
                self.ledger.owe(row)
            self.assertEqual(dead[:2], list(self.ledger.dead_slips(0, 2)))
            self.assertEqual(dead[2:], list(self.ledger.dead_slips(5, 2)))

        def test_the_oldest_slip_behind_is_next(self) -> None:
            """Neither a head nor a dead letter is; dead letters hold no line."""
            for row in (slip(1), slip(5, head=False), slip(3, head=False), slip(2, head=False, dead=True)):
                self.ledger.owe(row)
            self.ledger.owe(slip(9, line="b", dead=True))
            self.assertEqual(slip(3, head=False), self.ledger.next_slip("a"))
            self.assertIsNone(self.ledger.next_slip("b"))
            self.assertTrue(self.ledger.in_slips("a"))
            self.assertFalse(self.ledger.in_slips("b"))

        def test_a_slip_is_replaced_and_paid(self) -> None:
            """By ref."""
            self.ledger.owe(slip(1))
            again = slip(1, due=9.0, tries=2, first=3.0, reason="503")
            self.ledger.owe(again)
            self.assertEqual(again, self.ledger.slip(1))
            self.ledger.paid(1)
            self.assertIsNone(self.ledger.slip(1))

        def test_the_outbox_is_counted(self) -> None:
            """Owed, the oldest of them, and dead letters apart."""
            self.assertEqual((0, 0.0, 0), self.ledger.outbox())
            for row in (slip(1, first=7.0), slip(2, first=5.0, head=False), slip(3, first=1.0, dead=True)):
                self.ledger.owe(row)
            self.assertEqual((2, 5.0, 1), self.ledger.outbox())

        def test_queues_are_counted_by_link(self) -> None:
            """With the instant their oldest was taken."""
            for row in (place(3), place(2), place(9, link="other")):
                self.ledger.enqueue(row)
            self.assertEqual({"smsc": (2, 2.0), "other": (1, 9.0)}, self.ledger.queues())

        def test_a_reply_is_kept_and_known_by_its_vendor_id(self) -> None:
            """Of its link, while it is live."""
            self.ledger.put_inbound(inbound(1, vendor_id="v1"))
            self.ledger.put_inbound(inbound(1, vendor_id="v1", told=2.0))
            self.assertEqual(inbound(1, vendor_id="v1", told=2.0), self.ledger.inbound(1))
            self.assertTrue(self.ledger.heard("smsc", "v1"))
            self.assertFalse(self.ledger.heard("other", "v1"))
            self.ledger.archive_inbound(inbound(1, vendor_id="v1"), NOON)
            self.assertIsNone(self.ledger.inbound(1))
            self.assertFalse(self.ledger.heard("smsc", "v1"))

        def test_replies_wake_earliest_first(self) -> None:
            """As messages do."""
            for ref, wake in ((1, 30.0), (2, 10.0), (3, 0.0)):
                self.ledger.put_inbound(inbound(ref, wake=wake))
            self.assertEqual([2, 1], refs(self.ledger.waking_inbound(30.0, 9)))
            self.assertEqual([2], refs(self.ledger.waking_inbound(30.0, 1)))

        def test_digests_of_replies_and_segments_are_told(self) -> None:
            """Of one link, from an instant on, without the empty ones."""
            self.ledger.put_inbound(inbound(1, digest="old", taken=1.0))
            self.ledger.put_inbound(inbound(2, digest="new", taken=5.0))
            self.ledger.put_inbound(inbound(3, taken=6.0))
            self.ledger.keep_segment("k", segment(1, "part"), 7.0)
            self.assertEqual(["new", "part"], sorted(self.ledger.digests_since("smsc", 5.0)))
            self.assertEqual([], list(self.ledger.digests_since("other", 0.0)))

        def test_segments_are_told_by_number(self) -> None:
            """The first of a number stays; half a surrogate pair is just octets."""
            self.ledger.keep_segment("k", segment(3), 1.0)
            self.ledger.keep_segment("k", segment(1, "first"), 2.0)
            self.ledger.keep_segment("k", segment(1, "again"), 3.0)
            self.assertEqual([(2.0, segment(1, "first")), (1.0, segment(3))], list(self.ledger.segments("k")))
            self.ledger.drop_segments("k")
            self.assertEqual([], list(self.ledger.segments("k")))

        def test_stale_segments_are_those_that_began_long_ago(self) -> None:
            """A late segment makes a reply no younger."""
            for key, at in (("a", 1.0), ("a", 90.0), ("b", 50.0), ("c", 2.0)):
                self.ledger.keep_segment(key, segment(int(at)), at)
            self.assertEqual({"a", "c"}, set(self.ledger.stale_segments(50.0, 9)))
            self.assertEqual(1, len(self.ledger.stale_segments(50.0, 1)))

        def test_people_see_live_and_finished_texts_newest_first(self) -> None:
            """Both directions, each up to the limit."""
            for ref in (1, 2, 3, 4):
                self.ledger.put(message(ref, str(ref)))
            self.ledger.archive(message(2, "2"), NOON)
            self.ledger.archive(message(3, "3"), NOON + DAY)
            self.ledger.put_inbound(inbound(5))
            self.ledger.archive_inbound(inbound(6), NOON)
            messages, replies = self.ledger.recent(3)
            self.assertEqual(([4, 3, 2], [6, 5]), (refs(messages), refs(replies)))

        def test_a_text_is_found_by_whatever_people_know(self) -> None:
            """The platform's id, our ref, a carrier's id, or a number, either side, however written."""
            for ref in (1, 3):
                self.ledger.put(message(ref, f"id{ref}"))
            self.ledger.remember(sent(1, "c1", 1001))
            self.ledger.archive(message(3, "id3"), NOON)
            self.ledger.archive(message(5, "id5", to="+5511000"), NOON)
            self.ledger.put_inbound(inbound(7, sender="+5511999990001"))
            for term, messages, replies in (
                ("id1", [1], []),
                ("id3", [3], []),
                ("c1", [1], []),
                ("c3", [3], []),
                ("3", [3], []),
                ("7", [], [7]),
                ("+55 (11) 99999-0001", [3, 1], [7]),
                ("20333", [5, 3, 1], [7]),
                ("nothing", [], []),
            ):
                found = self.ledger.find(term, 9)
                self.assertEqual((messages, replies), (refs(found[0]), refs(found[1])), term)
            self.assertEqual([5, 3], refs(self.ledger.find("20333", 2)[0]))

        def test_a_text_is_found_by_the_ref_of_any_piece(self) -> None:
            """What its sender was answered: alive, with a piece that came later, and as history."""
            whole = message(1)
            first = replace(whole.pieces[0], ref=2)
            whole = replace(whole, pieces=(first,))
            self.ledger.put(whole)
            self.ledger.put(message(3, "other"))
            self.assertEqual([], refs(self.ledger.find("5", 9)[0]))
            whole = replace(whole, pieces=(first, replace(first, ref=5), replace(first, ref=6)))
            self.ledger.put(whole)
            for _ in ("alive", "history"):
                self.assertEqual([[1], [1], [1], [1]], [refs(self.ledger.find(ref, 9)[0]) for ref in "1256"])
                self.assertEqual([], refs(self.ledger.find("7", 9)[0]))
                self.ledger.archive(whole, NOON)

        def test_whole_days_of_history_are_dropped(self) -> None:
            """Only days that ended before the instant."""
            for days in (0, 1, 2):
                self.ledger.archive(message(days + 1, str(days)), NOON + days * DAY)
            self.assertEqual(1, self.ledger.drop_history(NOON + DAY))
            self.assertEqual([3, 2], refs(self.ledger.recent(9)[0]))
            self.assertEqual(([], []), self.ledger.find("0", 9))
            self.assertEqual(0, self.ledger.drop_history(NOON + DAY))

    return LedgerContract
