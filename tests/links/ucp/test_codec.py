"""What the table of operations makes of values, and what cannot be written."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.errors import BadField
from chanserv.links.ucp.codec import Frames, Malformed, checksum, decode, encode
from chanserv.links.ucp.fields import Shape, layout
from chanserv.links.ucp.operations import (
    BY_OT,
    Alert,
    CallInput,
    MultipleCallInput,
    Operation,
    Submit,
    SupplementaryCallInput,
    Unknown,
)
from chanserv.links.ucp.results import Result, refused, taken

LETTERS = "".join(chr(code) for code in range(0x20, 0x100) if chr(code) != "/")


def framed(text: str) -> bytes:
    return b"\x02" + text.encode() + b"\x03"


def operations() -> st.SearchStrategy[Operation]:
    """Any, with any values that fit."""
    return st.sampled_from(sorted(BY_OT)).flatmap(lambda ot: _values(BY_OT[ot]))


def _values(cls: type[Operation]) -> st.SearchStrategy[Any]:
    given: dict[str, Any] = {"trn": st.integers(0, 99)}
    mt = st.sampled_from("1234") if any(name == "mt" for name, _ in layout(cls)) else st.just("")
    for name, field in layout(cls):
        one = st.text(LETTERS, max_size=min(field.limit, 12))
        given[name] = st.lists(one, max_size=3).map(tuple) if field.shape is Shape.LIST else one
    return mt.flatmap(lambda kind: st.builds(cls, **_of_type(kind, given)))


def _of_type(mt: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a message type has no field for is not there."""
    if not mt:
        return given
    given = given | {"mt": st.just(mt)}
    if "scts" not in given and mt != "4":
        given["nb"] = st.just("")
    if "scts" not in given and mt == "1":
        given["msg"] = st.just("")
    return given


class ShapeTests(SynchronousTestCase):
    OLD = (
        (
            "00/00059/O/02/3/01111/02222/03333/0123456789//3/534D5343/4D",
            MultipleCallInput(radc=("01111", "02222", "03333"), oadc="0123456789", mt="3", msg="534D5343"),
        ),
        (
            "01/00070/O/03/01234567890/09876543210//0///////////3/4D657373616765/89",
            SupplementaryCallInput(trn=1, adc="01234567890", oadc="09876543210", mt="3", msg="4D657373616765"),
        ),
        (
            "02/00046/O/01/01234567890/0111//4/0016/AA55/C9",
            CallInput(trn=2, adc="01234567890", oadc="0111", mt="4", nb="0016", msg="AA55"),
        ),
        ("03/00036/O/01/01234567890/0111//1/B5", CallInput(trn=3, adc="01234567890", oadc="0111", mt="1")),
    )

    def test_lists_and_types(self) -> None:
        """A list behind its count; NB only for transparent data; nothing behind a tone."""
        for text, operation in self.OLD:
            self.assertEqual(framed(text), encode(operation))
            self.assertEqual(operation, decode(text.encode()))

    @given(operations())
    def test_there_and_back(self, operation: Operation) -> None:
        """Whatever fits its fields."""
        [frame] = Frames().feed(encode(operation))
        self.assertEqual(operation, decode(frame))

    @given(st.integers(0, 99), st.sampled_from(["51", "31", "77"]), st.lists(st.text(LETTERS, max_size=9), min_size=1))
    def test_results_there_and_back(self, trn: int, ot: str, values: list[str]) -> None:
        """Of any operation, with any values."""
        result = Result(trn=trn, ot=ot, values=tuple(values))
        [frame] = Frames().feed(encode(result))
        self.assertEqual(result, decode(frame))

    def test_results(self) -> None:
        """Those with a modified validity period have one place more."""
        self.assertEqual(Result(trn=7, ot="51", values=("A", "", "x")), taken(Submit(trn=7), "x"))
        self.assertEqual(Result(trn=7, ot="31", values=("A", "x")), taken(Alert(trn=7), "x"))
        self.assertEqual(Result(trn=7, ot="77", values=("N", "03", "")), refused(Unknown(trn=7, number="77"), 3))
        for values, well, ec, sm in (
            (("A", "", "sm"), True, None, "sm"),
            (("A",), True, None, ""),
            (("N", "104", "sm"), False, 104, "sm"),
            (("N", "04"), False, 4, ""),
            (("N", "\xb2", ""), False, None, ""),
            (("",), False, None, ""),
        ):
            result = Result(ot="51", values=values)
            self.assertEqual((well, ec, sm), (result.well, result.ec, result.sm))


class FaultTests(SynchronousTestCase):
    def test_a_flood_of_words(self) -> None:
        """They are kept with the part and told: a line of some length; a code of no known length is none."""
        said = Result(trn=1, ot="51", values=("N", "9" * 2000, "no\x1b[2J\r\nno\0" + "x" * 2000))
        self.assertTrue(said.sm.startswith("no [2J no"), said.sm[:20])
        self.assertEqual((256, None), (len(said.sm), said.ec))

    def test_not_to_be_written(self) -> None:
        """Nothing that would break the frame, or its field."""
        for operation in (
            Submit(adc="1/2"),
            Submit(msg="6\x03"),
            Submit(oadc="é€"),
            Submit(ac="1" * 17),
            Submit(trn=100),
            MultipleCallInput(radc=("1" * 17,)),
            Unknown(number="77", values=("x" * 4096,)),
        ):
            self.assertRaises(BadField, encode, operation)
        self.assertRaises(BadField, encode, Result(ot="51", values=("A", "", "a/b")))

    def fault(self, text: str) -> Malformed:
        body = text.encode()
        size = len(body) + 2
        body = body.replace(b"LEN", b"%05d" % (size + 2))
        return self.assertRaises(Malformed, decode, body + checksum(body))  # type: ignore[no-any-return]

    def test_fields_that_are_missing(self) -> None:
        """Only the reserved ones may be: 02, under the number and operation that came."""
        for text in (
            "17/LEN/O/31/1/",
            "17/LEN/O/51/1/2/",
            "17/LEN/O/02/3/1/2/",
            "17/LEN/O/02/x/1/2/",
            "17/LEN/O/02/9999/1/2/",
            "17/LEN/O/01/1/2//4/16/",
        ):
            fault = self.fault(text)
            self.assertEqual((2, 17, False), (fault.status, fault.trn, fault.result), text)
            self.assertEqual(text[9:11], fault.operation.kind)

    def test_a_list_without_a_count(self) -> None:
        """Is an empty one, where its place is there."""
        body = b"01/LEN00/O/02//1/2/3/61/"
        body = body.replace(b"LEN00", b"%05d" % (len(body) + 2))
        self.assertEqual(MultipleCallInput(trn=1, oadc="1", ac="2", mt="3", msg="61"), decode(body + checksum(body)))

    def test_a_result_is_told_as_one(self) -> None:
        """It must not be answered."""
        fault = self.assertRaises(Malformed, decode, b"17/00022/R/51/A//x/00")
        self.assertTrue(fault.result)

    def test_a_head_and_nothing_else(self) -> None:
        """Is not an operation without fields."""
        self.assertEqual(1, self.assertRaises(Malformed, decode, b"17/00010/O/31/").status)
        self.assertRaises(BadField, decode, b"")

    def test_small_letters_in_a_checksum(self) -> None:
        """Are read."""
        self.assertEqual(Result(ot="60", values=("A", "")), decode(b"00/00019/R/60/A//6d"))
