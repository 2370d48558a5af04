"""How a link wants its texts cut: one value. Why, its settings know; how that is done, `parts`."""

from __future__ import annotations

import attrs


@attrs.frozen
class Cutting:
    """The default: whatever is GSM goes as GSM, in parts behind a header with 8 bits of reference."""

    says: str = (
        ""  # Python codec that must have every character of a text that goes as GSM as well; empty: GSM's all do
    )
    wide: bool = False  # references of 16 bits
    whole: bool = False  # one slice, however long: the carrier cuts it
    text: tuple[int, int] | None = None  # the carrier takes text: characters a part, of GSM and of others; 0: all
