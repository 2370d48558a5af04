"""Every UCP operation and its fields, in the order of the standard's tables (EMI-UCP 3.5 to 5.2, sections 4 and 5).

Names are the specification's in lower case; `msg` is NMsg, AMsg or TMsg by
`mt`. Values stay the characters that came. When an operation may come, and
what it means, is not known here.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from chanserv.links.ucp.fields import bits, many, one, spare, text

ADDRESS, ALPHANUMERIC = 16, 22  # digits; hexadecimal digits of an OAdC that is no number
LONGEST = 1400  # hexadecimal digits of a TMsg


@attrs.frozen(kw_only=True)
class Operation:
    """`trn`: its transaction reference number, 0 to 99."""

    ot: ClassVar[str] = ""
    trn: int = 0

    @property
    def kind(self) -> str:
        """Its number, two digits."""
        return self.ot


@attrs.frozen(kw_only=True)
class Unknown(Operation):
    """One that has no table here, such as those of paging: values as they came."""

    number: str
    values: tuple[str, ...] = ("",)

    @property
    def kind(self) -> str:
        return self.number


@attrs.frozen(kw_only=True)
class CallInput(Operation):
    """01: a text, the oldest way."""

    ot: ClassVar[str] = "01"
    adc: str = one(ADDRESS)
    oadc: str = one(ALPHANUMERIC)
    ac: str = one(16)
    mt: str = one(1)
    nb: str = bits()
    msg: str = text(LONGEST)


@attrs.frozen(kw_only=True)
class MultipleCallInput(Operation):
    """02: the same to several addresses."""

    ot: ClassVar[str] = "02"
    radc: tuple[str, ...] = many(ADDRESS)
    oadc: str = one(ALPHANUMERIC)
    ac: str = one(16)
    mt: str = one(1)
    nb: str = bits()
    msg: str = text(LONGEST)


@attrs.frozen(kw_only=True)
class SupplementaryCallInput(Operation):
    """03: with supplementary services."""

    ot: ClassVar[str] = "03"
    adc: str = one(ADDRESS)
    oadc: str = one(ALPHANUMERIC)
    ac: str = one(16)
    ga: tuple[str, ...] = many(ADDRESS)
    rp: str = one(1)
    lrp: str = one(2)
    pr: str = one(1)
    lpr: str = one(2)
    um: str = one(1)
    lum: str = one(2)
    rc: str = one(1)
    lrc: str = one(2)
    dd: str = one(1)
    ddt: str = one(10)
    mt: str = one(1)
    nb: str = bits()
    msg: str = text(LONGEST)


@attrs.frozen(kw_only=True)
class Transfer(Operation):
    """30: a text for a handset; always alphanumeric."""

    ot: ClassVar[str] = "30"
    adc: str = one(ADDRESS)
    oadc: str = one(ALPHANUMERIC)
    ac: str = one(16)
    nrq: str = one(1)
    nad: str = one(ADDRESS)
    npid: str = one(4)
    dd: str = one(1)
    ddt: str = one(10)
    vp: str = one(10)
    msg: str = one(LONGEST)


@attrs.frozen(kw_only=True)
class Alert(Operation):
    """31: here I am."""

    ot: ClassVar[str] = "31"
    adc: str = one(ADDRESS)
    pid: str = one(4)


@attrs.frozen(kw_only=True)
class Message(Operation):
    """What 51 to 58 have in common: 33 fields."""

    adc: str = one(ALPHANUMERIC)  # digits; in a notification whatever the OAdC was
    oadc: str = one(ALPHANUMERIC)
    ac: str = one(16)
    nrq: str = one(1)
    nadc: str = one(ADDRESS)
    nt: str = one(1)
    npid: str = one(4)
    lrq: str = one(1)
    lrad: str = one(ADDRESS)
    lpid: str = one(4)
    dd: str = one(1)
    ddt: str = one(10)
    vp: str = one(10)
    rpid: str = one(4)
    scts: str = one(12)
    dst: str = one(1)
    rsn: str = one(3)
    dscts: str = one(12)
    mt: str = one(1)
    nb: str = one(4)
    msg: str = one(LONGEST)
    mms: str = one(1)
    pr: str = one(1)
    dcs: str = one(1)
    mcls: str = one(1)
    rpi: str = one(1)
    cpg: str = one(1)
    rply: str = one(1)
    otoa: str = one(4)
    hplmn: str = one(ADDRESS)
    xser: str = one(400)
    res4: str = spare()
    res5: str = spare()


@attrs.frozen(kw_only=True)
class Submit(Message):
    """51: a text of ours."""

    ot: ClassVar[str] = "51"


@attrs.frozen(kw_only=True)
class Deliver(Message):
    """52: a text for us."""

    ot: ClassVar[str] = "52"


@attrs.frozen(kw_only=True)
class Notification(Message):
    """53: what became of a 51. AdC is its OAdC, OAdC its AdC."""

    ot: ClassVar[str] = "53"


@attrs.frozen(kw_only=True)
class Modify(Message):
    """54: another text instead of an earlier one."""

    ot: ClassVar[str] = "54"


@attrs.frozen(kw_only=True)
class Inquiry(Message):
    """55: what became of this one?"""

    ot: ClassVar[str] = "55"


@attrs.frozen(kw_only=True)
class Delete(Message):
    """56: drop this one."""

    ot: ClassVar[str] = "56"


@attrs.frozen(kw_only=True)
class InquiryResponse(Message):
    """57: the answer to a 55, as an operation of its own."""

    ot: ClassVar[str] = "57"


@attrs.frozen(kw_only=True)
class DeleteResponse(Message):
    """58: the answer to a 56, as an operation of its own."""

    ot: ClassVar[str] = "58"


@attrs.frozen(kw_only=True)
class Management(Operation):
    """What 60 and 61 have in common. `pwd` and `npwd`: hexadecimal."""

    oadc: str = one(ADDRESS)
    oton: str = one(1)
    onpi: str = one(1)
    styp: str = one(1)
    pwd: str = one(32)
    npwd: str = one(32)
    vers: str = one(4)
    ladc: str = one(ADDRESS)
    lton: str = one(1)
    lnpi: str = one(1)


@attrs.frozen(kw_only=True)
class SessionManagement(Management):
    """60: signing in."""

    ot: ClassVar[str] = "60"
    opid: str = one(2)
    res1: str = spare()


@attrs.frozen(kw_only=True)
class ListManagement(Management):
    """61: who gets texts."""

    ot: ClassVar[str] = "61"
    res1: str = spare()
    res2: str = spare()


BY_OT: dict[str, type[Operation]] = {
    cls.ot: cls
    for cls in (
        CallInput,
        MultipleCallInput,
        SupplementaryCallInput,
        Transfer,
        Alert,
        Submit,
        Deliver,
        Notification,
        Modify,
        Inquiry,
        Delete,
        InquiryResponse,
        DeleteResponse,
        SessionManagement,
        ListManagement,
    )
}
