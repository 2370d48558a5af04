"""What is said to an operation: a result, A or N (EMI-UCP 5.2, section 4.3). Which it is to be is not known here."""

from __future__ import annotations

import attrs

from chanserv.links.ucp.operations import Operation
from chanserv.message import line

LONGEST = 3  # digits of an error code


@attrs.frozen(kw_only=True)
class Result:
    """What was said to the operation `ot` under this number: `A`, or `N` and an error code; values as they came."""

    trn: int = 0
    ot: str
    values: tuple[str, ...]

    @property
    def well(self) -> bool:
        return self.values[:1] == ("A",)

    @property
    def ec(self) -> int | None:
        """The error code of an N; None if it names none that can be read."""
        code = self.values[1] if self.values[:1] == ("N",) and len(self.values) > 1 else ""
        return int(code) if code.isascii() and code.isdigit() and len(code) <= LONGEST else None

    @property
    def sm(self) -> str:
        """The system message: free text."""
        return line(self.values[-1]) if len(self.values) > (1 if self.well else 2) else ""


WITH_VALIDITY = ("30", "51", "52", "53", "54", "55", "56", "57", "58")  # a modified validity period comes before SM


def taken(operation: Operation, sm: str = "") -> Result:
    """A."""
    values = ("A", "", sm) if operation.kind in WITH_VALIDITY else ("A", sm)
    return Result(trn=operation.trn, ot=operation.kind, values=values)


def refused(operation: Operation, ec: int, sm: str = "") -> Result:
    """N."""
    return Result(trn=operation.trn, ot=operation.kind, values=("N", f"{ec:02d}", sm))
