"""What all who ask over HTTP agree about."""

from __future__ import annotations

from hyperlink import EncodedURL
from twisted.trial.unittest import SynchronousTestCase

from chanserv.http import ready


class ReadyTests(SynchronousTestCase):
    """URLs as they go out: treq must not encode them another time."""

    def test_urls(self) -> None:
        """Names by IDNA, all else by percent; an address of IPv6 as it is; what is encoded stays."""
        for given, expected in (
            ("http://[::1]:8080/a%20b?c=%2F&d", "http://[::1]:8080/a%20b?c=%2F&d"),
            ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
            ("https://10.0.0.1:443/x", "https://10.0.0.1/x"),
        ):
            made = ready(EncodedURL.from_text(given))
            self.assertEqual((expected, True), (made.to_text(), made.to_uri() is made))

    def test_no_host(self) -> None:
        """A fault of the settings, not of the network."""
        self.assertRaises(ValueError, ready, EncodedURL.from_text("http://a b/"))
