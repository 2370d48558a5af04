"""[[test]] of a profile: each difference in words, nothing where all is as the case says."""

from __future__ import annotations

from chanserv.profiles.shelf import Shelf
from chanserv.profiles.trying import asked, cfg, tried
from chanserv.toml.faults import Faults
from tests.profiles.helpers import ASKED, Shelves

SEND = """
[send]
url = "https://x/{cfg.key}"
headers = { X-A = "{cfg.more?}" }
query = { q = "{id}" }
json = { to = "{to}", text = "{text}" }
[send.reply]
id = "id"
reason = "error"
[[hook]]
kind = "mo"
from = "from"
text = "text"
stop = "text = STOP"
concat = { ref = "r", count = "c", index = "i" }
[[hook]]
kind = "status"
each = ["list"]
id = "id"
status = "status"
map = { sent = ["1"], ignored = ["2"] }
[[test]]
what = "x"
"""


class CaseTests(Shelves):
    def tried(self, case: str) -> list[str]:
        profile = self.profile(SEND + case)
        return tried(profile, profile.tests[0])

    SENDS: list[tuple[str, list[str]]] = [
        ("", []),
        ('url = "https://x/KEY"\nmethod = "POST"\nquery = { q = "<id>" }\njson = { to = "+12065550111" }', []),
        ('headers = { x-a = "" }\njson = { none = "" }', []),
        ('cfg = { key = "k", more = "m" }\nurl = "https://x/k"\nheaders = { X-A = "m" }', []),
        ('url = "https://y"', ["the URL is https://x/KEY, not https://y"]),
        ('method = "GET"', ["the method is POST, not GET"]),
        ('headers = { X-A = "m" }', ["header x-a is None, not 'm'"]),
        ('query = { q = "1" }', ["query q is '<id>', not '1'"]),
        ('query = "q=1"', ["query is q=%3Cid%3E, not q=1"]),
        ('json = { text = "Ho" }', ["json text is 'Hi', not 'Ho'"]),
        ('json = "{}"', ['json is {"to":"+12065550111","text":"Hi"}, not {}']),
        ('form = { to = "1" }', ["form to is None, not '1'"]),
        ('body = "x"', ['the body is {"to":"+12065550111","text":"Hi"}, not x']),
        ('to = "a\\u0001b"\njson = { to = "a\\u0001b" }', []),
        ('status = 200\nreply = \'{"id": 5}\'\nmeans = { then = "accepted", id = "5" }', []),
        ('status = 200\nreply = "id=5"\ntype = "application/x-www-form-urlencoded"\nmeans = { id = "5" }', []),
        ('status = 400\nreply = \'{"error": "E"}\'\nmeans = { then = "failed", reason = "e" }',
         ["the answer's reason is 'E', not 'e'"]),
        ('status = 500\nmeans = { then = "failed", after = 0.0 }', ["the answer's then is 'retry', not 'failed'"]),
        ('cfg = { key = "a b" }', ["what came out is no URL"]),
    ]  # fmt: skip

    def test_sends(self) -> None:
        """The request, the answer; what a case does not name may be anything, what it names as empty must not be."""
        for case, expected in self.SENDS:
            self.assertEqual(expected, self.tried(case), case)

    HOOKS: list[tuple[str, list[str]]] = [
        ('kind = "mo"\nform = "from=a&text=%C3%A9"\nmeans = { from = "a", text = "é", stop = false }', []),
        ('kind = "mo"\nform = "from=a&text=é"\nmeans = { text = "é" }', []),
        ('kind = "mo"\nquery = "from=a&text=é"\nmeans = { text = "é" }', []),
        ('kind = "mo"\njson = { from = "a", text = "STOP", r = 1, c = 2, i = 1 }\n'
         'means = { stop = true, part = ["1", 2, 1] }', []),
        ('kind = "mo"\nform = { from = "a" }\nmeans = { from = "b" }', ["news 1: from is 'a', not 'b'"]),
        ('kind = "mo"\nform = {}\nmeans = { ignored = "an MO without a sender" }', []),
        ('kind = "mo"\njson = "{"', ["not JSON: JSONDecodeError"]),
        ('kind = "mo"\npath = "elsewhere"\nform = { from = "a" }\nmeans = { from = "a" }',
         ["0 things are told, not 1: []"]),
        ('kind = "status"\njson = { list = [{ id = "a", status = 1 }, { id = "b", status = 2 }] }\n'
         'means = [{ id = "a", status = "sent" }, { id = "b", status = "ignored" }]', []),
        ('kind = "status"\njson = { list = [] }', []),
        ('kind = "status"\nquery = { list = "x" }\nmethod = "GET"\nmeans = { ignored = "a status without an id" }', []),
        ('kind = "status"\nxml = "<list><id>a</id><status>1</status></list>"\n'
         'means = { id = "a", status = "sent" }', []),
    ]  # fmt: skip

    def test_hooks(self) -> None:
        """What is told, one by one; a body that is none is a difference like any other."""
        for case, expected in self.HOOKS:
            self.assertEqual(expected, self.tried(case), case)

    def test_nothing_is_sent(self) -> None:
        """By a profile that has no [send]."""
        profile = self.profile('[[test]]\nwhat = "x"\n')
        self.assertEqual(["the profile sends nothing"], tried(profile, profile.tests[0]))

    def test_the_account(self) -> None:
        """What a case does not give is its key in capitals; options stay."""
        profile = self.profile('[[test]]\nwhat = "x"\ncfg = { user = "u" }\n')
        self.assertEqual({"key": "KEY", "user": "u", "more": ""}, cfg(profile, profile.tests[0]))

    def test_the_request(self) -> None:
        """GET without a body, POST with one; the URL has the query."""
        profile = self.profile(
            '[[test]]\nwhat = "x"\nkind = "mo"\nquery = { a = "b c" }\nheaders = { X-Y = "z" }\n'
            '[[test]]\nwhat = "y"\nkind = "status"\nbody = "x"\ntype = "text/weird"\n'
        )
        one, other = (asked(case, "https://gw/") for case in profile.tests)
        self.assertEqual(("GET", "https://gw/receive?a=b+c", "a=b+c"), (one.method, one.url, one.query))
        self.assertEqual({"x-y": "z"}, one.headers)
        self.assertEqual(("POST", "https://gw/status", b"x"), (other.method, other.url, other.body))
        self.assertEqual({"content-type": "text/weird"}, other.headers)


class SignedTests(Shelves):
    """Cases that are signed as [[verify]] wants it, or that must be refused."""

    HOOK = '[[hook]]\nkind = "mo"\nfrom = "from"\n'
    SCHEMES = (
        'scheme = "hmac"\ngiven = "header.X-S"\nkey = "{cfg.key}"\nover = ["{url}", "{form_sorted}"]\n',
        'scheme = "hmac"\nencode = "hex"\ngiven = "query.s"\nkey = "{cfg.key}"\nover = ["{body}"]\n',
        'scheme = "params"\ngiven = "query.sig"\nkey = "{cfg.key}"\ntime = "query.at"\n',
        'scheme = "params"\nkeyed = true\ngiven = "form.sig"\nkey = "{cfg.key}"\n',
        'scheme = "token"\ngiven = "header.Authorization"\nkey = "Bearer {cfg.key}"\n',
        'scheme = "basic"\nbasic = ["{cfg.user}", "{cfg.key}"]\n',
        'scheme = "jwt"\ngiven = "header.X-S"\nkey = "{cfg.key}"\nclaims = { iss = "I" }\nurl_claim = "u"\n'
        'body_claim = "b"\n',
    )  # fmt: skip
    CASE = '[[test]]\nwhat = "x"\nkind = "mo"\nform = { from = "a", text = "é" }\n'

    def tried(self, verify: str, case: str) -> list[str]:
        profile = self.profile(f"{self.HOOK}[[verify]]\n{verify}{self.CASE}{case}")
        return tried(profile, profile.tests[0])

    def test_signed(self) -> None:
        """What one side of a scheme signs, the other takes; not without, nor where it must be refused."""
        for verify in self.SCHEMES:
            self.assertEqual([], self.tried(verify, 'signed = true\nmeans = { from = "a" }\n'), verify)
            self.assertEqual([], self.tried(verify, 'means = { from = "a" }\n'), verify)
            told, *_ = self.tried(verify, 'signed = true\nmeans = { refused = "wrong" }\n')
            self.assertEqual("its signature is told 'good', not 'wrong'", told)
        self.assertEqual([], self.tried(self.SCHEMES[0], 'means = { refused = "missing" }\n'))
        [told] = self.tried(self.SCHEMES[0], 'means = { refused = "wrong" }\n')
        self.assertEqual("its signature is told 'the signature is missing', not 'wrong'", told)

    def test_answers(self) -> None:
        """What a webhook must be answered."""
        verify = 'scheme = "ip"\nnetworks = ["::1"]\n[answer]\nbody = "OK"\n'
        self.assertEqual([], self.tried(verify, 'status = 200\nreply = "OK"\n'))
        self.assertEqual(
            ["the answer's status is 200, not 201", "the answer's reply is 'OK', not ''"],
            self.tried(verify, 'status = 201\nreply = ""\n'),
        )


class ShippedTests(Shelves):
    def test_every_case_of_every_profile(self) -> None:
        """A shipped profile carries its own proof: all are sound, and do as they say."""
        shelf, faults = Shelf(), Faults()
        for name in shelf.names():
            profile = shelf.get(name, faults, ASKED)
            self.assertEqual([], faults.found)
            assert profile is not None
            self.assertTrue(profile.tests, name)
            for case in profile.tests:
                self.assertEqual([], tried(profile, case), (name, case.what))
