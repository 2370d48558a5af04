"""A profile's tables become a profile; every fault of them is told with its file and key."""

from __future__ import annotations

from chanserv.profiles.hooks import Unclear, listen
from chanserv.profiles.requests import Asked
from tests.profiles.helpers import HEAD, OURS, Shelves

SEND = '[send]\nurl = "https://x"\n'
MO = '[[hook]]\nkind = "mo"\nfrom = "f"\n'
STATUS = '[[hook]]\nkind = "status"\nid = "i"\nstatus = "s"\n'
MEANS = 'map = { sent = ["1"] }\n'


class FaultTests(Shelves):
    """One line a fault: `file: key: what`."""

    HEADS: list[tuple[str, list[str]]] = [
        ("", ["a.toml: profile: is missing", "a.toml: profile.title: is missing"]),
        ("profile = 5", ["a.toml: profile: must be a table", "a.toml: profile.title: is missing"]),
        ("[profile]\n", ["a.toml: profile.title: is missing"]),
        ('[profile]\ntitle = "A"\nneed = {}\n', ["a.toml: profile.need: is not known here; is needs meant?"]),
        ('[profile]\ntitle = "A"\nneeds = ["key"]\n[send]\nurl = "https://x/{cfg.key}"',
         ["a.toml: profile.needs: must be a table"]),
        ('[profile]\ntitle = "A"\nconfidence = "sure"\n',
         ['a.toml: profile.confidence: must be "high" or "medium" or "low"']),
        ('[profile]\ntitle = "A"\n[sent]\nurl = "https://x"',
         ["a.toml: sent: is not known here; there are profile, send, verify, hook, answer, test"]),
        ('title = "A"', [
            "a.toml: title: is not known here; there are profile, send, verify, hook, answer, test",
            "a.toml: profile: is missing", "a.toml: profile.title: is missing"]),
        ('hook = 5\nanswer = 5\n[profile]\ntitle = "A"',
         ["a.toml: hook: must be tables [[hook]]", "a.toml: answer: must be a table"]),
        ("a = ", ["a.toml: is not TOML: Invalid value (at end of document)"]),
    ]  # fmt: skip

    def test_heads(self) -> None:
        """[profile], and what is none of the sections."""
        for written, expected in self.HEADS:
            self.assertEqual(expected, self.faults(written, head=""), written)

    SENDS: list[tuple[str, list[str]]] = [
        ('json = {}', ["a.toml: send.url: there must be url or urls"]),
        ('url = "https://x"\nurls = ["https://y"]', ["a.toml: send.url: there must be url or urls"]),
        ('url = 5', ["a.toml: send.url: must be a text"]),
        ('urls = "https://x"', ["a.toml: send.urls: must be a list", "a.toml: send.url: there must be url or urls"]),
        ('url = "https://x/{too}"', ["a.toml: send.url: there is no name 'too' here; is to meant?"]),
        ('urls = ["https://x/{"]',
         ["a.toml: send.urls: 'https://x/{' has a brace without another; a brace itself is written twice"]),
        ('url = "https://x/{to|uper}"', ["a.toml: send.url: there is no filter 'uper' here; is upper meant?"]),
        ('url = "https://x/{cfg.keys}"', ["a.toml: send.url: there is no cfg. 'keys' here; is key meant?"]),
        ('url = "https://x/{hook.status}"', ["a.toml: send.url: there is no hook. 'status' here; there is none"]),
        ('url = "https://x/{token}"', ["a.toml: send.url: there is no name 'token' here; there are cfg, channel"]),
        (SEND[7:] + "uri = 5", ["a.toml: send.uri: is not known here; is url meant?"]),
        (SEND[7:] + 'form = {}\njson = {}\nbody = ""', ["a.toml: send.json: there is form already"]),
        (SEND[7:] + 'form = "a=1"', ["a.toml: send.form: must be a table"]),
        (SEND[7:] + 'form = { when = "to", then = "a=1" }', ["a.toml: send.form: must be a table"]),
        (SEND[7:] + "query = [5]", ["a.toml: send.query: must be a table"]),
        (SEND[7:] + "form = { a = { when = 5, then = 1 } }",
         ["a.toml: send.form: must be a condition, or a list of them"]),
        (SEND[7:] + "json = { at = 2024-01-01 }", ["a.toml: send.json: date is no type a request can have"]),
        (SEND[7:] + "xml = '<a>{texd}</a>'", ["a.toml: send.xml: there is no name 'texd' here; is text meant?"]),
        (SEND[7:] + "xml = {}", ["a.toml: send.xml: must be a text"]),
        (SEND[7:] + 'headers = { "X Y" = "a" }', ["a.toml: send.headers: 'X Y' is no name of a header"]),
        (SEND[7:] + 'headers = { "X:" = "a" }', ["a.toml: send.headers: 'X:' is no name of a header"]),
        (SEND[7:] + 'headers = { "X\\r\\nY" = "a" }', ["a.toml: send.headers: 'X\\r\\nY' is no name of a header"]),
        (SEND[7:] + 'headers = { "" = "a" }', ["a.toml: send.headers: '' is no name of a header"]),
        (SEND[7:] + 'headers = { X = "{texd}" }',
         ["a.toml: send.headers.X: there is no name 'texd' here; is text meant?"]),
        (SEND[7:] + "headers = { X = 5 }", ["a.toml: send.headers.X: must be a text"]),
        (SEND[7:] + 'headers = { content-length = "3" }',
         ["a.toml: send.headers.content-length: is the connection's own"]),
        (SEND[7:] + 'sign.headers = { Host = "x" }', ["a.toml: send.sign.headers.Host: is the connection's own"]),
        (SEND[7:] + 'sign.headers = { "X Y" = "x" }', ["a.toml: send.sign.headers: 'X Y' is no name of a header"]),
        (SEND[7:] + 'method = "GET / HTTP/1.1\\r\\nX:"', ["a.toml: send.method: is no method"]),
        (SEND[7:] + 'method = ""', ["a.toml: send.method: is no method"]),
        (SEND[7:] + 'token = { url = "https://y", method = "A B" }', ["a.toml: send.token.method: is no method"]),
        (SEND[7:] + 'basic = ["a"]', ["a.toml: send.basic: must be a user and a password"]),
        (SEND[7:] + 'bearer = "{"', ["a.toml: send.bearer: 'Bearer {' has a brace without another; "
                                     "a brace itself is written twice"]),
        (SEND[7:] + 'let = { to = "a" }', ["a.toml: send.let.to: is a name already"]),
        (SEND[7:] + 'let = { a = "{b}", b = "{a}" }',
         ["a.toml: send.let.a: there is no name 'b' here; there are cfg, channel, from, gsm7, hook, id, message, "
          "nonce, now, part, reply, text, to, validity"]),
        (SEND[7:] + "split = 0", ["a.toml: send.split: must be above 0"]),
        (SEND[7:] + 'split = "x"', ["a.toml: send.split: must be a whole number"]),
        (SEND[7:] + 'sign.scheme = "sigv2"', ['a.toml: send.sign.scheme: must be "sigv4"']),
        (SEND[7:] + 'sign.headers = { X = "{urk}" }',
         ["a.toml: send.sign.headers.X: there is no name 'urk' here; is url meant?"]),
        (SEND[7:] + 'sign.let = { url = "a" }', ["a.toml: send.sign.let.url: is a name already"]),
        (SEND[7:] + 'token = {}', ["a.toml: send.token.url: is missing"]),
        (SEND[7:] + 'bearer = "{token}"\ntoken = {}', ["a.toml: send.token.url: is missing"]),
        (SEND[7:] + 'token = { url = "https://y", value = "a|b" }',
         ["a.toml: send.token.value: there is no filter 'b' here; there are "]),
        (SEND[7:] + 'token = { url = "{cfg.u}" }',
         ["a.toml: send.token.url: there is no cfg. 'u' here; there are key, more, user"]),
        (SEND[7:] + 'reply.parse = "yaml"',
         ['a.toml: send.reply.parse: must be "json" or "form" or "multipart" or "xml" or "text"']),
        (SEND[7:] + 'reply.ok = "a b"', ["a.toml: send.reply.ok: there must be one of = != ~ < > in"]),
        (SEND[7:] + "reply.ok = 5", ["a.toml: send.reply.ok: must be a condition, or a list of them"]),
        (SEND[7:] + 'reply.id = "$htp"', ["a.toml: send.reply.id: there is no name 'htp' here; is http meant?"]),
        (SEND[7:] + 'reply.case = [{ when = "a", then = "failed" }, { when = "b|x", then = "failed" }]',
         ["a.toml: send.reply.case[2].when: there is no filter 'x' here; there are "]),
        (SEND[7:] + 'reply.case = [{ when = "a", then = "fail" }]',
         ['a.toml: send.reply.case[1].then: must be "accepted" or "retry" or "throttled" or "failed" or "stopped"'
          ' or "denied"']),
        (SEND[7:] + 'bearer = "x"\nbasic = ["u", "p"]', ["a.toml: send.basic: there is bearer already"]),
        (SEND[7:] + 'sign = { scheme = "sigv4", region = "r", service = "s", access_key = "a" }',
         ["a.toml: send.sign.secret_key: sigv4 needs it"]),
        (SEND[7:] + 'sign = { region = "r" }', ["a.toml: send.sign.region: is sigv4's alone"]),
        (SEND[7:] + 'reply.case = [{ then = "failed" }]', ["a.toml: send.reply.case[1].when: is missing"]),
        (SEND[7:] + 'reply.case = [{ when = "a", then = "failed", reason = "{", after = "x|" }]',
         ["a.toml: send.reply.case[1].reason: '{' has a brace without another; a brace itself is written twice",
          "a.toml: send.reply.case[1].after: 'x|' lacks a filter"]),
    ]  # fmt: skip

    def test_sends(self) -> None:
        """[send] and all below it."""
        for written, expected in self.SENDS:
            self.differ(expected, self.faults(f"[send]\n{written}\n"), written)

    HOOKS: list[tuple[str, list[str]]] = [
        ('[[hook]]\nfrom = "f"', ["a.toml: hook[1].kind: is missing"]),
        (MO + STATUS.replace('"status"\n', '"state"\n', 1), ['a.toml: hook[2].kind: must be "mo" or "status"']),
        (MO + 'sender = "f"', ["a.toml: hook[1].sender: is not known here"]),
        (MO + "from = 5".replace("from", "text"), ["a.toml: hook[1].text: must be a text"]),
        (MO + 'text = "a|b"', ["a.toml: hook[1].text: there is no filter 'b' here; there are "]),
        (MO + 'text = "$querry.a"', ["a.toml: hook[1].text: there is no name 'querry' here; is query meant?"]),
        (MO + 'to = "$cfg.keys"', ["a.toml: hook[1].to: there is no cfg. 'keys' here; is key meant?"]),
        (MO + 'when = "a=5"', ["a.toml: hook[1].when: 'a=5' is no name: = stands between spaces"]),
        (MO + "when = 5", ["a.toml: hook[1].when: must be a condition, or a list of them"]),
        (MO + "when = 0", ["a.toml: hook[1].when: must be a condition, or a list of them"]),
        (MO + 'stop = "a b"', ["a.toml: hook[1].stop: there must be one of = != ~ < > in"]),
        (MO + 'each = ["a..b"]', ["a.toml: hook[1].each: 'a..b' is no path"]),
        (MO + 'each = ["a|b"]', ["a.toml: hook[1].each: there is no filter 'b' here; there are "]),
        (MO + 'charset = "klingon"', ["a.toml: hook[1].charset: there is no charset 'klingon'"]),
        (MO + 'charset = "gsm7"', ["a.toml: hook[1].charset: there is no charset 'gsm7'"]),
        (MO + 'charset = "base64"', ["a.toml: hook[1].charset: there is no charset 'base64'"]),
        (MO + 'path = "a b"', ["a.toml: hook[1].path: must be letters, digits, -, _, . and /"]),
        (MO + 'path = "a?b=c"', ["a.toml: hook[1].path: must be letters, digits, -, _, . and /"]),
        (MO + 'concat = { ref = "r", count = "c" }', ["a.toml: hook[1].concat.index: is missing"]),
        (MO + 'concat = { ref = "r", count = "c", index = "i|x" }',
         ["a.toml: hook[1].concat.index: there is no filter 'x' here; there are "]),
        (MO + "answer.status = 99", ["a.toml: hook[1].answer.status: must be from 200 to 599"]),
        (MO + 'answer.body = "{a"', ["a.toml: hook[1].answer.body: '{a' has a brace without another; "
                                     "a brace itself is written twice"]),
        (STATUS + 'map = { lost = ["x"] }',
         ["a.toml: hook[1].map: there is no status 'lost'; there are sent, delivered, failed, ignored"]),
        (STATUS + 'map = { sent = ["x"], failed = ["x"] }', ["a.toml: hook[1].map: 'x' is there twice"]),
        (STATUS + "map = { sent = [5] }", ["a.toml: hook[1].map.sent: must be a text"]),
        (STATUS + 'map = { sent = "x" }', ["a.toml: hook[1].map.sent: must be a list"]),
        (STATUS, ["a.toml: hook[1].map: is missing: no word would mean anything"]),
        (STATUS.replace("id", "to") + MEANS,
         ["a.toml: hook[1].id: is missing, and so is ours: no part could be meant"]),
        ('[[hook]]\nkind = "mo"\ntext = "t"', ["a.toml: hook[1].from: is missing: a text is of somebody"]),
        (MO + MEANS + 'status = "s"',
         ["a.toml: hook[1].status: is nothing that a hook of kind mo has",
          "a.toml: hook[1].map: is nothing that a hook of kind mo has"]),
        (STATUS + MEANS + 'from = "f"\nconcat = { ref = "r", count = "c", index = "i" }',
         ["a.toml: hook[1].from: is nothing that a hook of kind status has",
          "a.toml: hook[1].concat: is nothing that a hook of kind status has"]),
        ("[answer]\nstatus = 600", ["a.toml: answer.status: must be from 200 to 599"]),
        ('[answer]\nbody = "{$cfg.keys}"', ["a.toml: answer.body: there is no cfg. 'keys' here; is key meant?"]),
        ('[[test]]\nwhat = "x"\nkind = "dlr"', ['a.toml: test[1].kind: must be "send" or "mo" or "status"']),
        ('[[test]]\nkind = "mo"', ["a.toml: test[1].what: is missing"]),
    ]  # fmt: skip

    def test_hooks(self) -> None:
        """[[hook]], [answer] and [[test]]."""
        for written, expected in self.HOOKS:
            self.differ(expected, self.faults(f"{written}\n"), written)

    VERIFIES: list[tuple[str, list[str]]] = [
        ("", ["a.toml: verify[1].scheme: is missing"]),
        ('scheme = "rsa"', ['a.toml: verify[1].scheme: must be "hmac" or "params" or "token" or "basic" or "jwt" or '
                            '"ed25519" or "ip" or "sns"']),
        ('scheme = "hmac"', ["a.toml: verify[1].given: hmac needs it", "a.toml: verify[1].key: hmac needs it",
                             "a.toml: verify[1].over: hmac needs it"]),
        ('scheme = "params"\ngiven = "query.sig"', ["a.toml: verify[1].key: params needs it"]),
        ('scheme = "token"\nkey = "x"', ["a.toml: verify[1].given: token needs it"]),
        ('scheme = "jwt"\nkey = "x"', ["a.toml: verify[1].given: jwt needs it"]),
        ('scheme = "ed25519"\nkey = "x"\ngiven = "header.x"', ["a.toml: verify[1].over: ed25519 needs it"]),
        ('scheme = "basic"', ["a.toml: verify[1].basic: basic needs it"]),
        ('scheme = "basic"\nbasic = ["a"]', ["a.toml: verify[1].basic: must be a user and a password"]),
        ('scheme = "ip"', ["a.toml: verify[1].networks: ip needs it"]),
        ('scheme = "ip"\nnetworks = ["10.0.0.0/33"]', ["a.toml: verify[1].networks: '10.0.0.0/33' is no network"]),
        ('scheme = "sns"', ["a.toml: verify[1].key: sns needs it"]),
        ('scheme = "basic"\nbasic = ["a", "b"]\ngiven = "header.x"',
         ["a.toml: verify[1].given: basic has no use for it"]),
        ('scheme = "params"\ngiven = "query.sig"\nkey = "k"\nover = ["{url}"]\nencode = "hex"',
         ["a.toml: verify[1].encode: params has no use for it", "a.toml: verify[1].over: params has no use for it"]),
        ('scheme = "jwt"\ngiven = "header.x"\nkey = "k"\ntime = "header.t"\nhash = "sha1"',
         ["a.toml: verify[1].hash: jwt has no use for it", "a.toml: verify[1].time: jwt has no use for it"]),
        ('scheme = "token"\ngiven = "headers.x"\nkey = "{cfg.key}"',
         ["a.toml: verify[1].given: there is no name 'headers' here; is header meant?"]),
        ('scheme = "token"\ngiven = "header.x"\nkey = "{cfg.k}"',
         ["a.toml: verify[1].key: there is no cfg. 'k' here; there are key, more, user"]),
        ('scheme = "token"\ngiven = "header.x"\nkey = "{cfg.key}"\nhash = "crc"',
         ['a.toml: verify[1].hash: must be "md5" or "sha1" or "sha256" or "sha384" or "sha512"']),
        ('scheme = "token"\ngiven = "header.x"\nkey = "{cfg.key}"\nmax_age = 0',
         ["a.toml: verify[1].max_age: must be above 0"]),
        ('scheme = "token"\ngiven = "header.x"\nkey = "{cfg.key}"\nwhen = "method = 5 6"',
         ["a.toml: verify[1].when: '6' cannot follow there"]),
    ]  # fmt: skip

    def test_verifies(self) -> None:
        """[[verify]]: what each scheme needs, and what its expressions may name."""
        for written, expected in self.VERIFIES:
            self.differ(expected, self.faults(f"[[verify]]\n{written}\n"), written)

    def test_all_in_one_go(self) -> None:
        """Every fault is told, not the first."""
        found = self.faults('[send]\nurl = "{too}"\nsplit = 0\n[[hook]]\nkind = "mo"\ntext = "a|b"\neach = [""]\n')
        self.assertEqual(
            ["hook[1].each", "hook[1].from", "hook[1].text", "send.split", "send.url"],
            sorted(line.split(": ")[1] for line in found),
        )

    def differ(self, expected: list[str], found: list[str], written: str) -> None:
        """The lines begin like these, and there are as many."""
        self.assertEqual(len(expected), len(found), (written, found))
        for one, line in zip(expected, found, strict=True):
            self.assertTrue(line.startswith(one), (written, line))


class ProfileTests(Shelves):
    def test_a_header_of_other_letters(self) -> None:
        """A name is ASCII (RFC 9110, 5.1)."""
        self.assertEqual(
            ["a.toml: send.headers: 'Ä' is no name of a header"], self.faults(f'{SEND}headers = {{ "Ä" = "a" }}\n')
        )

    def test_nothing_but_a_head(self) -> None:
        """It sends nothing and hears nothing."""
        profile = self.profile("")
        self.assertEqual(("a", None, None), (profile.name, profile.send, profile.token))
        self.assertEqual(((0, 0), ()), (profile.split, profile.paths))
        self.assertEqual("", profile.guard.judge(Asked(), {}, 0.0))

    def test_cfg(self) -> None:
        """What an account gives goes before the options; what it must give, and does not, is told."""
        profile = self.profile("")
        self.assertEqual({"more": "", "key": "k"}, profile.cfg({"key": "k"}))
        self.assertEqual("m", profile.cfg({"more": "m"})["more"])
        self.assertEqual(["user"], profile.lacks({"key": "k", "user": ""}))
        self.assertEqual([], profile.lacks({"key": "k", "user": "u"}))

    def test_paths(self) -> None:
        """By the kind, or as written; each once; a hook is named by its path."""
        profile = self.profile(
            f'{SEND}query = {{ d = "{{hook.status}}", r = "{{hook.r/x}}" }}\n'
            + MO + STATUS + MEANS + STATUS + MEANS + MO + 'path = "/r/x/"\n' + MO + 'path = ""\n'
        )  # fmt: skip
        self.assertEqual(("receive", "status", "r/x"), profile.paths)
        self.assertEqual(Unclear(why="an MO without a sender"), listen(profile.hooks, Asked(), {})[0])

    def test_single_tables(self) -> None:
        """[hook] and [verify] are as good as [[hook]] and [[verify]] where there is one."""
        profile = self.profile('[hook]\nkind = "mo"\nfrom = "f"\n[verify]\nscheme = "ip"\nnetworks = ["10.0.0.0/8"]\n')
        self.assertEqual((1, 1), (len(profile.hooks), len(profile.guard.checks)))

    def test_token(self) -> None:
        """How it is fetched, and what of the answer it is; then it can be named."""
        profile = self.profile(
            f"""{SEND}bearer = "{{token}}"
            [send.token]
            url = "https://y/oauth?u={{cfg.user}}"
            form = {{ grant_type = "client_credentials" }}
            basic = ["{{cfg.user}}", "{{cfg.key}}"]
            value = "data.token"
            """
        )
        assert profile.send is not None and profile.token is not None
        request = profile.token.sending.request(OURS)
        self.assertEqual(("POST", ("https://y/oauth?u=USER",)), (request.method, request.urls))
        self.assertEqual(b"grant_type=client_credentials", request.body)
        self.assertIn(("Authorization", "Basic VVNFUjpLRVk="), request.headers)
        self.assertEqual(3600.0, profile.token.default_ttl)
        self.assertIn(("Authorization", "Bearer T"), profile.send.request(OURS).headers)

    def test_answers(self) -> None:
        """[answer] of all hooks, and one of a hook's own."""
        profile = self.profile(
            '[answer]\ntype = "text/xml"\nbody = "<r>{$query.id}</r>"\nerror = "<e/>"\n'
            f"{MO}answer = {{ status = 204 }}\n"
        )
        own = profile.hooks[0].answer
        assert own is not None
        self.assertEqual((200, "text/xml", "<e/>", 204, ""), (
            profile.answer.status, profile.answer.type, profile.answer.error, own.status, own.error))  # fmt: skip
        self.assertIn("title", HEAD)
