"""Every case of the catalogue of facts, for every profile that is shipped, over real HTTP on loopback.

`tests/profiles/cases.json` has the cases, and beside each what it must come to,
written by hand from the facts and not from the profile: a second opinion. Where
a profile decides otherwise on purpose the case says why (`differs`). In them
~id~ is our id of the part, ~status~ and ~receive~ the URLs of our hooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import attrs
from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.web.client import Agent
from twisted.web.http_headers import Headers
from twisted.web.server import Site

from chanserv import reference
from chanserv.links.rest.calls import Calls
from chanserv.links.rest.doors import Doors
from chanserv.links.rest.link import RestLink
from chanserv.message import Outcome, Part, Work
from chanserv.profiles.shelf import Shelf
from chanserv.settings import RestSettings, Secret
from chanserv.site import site
from chanserv.text.numbers import digits
from chanserv.text.parts import cut
from chanserv.toml.faults import Faults, Place
from tests.interop.aggregator import Aggregator, Detour, differences, strays
from tests.interop.ground import Ground
from tests.interop.providers import (
    PROVIDERS,
    Lane,
    Router,
    filled,
    instant,
    octets,
    reply,
    spoken,
    status,
    timed,
    unlike,
)
from tests.interop.signers import PUBLIC, SIGNATURES, SIGNERS, Hook, amazon, twilio

PUBLIC_URL = "https://gw.example"
NOW = 1_700_000_000.0


# Kinds of webhooks that a provider does not sign.
UNSIGNED = {("messagebird", "status")}
# Whose every other word means something.
DEFAULTS = {"zenvia", "zenvialegacy", "dartmedia", "hub9"}
# Whose signatures are over the body.
BODIES = {"twilio", "twilio_messaging", "twiml", "signalwire", "messagebird", "telnyx"}


def changed(provider: dict[str, Any], good: Hook) -> list[tuple[str, Hook]]:
    """A good one whose body is another's."""
    if provider["profile"] not in BODIES or not good.body:
        return []
    return [("changed", attrs.evolve(good, body=good.body.replace(b"Yes", b"No").replace(b"SM9", b"SM8")))]


class ProviderTests(Ground):
    """One aggregator that answers as the case says, one gateway's doors, and a link of the provider between them."""

    async def setUp(self) -> None:  # type: ignore[override] # trial waits
        self.shelf, self.wrong = Shelf(), list[str]()
        self.aggregator, self.links = Aggregator(), dict[str, RestLink]()
        self.port = await self.listen(Site(self.aggregator))  # type: ignore[arg-type]
        self.doors = await self.listen(site(Doors(links=self.links, public_url=PUBLIC_URL).resource()))  # type: ignore[arg-type]
        self.client = HTTPClient(Agent(reactor))

    def link(self, provider: dict[str, Any], case: dict[str, Any]) -> RestLink:
        """An account with what the case gives."""
        profile = self.shelf.get(provider["profile"], faults := Faults(), Place("the case"))
        assert profile is not None, faults
        cfg = filled({**provider["cfg"], **case.get("cfg", {})}, {"public": PUBLIC})
        settings = RestSettings(
            name=profile.name,
            profile=profile.name,
            provider=profile,
            credentials={key: Secret(value) for key, value in cfg.items()},
            hook_secret=(Secret("secret"),),
            public_url=PUBLIC_URL,
        )
        self.assertEqual([], profile.lacks(settings.given), provider["name"])
        calls = Calls(settings, 1, reactor)
        clock = Clock()
        clock.advance(instant(case["now"]) if "now" in case else NOW)
        lane, router = Lane(), Router()
        link = RestLink(settings, lane, router, clock, calls=Detour(calls, self.aggregator, self.port))  # type: ignore[arg-type]
        self.addCleanup(link.stop)
        link.start()
        self.links[profile.name] = link
        return link

    def cases(self, *kinds: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for provider in PROVIDERS:
            for number, case in enumerate(provider["cases"], 1):
                if case["do"] in kinds:
                    self.case = f"{provider['name']}, case {number} ({case['meaning']})"
                    yield provider, case

    def tell(self, found: Iterator[str]) -> None:
        self.wrong += [f"{self.case}: {why}" for why in found]

    def settle(self) -> None:
        """All that was told."""
        self.assertEqual([], self.wrong, "\n" + "\n".join(self.wrong))

    def test_the_cut(self) -> None:
        """Texts are cut where the facts say that a provider's requests end."""
        for provider in PROVIDERS:
            profile = self.shelf.get(provider["profile"], Faults(), Place("the case"))
            assert profile is not None, provider["name"]
            self.assertEqual(tuple(provider["split"]), profile.split, provider["name"])
        self.assertEqual(self.shelf.names(), sorted(provider["profile"] for provider in PROVIDERS))

    def test_the_expected_is_the_catalogues(self) -> None:
        """What stands beside a case is what the catalogue says in its own words, or `differs` says why not."""
        for _, case in self.cases("send", "mo", "status"):
            if "differs" not in case:
                self.tell(unlike(case))
        self.settle()

    def test_the_signers_are_right(self) -> None:
        """Twilio's and SMSGlobal's vectors in the catalogue; of OVH's it does not say which URL was signed."""
        form = b"AccountSid=AC1&Body=Yes&From=%2B12065550111&MessageSid=SM1&NumMedia=0&To=%2B12065550100"
        signed = twilio(Hook("POST", "https://gw.example/h/t/ACC/receive", {}, form), {"auth_token": "TOK"}, NOW)
        self.assertEqual({"X-Twilio-Signature": "57ZFBHwCJmTiKWtaXnsI6lgOq90="}, signed.headers)
        mac = 'MAC id="K", ts="1700000000", nonce="n1", mac="JiAUwhbeUr/YpllGgm4A9ByO1+D8Wcg7uVVm1mDVCpk="'
        cfg, url = {"api_key": "K", "secret": "SEC"}, "https://api.smsglobal.com/v2/sms/"
        self.assertEqual(mac, SIGNATURES["smsglobal"]("POST", url, b"", {"authorization": mac}, cfg))

    # out

    async def test_sends(self) -> None:
        """A part becomes the request that the facts tell, and its answer the outcome."""
        for provider, case in self.cases("send"):
            await self.send(provider, case)
        self.settle()

    async def send(self, provider: dict[str, Any], case: dict[str, Any]) -> None:
        link, work = self.link(provider, case), self.work(provider, case)
        lane, router = link._lane, link._router
        token = case.get("token")
        self.aggregator.seen.clear()
        self.aggregator.led.clear()
        self.aggregator.answers = [(each["http"], each["body"].encode()) for each in self.answers(token, case, work)]
        link.send(work)
        outcome = await lane.answers  # type: ignore[attr-defined]
        self.tell(self.asked(provider, case, token, work))
        self.tell(self.meant(case["outcome"], outcome, work, lane, router))

    def answers(self, token: Any, case: dict[str, Any], work: Work) -> list[dict[str, Any]]:
        both = [token["answer"], case["answer"]] if token else [case["answer"]]
        return [filled(each, self.words(work, case)) for each in both]

    def work(self, provider: dict[str, Any], case: dict[str, Any]) -> Work:
        """The part of a case, as the lane hands it over."""
        link, part = self.links[provider["profile"]], case["part"]
        coding, slices = cut(part["text"], "exact", 1, link.settings.cutting)
        self.assertEqual(1, len(slices), self.case)
        return Work(
            message=1, piece=1, channel="claro", link=link.name, to=part["to"], sender=part["from"], coding=coding,
            reply=False, expires=link._clock.seconds() + 86400, parts=(Part(part.get("number", 1), slices[0]),), id="7",
        )  # fmt: skip

    def words(self, work: Work | None, case: dict[str, Any]) -> dict[str, str]:
        to, number = (work.to, work.parts[0].number) if work else ("+12065550111", 1)
        name = work.link if work else ""
        paths = ("status", "receive")
        hooks = {path: f"{PUBLIC_URL}/hook/{name}/secret/{path}" for path in paths}
        return {"id": reference.write(1, 1, number, digits(to)), "public": PUBLIC, **hooks}

    def asked(self, provider: dict[str, Any], case: dict[str, Any], token: Any, work: Work) -> Iterator[str]:
        """What of the requests is not as the case says."""
        wanted = [(token["asks"], {key: token[key] for key in ("query", "form") if key in token})] if token else []
        if not token or token["answer"]["http"] == 200:
            wanted.append((provider["send"], case["asks"]))
        if len(wanted) != len(self.aggregator.seen):
            yield f"{len(self.aggregator.seen)} requests, not {len(wanted)}"
        for seen, (asks, parts) in zip(self.aggregator.seen, wanted, strict=False):
            words = self.words(work, case)
            if provider["profile"] in SIGNATURES:
                sign = SIGNATURES[provider["profile"]]
                words["signature"] = sign(seen.method, seen.url, seen.body, seen.headers, provider["cfg"])
            yield from strays(seen, asks, filled(parts, words))

    def meant(self, wanted: dict[str, Any], outcome: Outcome, work: Work, lane: Any, router: Any) -> Iterator[str]:
        """What of an outcome is not as the case says."""
        found = {"verdict": outcome.verdict.value, "id": outcome.carrier_id, "after": outcome.retry_after}
        given = {key: value for key, value in filled(wanted, self.words(work, {})).items() if key in found}
        yield from differences("the outcome's", given, found)
        if wanted.get("reason", "") not in outcome.reason:
            yield f"its reason is {outcome.reason!r}, without {wanted['reason']!r}"
        if lane.throttles != ([wanted["throttled"]] if "throttled" in wanted else []):
            yield f"the lane was slowed by {lane.throttles}"
        stopped = [(reply.sender, reply.channel) for reply in router.replies if reply.stop]
        if stopped != ([(wanted["stop"], "claro")] if "stop" in wanted else []):
            yield f"who wants no more: {stopped}"

    # in

    async def test_webhooks(self) -> None:
        """What a provider tells reaches the router as the facts mean it, signed in each way it has, and is answered."""
        for provider, case in self.cases("mo", "status"):
            for hook in self.signed(provider, case):
                link = self.links[provider["profile"]]
                status, type, body = await self.post(hook)
                self.tell(self.told(case["told"], status, type, body))
                self.tell(self.heard(case, link._router))
        self.settle()

    async def test_words(self) -> None:
        """Each word that a provider has for the fate of a text, one request each."""
        for provider in PROVIDERS:
            words = provider.get("words", {"mean": {}})
            for word, fate in words["mean"].items():
                code, fates = await self.say(provider, words, word)
                if (code, fates) != (200, [] if fate == "ignored" else [fate]):
                    self.wrong.append(f"{provider['name']}, {word}: {code}, {fates}, not {fate}")
        self.settle()

    async def test_strange_words(self) -> None:
        """What is no word of theirs is answered well: whoever is refused comes again for days."""
        for provider in PROVIDERS:
            if words := provider.get("words"):
                code, fates = await self.say(provider, words, "987654")
                if (code, bool(fates)) != (200, provider["profile"] in DEFAULTS):
                    self.wrong.append(f"{provider['name']}: {code}, {fates}")
        self.settle()

    async def say(self, provider: dict[str, Any], words: dict[str, Any], word: str) -> tuple[int, list[str]]:
        """Our answer, and what reached the router."""
        case = {"told": {"status": 200}, **words, "request": spoken(words, word)}
        code, _, _ = await self.post(next(self.signed(provider, case)))
        router: Any = self.links[provider["profile"]]._router
        return code, [each.status.value for each in router.receipts]

    async def test_false_webhooks(self) -> None:
        """Signed by another, not at all, or changed on their way: 403, and nothing is kept. All that sign are tried."""
        tried = set[str]()
        for provider, case in self.cases("mo", "status"):
            key, ways = SIGNERS.get(provider["profile"], ("", ()))
            if not ways or not self.secret(provider, case) or (provider["profile"], case["do"]) in UNSIGNED:
                continue
            tried.add(provider["profile"])
            hook = self.hook(provider, case)
            for sign in ways:
                cfg = self.links[provider["profile"]].settings.cfg
                good = sign(hook, cfg, NOW)
                for what, false in (
                    ("another's", sign(hook, {**cfg, key: "another"}, NOW)),
                    ("none", hook),
                    *changed(provider, good),
                ):
                    link = self.link(provider, case)
                    status, _, _ = await self.post(false)
                    if status != 403 or link._router.replies or link._router.receipts:  # type: ignore[attr-defined]
                        self.wrong.append(f"{self.case}: {what}: {status}")
        self.settle()
        profiles = (self.shelf.get(name, Faults(), Place("the case")) for name in self.shelf.names())
        self.assertEqual({each.name for each in profiles if each is not None and each.guard.checks}, tried)

    def secret(self, provider: dict[str, Any], case: dict[str, Any]) -> str:
        key, _ = SIGNERS.get(provider["profile"], ("", ()))
        return str({**provider["cfg"], **case.get("cfg", {})}.get(key, ""))

    def hook(self, provider: dict[str, Any], case: dict[str, Any]) -> Hook:
        """The request of a case to a new link; it bears no signature yet."""
        link = self.link(provider, case)
        self.aggregator.answers = [(200, amazon(link.settings.cfg["topic"])[1])] if link.name == "aws" else []
        request = filled(case["request"], self.words(None, case))
        body, type = octets(request)
        query = request.get("query", "")
        query = query if isinstance(query, str) else urlencode(query)
        url = f"{PUBLIC_URL}/hook/{link.name}/secret/{case['path']}" + (f"?{query}" if query else "")
        headers = {**({"Content-Type": type} if type else {}), **request.get("headers", {})}
        return Hook(case["method"], url, headers, body)

    def signed(self, provider: dict[str, Any], case: dict[str, Any]) -> Iterator[Hook]:
        """In each of the provider's ways, if the account has its secret. Each to a link of its own."""
        _, ways = SIGNERS.get(provider["profile"], ("", ()))
        if case["told"]["status"] == 403 or not ways or not self.secret(provider, case):
            yield self.hook(provider, case)
            return
        for sign in ways:
            hook = self.hook(provider, case)
            yield sign(hook, self.links[provider["profile"]].settings.cfg, NOW)

    async def post(self, hook: Hook) -> tuple[int, str, str]:
        """Status, type and body of our answer."""
        url = f"http://127.0.0.1:{self.doors}" + hook.url.removeprefix(PUBLIC_URL)
        headers = Headers({name: [value] for name, value in hook.headers.items()})
        answered = await self.client.request(hook.method, url, headers=headers, data=hook.body or None)
        body = await answered.content()
        types = answered.headers.getRawHeaders("content-type") or [""]
        return answered.code, types[0].partition(";")[0], body.decode()

    def told(self, wanted: dict[str, Any], status: int, type: str, body: str) -> Iterator[str]:
        found = {"status": status, "type": type, "body": body}
        yield from differences("our answer's", wanted, found)

    def heard(self, case: dict[str, Any], router: Any) -> Iterator[str]:
        """What of the news that reached the router is not as the case says."""
        wanted = filled(case["heard"], self.words(None, case))
        found = [status(receipt) for receipt in router.receipts] + [reply(each) for each in router.replies]
        yield from differences("the news", [timed(each) for each in wanted], found)
