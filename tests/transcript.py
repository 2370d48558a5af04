"""Play a session from a script a person can read.

    > what we must send          < what the carrier sends
    + seconds that pass          ! what the session must report
    do what its owner does

`s` is the session, `now` the time in seconds since the script began.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links import events
from chanserv.links.smpp import broadcasts, pdus, verdicts
from chanserv.links.smpp.codec import Frames, decode, encode


@attrs.frozen
class Wire:
    """How a script writes a kind's octets; `words` are its names, beside those of events."""

    words: dict[str, Any]
    frames: Callable[[], Any]
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]


SMPP = Wire({**vars(pdus), **vars(broadcasts), **vars(verdicts)}, Frames, decode, encode)


def play(case: SynchronousTestCase, s: Any, script: str, now: float = 0.0, wire: Wire = SMPP, **names: Any) -> float:
    """Fails at the first line that does not hold, and if anything is left over; the time at the end."""
    words, sent, stream = wire.words | vars(events) | names | {"s": s}, [], wire.frames()
    for line in filter(None, map(str.strip, script.splitlines())):
        sign, _, rest = line.partition(" ")
        match sign:
            case ">":
                sent += stream.feed(s.flush())
                case.assertTrue(sent, f"nothing is sent at: {line}")
                case.assertEqual(eval(rest, words), wire.decode(sent.pop(0)), line)
            case "<":
                data = eval(rest, words)
                s.received(now, data if isinstance(data, bytes) else wire.encode(data))
            case "+":
                now = round(now + float(rest), 6)
                s.tick(now)
            case "!":
                case.assertTrue(s.events, f"nothing happens at: {line}")
                case.assertEqual(eval(rest, words), s.events.pop(0), line)
            case "do":
                eval(rest, words | {"now": now})
            case _:
                case.fail(f"not a line of a transcript: {line}")
    case.assertEqual(([], [], b""), (s.events, sent, s.flush()), "left over at the end")
    return now
