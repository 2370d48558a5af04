"""Links that go over HTTP: accounts at aggregators, and External-API devices."""

from __future__ import annotations

from ipaddress import ip_network

from chanserv.settings import ExternalSettings, RestSettings
from chanserv.text.cutting import Cutting
from tests.loading.folder import FAR, REQUESTS, HttpFolder
from tests.loading.test_links import CARRIER_WRONG


class SharedTests(HttpFolder):
    """What both have."""

    def test_each_kind_has_its_class(self) -> None:
        """With no more than it needs, and without a warning."""
        for kind, cls in {"rest": RestSettings, "external": ExternalSettings}.items():
            link = self.link(kind)
            self.assertIs(cls, type(link))
            self.assertEqual((kind, "mtn", 10, 10.0), (link.kind, link.name, link.window, link.rate))
            self.assertEqual([], self.warned(kind))

    def test_what_every_kind_has_is_bounded(self) -> None:
        """Here as well; and what they share beside it."""
        for kind in REQUESTS:
            for line, said in (
                *CARRIER_WRONG,
                ("concurrency = 0", "must be from 1 to 1000"),
                ('country = "XX"', "is no country whose numbers are known (ISO 3166)"),
            ):
                self.assertEqual([f"{line.split(' = ')[0]}: {said}"], self.told(kind, line), (kind, line))

    def test_what_sessions_have_means_nothing(self) -> None:
        """Nor do the attributes that are no keys."""
        for kind in REQUESTS:
            for key in ("hosts", "window", "enquire_after", "errors", "provider"):
                [fault] = self.told(kind, f"{key} = 5")
                self.assertTrue(fault.startswith(f"{key}: is not known here"), fault)

    def test_a_link_that_is_tried_says_for_whom(self) -> None:
        """And one that is live sends to all."""
        for kind in REQUESTS:
            self.assertEqual(
                ['test_numbers: is missing: whom does a link in phase "test" send to?'],
                self.told(kind, 'phase = "test"'),
            )
            self.assertEqual(
                ['test_numbers: means nothing without phase = "test"'], self.told(kind, 'test_numbers = ["+55119"]')
            )
            self.assertEqual(("+55119",), self.link(kind, 'phase = "test"\ntest_numbers = ["+55119"]').test_numbers)


class RestTests(HttpFolder):
    """An account and its profile."""

    def test_the_profile_is_there(self) -> None:
        """With what the gateway adds, and what the profile has by itself."""
        link = self.link("rest", "split = 700")
        self.assertEqual(("twilio", "https://sms.example.org"), (link.provider.name, link.public_url))
        self.assertEqual(
            {"account_sid": "pw", "auth_token": "pw"}, {k: link.cfg[k] for k in ("account_sid", "auth_token")}
        )
        self.assertEqual(Cutting(text=(700, 700)), link.cutting)
        self.assertEqual(Cutting(text=(1600, 1600)), self.link("rest").cutting)
        self.assertEqual(
            {"status": "https://sms.example.org/hook/mtn/what-nobody-guesses/status"}, link.hook_urls(("status",))
        )

    def test_one_of_ones_own_goes_before(self) -> None:
        """In the folder that the gateway names, taken from that of the file."""
        self.write('[profile]\ntitle = "Ours"\n[send]\nurl = "https://ours.example/"\n', "own/ours.toml")
        text = self.text("rest", but="credentials").replace('"twilio"', '"ours"')
        settings = self.load(text.replace("[gateway]\n", '[gateway]\nprofiles = "own"\n'))
        self.assertEqual("Ours", settings.links["mtn"].provider.about.title)
        [fault] = self.faults(text)
        self.assertIn("'ours' is no profile; there are ", fault)

    def test_a_folder_of_ones_own_is_there(self) -> None:
        """One that is not is a fault: with its name misspelt, a link would go by the shipped profile."""
        text = self.text("rest").replace("[gateway]\n", '[gateway]\nprofiles = "owm"\n')
        [fault] = self.faults(text)
        self.assertRegex(fault, "gateway.profiles: there is no folder /.+/owm$")

    def test_credentials_suffice(self) -> None:
        """What lacks is told with what it is; what means nothing, with what would."""
        told = self.told(
            "rest", 'credentials = { account_sid = { env = "CHANSERV_TEST_PASSWORD" } }', but="credentials"
        )
        self.assertEqual(["credentials.auth_token: is missing: Auth Token, from the same page"], told)
        [fault] = self.told("rest", 'options = { sid = "x" }')
        self.assertTrue(fault.startswith("options.sid: means nothing to profile twilio; it knows account_sid"), fault)

    def test_of_several_sets_the_begun_one(self) -> None:
        """Whoever has given a user name lacks its password, not a key that would have done as well."""
        text = self.text("rest", but="credentials").replace('"twilio"', '"infobip"')
        lacking = text + '\ncredentials = { username = { env = "CHANSERV_TEST_PASSWORD" } }\n'
        for given, key in ((lacking, "password"), (text, "api_key")):
            self.assertRegex(" ".join(self.faults(given)), rf"^\S+ link.mtn.credentials.{key}: is missing: [^:]+$")

    def test_webhooks_are_fenced(self) -> None:
        """A secret of some length in their path, one or two; and an address for the provider."""
        self.assertEqual(
            ["hook_secret: is missing: it stands in the path of this provider's webhooks"],
            self.told("rest", but="hook_secret"),
        )
        self.assertEqual(
            ["gateway.public_url: is missing: link.mtn must tell its provider where webhooks go"],
            self.told("rest", public=""),
        )
        for secret, said in (
            ('"short"', "number 1 must have 12 characters at least"),
            ('"has a blank in it"', "number 1 may have letters, digits and . _ ~ - only"),
            ("[]", "is empty"),
        ):
            self.assertEqual([f"hook_secret: {said}"], self.told("rest", f"hook_secret = {secret}", but="hook_secret"))
        two = 'hook_secret = [{ env = "CHANSERV_TEST_HOOK" }, { env = "CHANSERV_TEST_HOOK" }]'
        self.assertEqual(2, len(self.link("rest", two, but="hook_secret").hook_secret))

    def test_receipts_are_the_profile_s(self) -> None:
        """Where it has none, none is waited for; whoever says otherwise is warned."""
        self.assertEqual("part", self.link("rest").receipts)
        lines = 'profile = "smscentral"\ncredentials.username = "u"\ncredentials.password = "p"\n'
        other = ("profile", "credentials")
        self.assertEqual("none", self.link("rest", lines, other).receipts)
        warned = self.warned("rest", lines + 'receipts = "part"', other)
        self.assertIn('receipts: no status comes from this provider; "none" ends texts as sent at once', warned)


class ExternalTests(HttpFolder):
    """A device that speaks the External API."""

    def test_values(self) -> None:
        """What is written arrives; the uuid in small letters, as its paths are compared."""
        link = self.link("external", f'uuid = "{FAR.upper()}"\nsend_method = "PUT"\nmax_length = 0', but="uuid")
        self.assertEqual((FAR, "PUT", Cutting(text=(0, 0))), (link.uuid, link.send_method, link.cutting))
        self.assertEqual((ip_network("10.0.0.0/8"),), link.allow_from)

    def test_somebody_may_call(self) -> None:
        """One of three ways."""
        self.assertEqual(
            ["a.toml: link.mtn: one of authorization, url_secret and allow_from is needed: who may call?"],
            self.faults(self.text("external", but="allow_from")),
        )
        for line in ("authorization", "url_secret"):
            self.link("external", f'{line} = {{ env = "CHANSERV_TEST_HOOK" }}', but="allow_from")

    def test_a_uuid_is_one_s_alone(self) -> None:
        """Channels and devices have paths side by side."""
        text = self.text("external").replace(FAR, "a86f686f-9168-4dd9-A03E-77f11b265b56")
        [fault] = self.faults(text)
        self.assertRegex(fault, r"^a\.toml: link\.mtn\.uuid: is that of channel\.claro\.uuid in .*a\.toml too$")

    def test_what_is_refused(self) -> None:
        """A line each: what is written, and what is said of it."""
        for line, said in WRONG:
            key = line.split(" = ")[0]
            self.assertEqual([said], self.told("external", line, but=key), line)

    def test_what_is_good(self) -> None:
        """The other side of each bound."""
        for line in RIGHT:
            self.assertIsInstance(self.link("external", line, but=line.split(" = ")[0]), ExternalSettings)

    def test_clear_text_is_warned_of(self) -> None:
        """To anybody's address; not within the machine or a private network, nor through a device."""
        said = "send_url: texts and numbers go there in clear text; https:// would hide them"
        for url, more, warned in (
            ("http://far.example/", "", [said]),
            ("http://8.8.8.8:8080/", "", [said]),
            ("http://10.0.0.1/", "", []),
            ("http://localhost:80/", "", []),
            ("http://far.example/", 'device = "wg0"', []),
        ):
            self.assertEqual(warned, self.warned("external", f'send_url = "{url}"\n{more}', but="send_url"), url)


KEY = 'credentials = { key = { env = "CHANSERV_TEST_PASSWORD" } }'
KNOWN = "channel, from, from_no_plus, id, quick_replies, session_status, text, to, to_no_plus, uuid"
WRONG = [
    ('uuid = "1"', "uuid: is not a UUID"),
    ('send_url = "far.example"', "send_url: must begin with http:// or https:// and a host without variables"),
    ('send_url = "http://{{to}}/"', "send_url: must begin with http:// or https:// and a host without variables"),
    ('send_url = "http://a:b@far.example/"',
     "send_url: must hold no user and password: it is shown to whoever checks these settings"),
    ('send_url = "https://far.example/?text={{text}} {{to}}"', "send_url: must hold no blank and no #"),
    ('send_url = "https://far.example/?{{msisdn}}"',
     f"send_url: there is no variable {{{{msisdn}}}}; there are {KNOWN}"),
    ('send_method = "PATCH"', 'send_method: must be "POST" or "PUT" or "GET"'),
    ('send_method = "GET"', "send_url: names no {{text}}: what is sent, and to whom?"),
    ('body = "{{text}}"', "body: names no {{to}}: what is sent, and to whom?"),
    ('body = "{{to}}{{word}}"', f"body: there is no variable {{{{word}}}}; there are {KNOWN}"),
    ('send_method = "GET"\nbody = ""', "body: must be left out: a GET has none"),
    ('content_type = "xml"', "body: is missing: only urlencoded and json have a usual one"),
    ('content_type = ""', "content_type: is nothing that a header can say"),
    ('content_type = "json"\nbody = \'{"text":"{{text}}","to":{{to}}}\'',
     "body: is no JSON when it is filled in; a variable brings its own quotes"),
    ('headers = { "X Y" = "1" }', "headers: holds a name that no header can have"),
    ('headers = { Host = "1" }', "headers: must leave host to us"),
    ('headers = { "X-Key" = "{{key}}" }', f"headers.X-Key: there is no variable {{{{key}}}}; there are {KNOWN}"),
    (KEY, "credentials.key: is named in no template"),
    (KEY.replace("key", "text"), "credentials.text: is the name of one of ours"),
    (KEY.replace("key", '"a-b"'), "credentials: holds a name that is none of a variable"),
    ('mt_response_check = ""', "mt_response_check: is empty"),
    ("max_length = 19", "max_length: must be from 20 to 20000"),
    ("use_national = true", "country: is missing: use_national writes numbers as they are dialled where?"),
    ('url_secret = "a/b"', "url_secret: may have letters, digits and . _ ~ - only"),
    ("allow_from = []", "allow_from: is empty"),
    ('mo_from_field = ""', "mo_from_field: is empty"),
    ('mo_response_content_type = "text/xml"', "mo_response_content_type: is of which text? mo_response is missing"),
]  # fmt: skip

RIGHT = [
    'send_url = "https://far.example:8443/{{channel}}/?to={{to_no_plus}}&text={{text}}"\nsend_method = "GET"',
    f'send_url = "https://far.example/?key={{{{key}}}}"\n{KEY}',
    f'headers = {{ "X-Key" = "{{{{key}}}}" }}\n{KEY}',
    'content_type = "json"\nbody = \'{"text":{{text}},"to":{{to}},"replies":{{quick_replies}}}\'',
    'content_type = "text/csv"\nbody = "{{to}},{{text}}"',
    'use_national = true\ncountry = "BR"',
    'mo_response = "<ok/>"\nmo_response_content_type = "text/xml"',
    "max_length = 20",
]
