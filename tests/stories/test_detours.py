"""A link stays down, and its texts go by the other."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint

from tests.stories.ends import Carrier, free_port
from tests.stories.stage import Stage

OTHER = """
[link.other]
kind = "smpp"
hosts = ["127.0.0.1:{port}"]
system_id = "weni"
password = "secret"

[[route]]
match = {{ channel = "claro" }}
links = ["smsc", "other"]
"""


class DetourTests(Stage):
    def configure(self) -> str:
        self.other_port = free_port()
        self.gateway_settings = f"{Stage.gateway_settings}\norder_hold = 1"
        self.link_settings = OTHER.format(port=self.other_port)
        return super().configure()

    async def test_a_link_that_stays_down(self) -> None:
        """What waits for it goes by the other that its route lists, once; its receipts come from there."""
        await self.start(smsc=False)
        for number in range(3):
            await self.take(str(number), f"text {number}", to=f"+25078812312{number}")
        await self.quiet(0.3)
        other = Carrier(self.behaviour)
        listening = await TCP4ServerEndpoint(reactor, self.other_port, interface="127.0.0.1").listen(other)
        self.addCleanup(other.drop)
        self.addCleanup(listening.stopListening)
        for number in range(3):
            await self.told_of(str(number), "sent", "delivered")
        await self.smsc_up()
        await self.until(lambda: self.smsc.counts["binds"])
        await self.quiet(1.5)
        self.assertEqual({"text 0", "text 1", "text 2"}, {submit.text for submit in other.submits})
        self.assertEqual((3, []), (len(other.submits), self.texts()))
