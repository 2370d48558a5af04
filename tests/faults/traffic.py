"""What the world says during a trial: the same for the same seed, every text told from every other.

Values only. Who sends it, and what became of it, is not known here.
"""

from __future__ import annotations

from random import Random

import attrs

CHANNEL = "a86f686f-9168-4dd9-a03e-77f11b265b56"
ADDRESS = "+5582999489287"
SINGLE, CONCATENATED = 160, 153  # GSM characters in a part alone, and in one of several
TWO_PARTS = 200  # characters


@attrs.frozen
class Text:
    """A message of the platform. `pieces` go under one id, one after the other."""

    id: str
    to: str
    pieces: tuple[str, ...]
    reply: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """What an SMSC is to be handed, of all pieces."""
        return tuple(part for piece in self.pieces for part in parts(piece))


@attrs.frozen
class Handset:
    """A text of a handset."""

    sender: str
    text: str


@attrs.frozen
class Traffic:
    texts: tuple[Text, ...]
    replies: tuple[Handset, ...]


def parts(piece: str) -> tuple[str, ...]:
    """How a piece of basic GSM characters is cut (3GPP TS 23.038, TS 23.040)."""
    if len(piece) <= SINGLE:
        return (piece,)
    return tuple(piece[at : at + CONCATENATED] for at in range(0, len(piece), CONCATENATED))


def traffic(seed: int, texts: int = 200, replies: int = 20, each: float = 2.5) -> Traffic:
    """Few recipients, so that they have to wait for one another; one text in four comes in several pieces or parts.

    `each`: texts for one recipient, on average.
    """
    chance = Random(seed)
    recipients = [f"+55829{number:08d}" for number in chance.sample(range(10**8), max(1, int(texts / each)))]
    return Traffic(
        tuple(_text(chance, number, chance.choice(recipients)) for number in range(1, texts + 1)),
        # Two people who say the same: each is to be heard.
        tuple(Handset(f"+55829{number:08d}", f"answer {number // 2}") for number in range(replies)),
    )


def _text(chance: Random, number: int, to: str) -> Text:
    shape = chance.choices(("plain", "long", "further", "equal"), (75, 10, 10, 5))[0]
    one = f"text {number}"
    pieces = {
        "plain": (one,),
        "long": (_long(one),),
        "further": (f"{one} begins", f"{one} ends"),
        "equal": (one, one),
    }[shape]
    return Text(str(number), to, pieces, reply=chance.random() < 0.2)


def _long(text: str) -> str:
    """Two parts, no part like another, by a space: however a link cuts, between words or not, it cuts there."""
    words = "".join(f"{text} word {count:02d}, " for count in range(99))
    return f"{words[: CONCATENATED - 1]} {words[CONCATENATED:TWO_PARTS]}"
