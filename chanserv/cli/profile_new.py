"""The questions of `chanserv profile new`: what an aggregator's documentation says, asked in a person's words.

What is answered becomes a profile in `profile_written`; an answer that cannot
be is told, and the question comes again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from chanserv.cli.profile_written import NO, Given, MoFields, StatusFields
from chanserv.errors import BadField, ChanservError
from chanserv.profiles.conditions import compiled as condition
from chanserv.profiles.expressions import Names
from chanserv.profiles.shelf import NAME
from chanserv.profiles.trees import sniff, tree

Check = Callable[[str], str]  # what is wrong with an answer; empty: nothing

AUTHS = ("basic", "bearer", "header", "field", "none")
KINDS = ("json", "form", "query")
_PATH = re.compile(r"[A-Za-z0-9_@#-]+(\.[A-Za-z0-9_@#-]+)*")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


class Unanswered(ChanservError):
    """Nobody answers any more, or the file cannot be written; says why."""


class Answers:
    """`ask` shows a prompt and gives a line, as `input` does; `say` shows a line. `taken`: names that profiles have."""

    def __init__(self, ask: Callable[[str], str], say: Callable[[str], object], taken: Collection[str]) -> None:
        self._ask = ask
        self._say = say
        self._taken = taken
        self._used: list[str] = []  # fields of the request that is asked about

    def ask(self) -> Given:
        """All questions. Raises Unanswered at the end of the input."""
        self._say("What the provider's documentation says; an empty line takes what stands in brackets.\n")
        about = self._about()
        request = self._request()
        reply = self._reply()
        return Given(**about, **request, **reply, status=self._status(request["ours"]), mo=self._mo())

    def _about(self) -> dict[str, Any]:
        return {
            "name": self._line("Short name of the profile", self._name),
            "title": self._line("What the provider is called", _something),
            "regions": self._words("Countries or regions it serves", ""),
        }

    def _request(self) -> dict[str, Any]:
        url = self._line("URL that takes a text (https://…)", _url)
        kind = self._choice("What a request is", KINDS, "json")
        auth = self._choice("How the account shows itself", AUTHS, "basic")
        name = self._line("Name of the header", _header, "X-Api-Key") if auth == "header" else ""
        self._say("\nNames of its fields; inside of others with dots: messages.0.to")
        return {
            "url": url,
            "kind": kind,
            "auth": auth,
            "auth_name": self._field("Field of the account's key", "api_key") if auth == "field" else name,
            "to": self._field("Field of the recipient", "to"),
            "text": self._field("Field of the text", "text"),
            "sender": self._field("Field of the sender (no: there is none)", "from", may_lack=True),
            "plus": self._yes("Are numbers written with a + (+12065550111)", True),
            "ours": self._field("Field for an id of ours, which statuses bring back (no: none)", NO, may_lack=True),
            "callback": self._field("Field for the URL that statuses go to (no: set elsewhere)", NO, may_lack=True),
        }

    def _reply(self) -> dict[str, Any]:
        self._say("")
        reply = self._line("The body of a good answer, an example", _reply, '{"id": "abc1"}')
        if sniff("", reply.encode()) == "text":
            return {"reply": reply, "reply_id": ""}
        found = self._line("Where in it is the id of the text (no: nowhere)", _path, "id")
        return {"reply": reply, "reply_id": "" if found == NO else found}

    def _status(self, ours: str) -> StatusFields | None:
        self._say("")
        if not self._yes("Does it call a webhook with statuses", True):
            return None
        self._used = []
        return StatusFields(
            kind=self._choice("What that request is", KINDS, "json"),
            id=self._field("Field of the id", "id"),
            status=self._field("Field of the status", "status"),
            ours=NO if ours == NO else self._field("Field of our id (no: none)", ours.split(".")[-1], may_lack=True),
            **self._meanings(),
        )

    def _meanings(self) -> dict[str, tuple[str, ...]]:
        """A word has one."""
        found = dict[str, tuple[str, ...]]()
        for name, question in (
            ("delivered", "Its words for delivered"),
            ("failed", "Its words for failed"),
            ("sent", "Its words for sent on, not delivered yet"),
        ):
            before = tuple(word for words in found.values() for word in words)
            found[name] = self._words(question, name, least=int(name != "sent"), but=before)
        return found

    def _mo(self) -> MoFields | None:
        self._say("")
        if not self._yes("Does it call a webhook with texts of handsets", True):
            return None
        self._used = []
        return MoFields(
            kind=self._choice("What that request is", KINDS, "json"),
            sender=self._field("Field of the sender", "from"),
            to=self._field("Field of the number it was sent to (no: none)", "to", may_lack=True),
            text=self._field("Field of the text", "text"),
            id=self._field("Field of the id (no: none)", "id", may_lack=True),
        )

    # one question

    def _line(self, question: str, check: Check, usual: str = "") -> str:
        while True:
            try:
                answer = self._ask(f"{question}{f' [{usual}]' if usual else ''}: ").strip() or usual
            except EOFError:
                raise Unanswered("the input ended; nothing was written") from None
            why = check(answer)
            if not why:
                return answer
            self._say(f"  {why}")

    def _field(self, question: str, usual: str, may_lack: bool = False) -> str:
        def check(answer: str) -> str:
            if answer == NO:
                return "" if may_lack else "there must be one"
            taken = [one for one in self._used if _within(one, answer) or _within(answer, one)]
            return _path(answer) or (f"{taken[0]} is there already" if taken else "")

        found = self._line(question, check, usual)
        self._used += [found] if found != NO else []
        return found

    def _choice(self, question: str, choices: Sequence[str], usual: str) -> str:
        def check(answer: str) -> str:
            return "" if answer in choices else f"it must be one of {', '.join(choices)}"

        return self._line(f"{question} ({', '.join(choices)})", check, usual)

    def _yes(self, question: str, usual: bool) -> bool:
        return self._choice(question, ("yes", NO), "yes" if usual else NO) == "yes"

    def _words(self, question: str, usual: str, least: int = 0, but: Collection[str] = ()) -> tuple[str, ...]:
        def check(answer: str) -> str:
            known = [word for word in _split(answer) if word in but]
            return f"{known[0]} means something else" if known else "" if len(_split(answer)) >= least else NEEDED

        return _split(self._line(f"{question}, with commas between them", check, usual))

    def _name(self, answer: str) -> str:
        if not NAME.fullmatch(answer):
            return "it must be of small letters, digits, - and _"
        return "there is a profile of that name" if answer in self._taken else ""


NEEDED = "there must be something"


def _split(answer: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in answer.split(",") if word.strip()))


def _within(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.")


def _something(answer: str) -> str:
    return "" if answer else NEEDED


def _header(answer: str) -> str:
    return "" if _HEADER.fullmatch(answer) else "it must be of letters, digits and -"


def _url(answer: str) -> str:
    try:
        parts = urlsplit(answer)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    return "" if sound and not re.search(r"[?#{}\s]", answer) else "it must begin with https://, and have no ? { } or #"


def _path(answer: str) -> str:
    """Names with dots between them, as the profile will read them; of a list, its first."""
    if not _PATH.fullmatch(answer) or any(step.isdecimal() and step != "0" for step in answer.split(".")):
        return "it must be a name, or several with dots between them; 0 is the first of a list"
    try:
        condition(answer, Names({}, tree=True))
    except ValueError as wrong:
        return str(wrong)
    return ""


def _reply(answer: str) -> str:
    try:
        tree(sniff("", answer.encode()), answer.encode())
    except BadField as wrong:
        return str(wrong)
    return ""
