"""What became of a part in the simulator's words, as CIMD2 says it: values only."""

from __future__ import annotations

# A word of Behaviour.receipt_status: its status code (061), its error (062), and the bit that asks for it (056).
WORDS: dict[str, tuple[int, int, int]] = {
    "DELIVRD": (4, 0, 8),
    "ENROUTE": (1, 0, 1),
    "ACCEPTD": (1, 0, 1),
    "EXPIRED": (2, 29, 2),
    "UNDELIV": (3, 1, 4),
    "REJECTD": (3, 13, 4),
    "DELETED": (7, 0, 16),
}
UNKNOWN = (0, 0, 1)  # any other
UNDER_WAY = (0, 1)  # status codes of what may still change
