"""Stories as lines for a terminal. Texts of others lose their control characters here."""

from __future__ import annotations

from collections.abc import Iterator

from chanserv.console.story import Leg, Step, Story, Word, clock, day

FATES = {"sent": "on its way", "delivered": "delivered", "failed": "failed"}


def printable(text: str) -> str:
    """Nothing a terminal would obey: control characters become their escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def heading(story: Story) -> str:
    """Who, where to, since when, under which ids."""
    way = f"to {story.to}" if story.kind == "mt" else f"from {story.sender}"
    ids = [f"ref {story.ref}", f"id {story.id}" if story.id else "no id"]
    if story.generation > 1:
        ids.append(f"generation {story.generation}")
    where = f"{story.channel or 'no channel'} by {story.link or 'no link'}"
    return printable(f"{day(story.at)}  {way}  {where}  ({', '.join(ids)})")


def step(step: Step) -> str:
    """One hop."""
    return printable(f"  {clock(step.at)}  {step.what:<18} {step.detail}".rstrip())


def leg(leg: Leg) -> str:
    """One part."""
    words = [f"part {leg.number} of piece {leg.piece}: {leg.state}"]
    words += [f"id {leg.carrier_id}"] if leg.carrier_id else []
    words += [leg.reason] if leg.reason else []
    words += [f"next try at {clock(leg.due)}"] if leg.due else []
    return printable("  " + ", ".join(words))


def word(word: Word) -> str:
    """What a carrier said of one part."""
    said = f"says it is {FATES[word.fate]}" if word.fate else "does not say"
    words = f" ({word.words})" if word.words else ""
    return printable(f"part {word.part} of piece {word.piece}, id {word.carrier_id}: {word.link} {said}{words}")


def lines(story: Story) -> Iterator[str]:
    """The whole story; its verdict comes last, where the eye ends."""
    yield heading(story)
    yield printable(f"  “{story.text}”")
    yield from map(step, story.steps)
    if len(story.legs) > 1:
        yield from map(leg, story.legs)
    yield printable(f"  => {story.verdict}")
