"""CIMD2 packets: an operation, a number, parameters in order; and the two tables of what there is of each.

As the CIMD Interface Specification of SMSC 8.0 has them, and Kannel, jcimd and
Wireshark use them. Values are text, one character an octet (Latin-1), as they
stand between colon and TAB. What is in no table is carried like anything else.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

import attrs

RESPONSE = 50  # an answer's operation is its request's and so many

LOGIN, LOGOUT, SUBMIT, ENQUIRE, DELIVERY_REQUEST, CANCEL, SET, GET = 1, 2, 3, 4, 5, 6, 8, 9
DELIVER, REPORT, ALIVE = 20, 23, 40
LOGGED_IN, GENERAL_ERROR, NACK = 51, 98, 99

CLIENT, SERVER = 1, 2  # who may ask: a sum

OPERATIONS: dict[int, tuple[str, int]] = {
    LOGIN: ("login", CLIENT),
    LOGOUT: ("logout", CLIENT),
    SUBMIT: ("submit message", CLIENT),
    ENQUIRE: ("enquire message status", CLIENT),
    DELIVERY_REQUEST: ("delivery request", CLIENT),
    CANCEL: ("cancel message", CLIENT),
    SET: ("set parameter", CLIENT),
    GET: ("get parameter", CLIENT),
    DELIVER: ("deliver message", SERVER),
    REPORT: ("deliver status report", SERVER),
    ALIVE: ("alive", CLIENT | SERVER),
}
"""Requests: name, and who may make them."""

USER, PASSWORD, SUB_ADDRESS, WINDOW = 10, 11, 12, 19
DESTINATION, ORIGINATOR, IMSI, ALPHA_ORIGINATOR, VISITED_MSC = 21, 23, 26, 27, 28
CODING, HEADER, TEXT, BINARY = 30, 32, 33, 34
VALIDITY, VALIDITY_ABSOLUTE, FIRST, FIRST_ABSOLUTE = 50, 51, 53, 54
REPORTS_WANTED, CANCELLABLE, CANCEL_MODE, STAMP, STATUS, STATUS_ERROR, DISCHARGED = 56, 58, 59, 60, 61, 62, 63
TARIFF, SERVICE, COUNT, PRIORITY, REQUEST_MODE = 64, 65, 66, 67, 68
GET_NAME, SMSC_TIME, ERROR, ERROR_TEXT = 500, 501, 900, 901

FORMAT = 8  # 900: parameter formatting error
SYNTAX = 2


class Kind(Protocol):
    """What values of a parameter look like."""

    def fault(self, value: str, own: int) -> int:
        """0, or the error code this value earns; `own`: the parameter's."""


@attrs.frozen
class Int:
    """Decimal, between two bounds."""

    low: int
    high: int

    def fault(self, value: str, own: int) -> int:
        if number(value) is None:
            return FORMAT
        return 0 if self.low <= int(value) <= self.high else own


class Chars:
    """Text of these characters, so many of them."""

    def __init__(self, allowed: str, longest: int, shortest: int = 1) -> None:
        self._pattern = re.compile(f"{allowed}{{{shortest},{longest}}}")

    def fault(self, value: str, own: int) -> int:
        return 0 if self._pattern.fullmatch(value) else own


@attrs.frozen
class Hex:
    """Octets in hexadecimal, upper or lower case."""

    longest: int  # digits

    def fault(self, value: str, own: int) -> int:
        if not re.fullmatch("([0-9A-Fa-f]{2})*", value):
            return FORMAT
        return 0 if len(value) <= self.longest else own


@attrs.frozen
class Stamp:
    """yymmddhhmmss, by the SMSC's clock."""

    def fault(self, value: str, own: int) -> int:
        return own if moment(value) is None else 0


ADDRESS = Chars("[0-9+-]", 20)
ANY = "[^\0]"

PARAMETERS: dict[int, tuple[str, Kind, int]] = {
    USER: ("user identity", Chars(ANY, 32), FORMAT),
    PASSWORD: ("password", Chars(ANY, 32), FORMAT),
    SUB_ADDRESS: ("sub-address", Int(0, 9), 107),
    WINDOW: ("window size", Int(1, 128), 104),
    DESTINATION: ("destination address", ADDRESS, 300),
    ORIGINATOR: ("originating address", ADDRESS, 306),
    IMSI: ("originating IMSI", Chars(ANY, 20), FORMAT),
    ALPHA_ORIGINATOR: ("alphanumeric originating address", Chars(ANY, 33), 321),
    VISITED_MSC: ("originated visited MSC address", ADDRESS, FORMAT),
    CODING: ("data coding scheme", Int(0, 255), 304),
    HEADER: ("user data header", Hex(280), 302),
    TEXT: ("user data", Chars(ANY, 480, 0), 302),
    BINARY: ("user data binary", Hex(280), 302),
    44: ("more messages to send", Int(0, 1), 318),
    VALIDITY: ("validity period relative", Int(-1, 255), 305),
    VALIDITY_ABSOLUTE: ("validity period absolute", Stamp(), 305),
    52: ("protocol identifier", Int(0, 255), 307),
    FIRST: ("first delivery time relative", Int(-1, 255), 308),
    FIRST_ABSOLUTE: ("first delivery time absolute", Stamp(), 308),
    55: ("reply path", Int(0, 1), 309),
    REPORTS_WANTED: ("status report request", Int(0, 63), 310),
    CANCELLABLE: ("cancel enabled", Int(0, 1), 311),
    CANCEL_MODE: ("cancel mode", Int(0, 2), 602),
    STAMP: ("service centre time stamp", Stamp(), 401),
    STATUS: ("status code", Int(0, 9), FORMAT),
    STATUS_ERROR: ("status error code", Int(0, 999), FORMAT),
    DISCHARGED: ("discharge time", Stamp(), FORMAT),
    TARIFF: ("tariff class", Int(0, 99), 313),
    SERVICE: ("service description", Int(0, 9), 314),
    COUNT: ("message count", Int(0, 999), FORMAT),
    PRIORITY: ("priority", Int(1, 9), 312),
    REQUEST_MODE: ("delivery request mode", Int(0, 2), 501),
    69: ("service centre address", ADDRESS, FORMAT),
    GET_NAME: ("get parameter", Int(0, 999), FORMAT),
    SMSC_TIME: ("SMSC time", Stamp(), FORMAT),
    ERROR: ("error code", Int(0, 999), FORMAT),
    ERROR_TEXT: ("error text", Chars(ANY, 64, 0), FORMAT),
}
"""Name, what values look like, and the error code of one that does not."""

Parameters = tuple[tuple[int, str], ...]


@attrs.frozen
class Packet:
    """One packet. Only destinations may repeat, each followed by what concerns it."""

    operation: int
    number: int = 0
    parameters: Parameters = ()

    def get(self, code: int) -> str | None:
        """The first value of a parameter."""
        for found, value in self.parameters:
            if found == code:
                return value
        return None

    def integer(self, code: int) -> int | None:
        """The same, if it is there and a number."""
        return number(self.get(code) or "")

    def all(self, code: int) -> list[str]:
        return [value for found, value in self.parameters if found == code]

    def answer(self, *parameters: tuple[int, str]) -> Packet:
        """Its response, under the same number."""
        return Packet(self.operation + RESPONSE, self.number, parameters)

    def under(self, number: int) -> Packet:
        """The same under another number."""
        return Packet(self.operation, number, self.parameters)

    def refusal(self, error: int) -> Packet:
        """Its response with an error; to an operation that nobody knows, the general one."""
        operation = self.operation + RESPONSE if self.operation in OPERATIONS else GENERAL_ERROR
        return Packet(operation, self.number, error_of(error))


TIME_QUESTION = Packet(GET, parameters=((GET_NAME, str(SMSC_TIME)),))


def error_of(error: int, words: str = "") -> Parameters:
    """900, and 901 where there is something to say."""
    return ((ERROR, str(error)), *(((ERROR_TEXT, words[:64]),) if words else ()))


def fault(code: int, value: str) -> int:
    """0, or the error code this value earns. What nobody knows, is right."""
    if code not in PARAMETERS:
        return 0
    _, kind, own = PARAMETERS[code]
    return kind.fault(value, own)


def number(value: str) -> int | None:
    """A decimal number of up to nine digits."""
    return int(value) if re.fullmatch("-?[0-9]{1,9}", value) else None


def moment(value: str) -> datetime | None:
    """A stamp as a naive time of the SMSC's clock; None: it is none."""
    if not re.fullmatch("[0-9]{12}", value):
        return None
    year, *rest = (int(value[at : at + 2]) for at in range(0, 12, 2))
    try:
        return datetime(2000 + year, *rest)  # type: ignore[arg-type]
    except ValueError:
        return None
