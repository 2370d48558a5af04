"""Everything around the gateway, and its own writer and disk, fails for a while: nothing is lost, nothing doubled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import SkipTest, TestCase
from twisted.web.client import Agent

from tests.faults import oracle
from tests.faults.carriers import WINDOW
from tests.faults.gateway import PAUSE, Gateway, until
from tests.faults.sabotage import Fault
from tests.faults.traffic import Handset, Traffic, traffic
from tests.faults.world import World

WITHIN = 40.0  # seconds until all is settled, back-offs among them
TEXTS = 100
SLOW = 0.5  # seconds a commit takes
DISK = 64  # MiB: the log of a burst is 10
LEFT = 300_000  # octets of it
KILLS = 5  # of a writer


@attrs.define(eq=False)
class Scene:
    """A gateway in its world."""

    world: World
    gateway: Gateway

    async def settle(self) -> None:
        await until(reactor, self.world.seen.settled, WITHIN, "all settled")

    @property
    def judged(self) -> oracle.Judgement:
        return oracle.judge(self.world.seen, 0, WINDOW)


class OutageTests(TestCase):
    """The platform, the carrier, the writer, the disk."""

    timeout = 120

    def play(self, act: Callable[[Scene], Coroutine[Any, Any, None]], **more: Any) -> Deferred[None]:
        return Deferred.fromCoroutine(self._play(act, **more))

    async def _play(
        self,
        act: Callable[[Scene], Coroutine[Any, Any, None]],
        kind: str = "smpp",
        fault: Fault | None = None,
        **more: Any,
    ) -> None:
        world = World(reactor, kind)
        gateway = Gateway(reactor, Path(self.mktemp()), platform=world.platform_up(), link=world.carrier_up(), **more)
        scene = Scene(world, gateway)
        gateway.start(fault)
        try:
            await gateway.ready()
            await act(scene)
            judged = scene.judged
            self.assertEqual((), judged.complaints)
            self.assertEqual((0, 0, 0), (judged.doubled, judged.mo_doubled, judged.repeated))
            self.assertEqual(1, gateway.starts)
        finally:
            gateway.kill()
            await gateway.ended()
            await world.end()

    def test_the_platform_is_down_for_the_whole_burst(self) -> Deferred[None]:
        """Texts go out, and the platform hears of all of it later; of one who says the same twice, too."""

        async def act(scene: Scene) -> None:
            world = scene.world
            await world.down("platform")
            once = Handset("+5582900000001", "1")
            plan = traffic(1, TEXTS)
            twice = Traffic(plan.texts, (once, *plan.replies))
            accepted = world.burst(scene.gateway, twice)
            await until(reactor, lambda: world.carrier.counts["mo"] == len(twice.replies), WITHIN, "texts of handsets")
            world.say(once)
            await accepted
            await until(reactor, lambda: world.carrier.counts["receipt"] >= TEXTS, WITHIN, "receipts")
            self.assertEqual([], world.seen.callbacks)
            world.platform_up()
            await scene.settle()

        return self.play(act)

    async def cut_off(self, scene: Scene) -> None:
        """The carrier is down for the whole burst."""
        world = scene.world
        await world.down("carrier")
        world.carrier.drop()
        await world.burst(scene.gateway, traffic(2, TEXTS))
        self.assertEqual([], world.seen.submits)
        self.assertEqual([], world.refusals)
        world.carrier_up()
        await scene.settle()

    def test_an_smsc_is_down_for_the_whole_burst(self) -> Deferred[None]:
        """All is accepted, none is submitted; then each once, in order."""
        return self.play(self.cut_off)

    def test_an_aggregator_is_down_for_the_whole_burst(self) -> Deferred[None]:
        """So are requests that nobody can have read."""
        return self.play(self.cut_off, kind="rest")

    def test_a_slow_disk_makes_answers_wait_and_nothing_else(self) -> Deferred[None]:
        """While the first commit is under way, /health is answered again and again."""

        async def act(scene: Scene) -> None:
            world, client, answered = scene.world, HTTPClient(Agent(reactor)), 0
            accepted = world.burst(scene.gateway, traffic(3, 16, 2))
            while not world.seen.accepted:
                self.assertTrue(await scene.gateway.healthy(client))
                answered += 1
            self.assertGreater(answered, 3)
            await accepted
            await scene.settle()
            self.assertEqual([], world.refusals)

        return self.play(act, fault=Fault(fsync=SLOW))

    def test_the_writer_is_killed_alone(self) -> Deferred[None]:
        """Its gateway lives on and starts another; what was not on disk was answered 503."""

        async def act(scene: Scene) -> None:
            world = scene.world
            accepted = world.burst(scene.gateway, traffic(4, TEXTS))
            await until(reactor, lambda: len(world.seen.accepted) > TEXTS // 4, WITHIN, "a part of the burst")
            former = scene.gateway.kill_writer()
            await accepted
            await scene.settle()
            self.assertNotEqual(former, scene.gateway.writer())
            self.assertLessEqual(set(world.refusals), {503})

        return self.play(act)

    def test_the_writer_is_killed_again_and_again_among_webhooks(self) -> Deferred[None]:
        """What was not on disk was refused, and came again."""

        async def act(scene: Scene) -> None:
            world, counts = scene.world, scene.world.carrier.counts
            accepted = world.burst(scene.gateway, traffic(6, TEXTS))
            former = 0
            for number in range(KILLS):
                await until(reactor, partial(scene.gateway.has_writer, former), WITHIN, "the next writer")
                await scene.gateway.ready()
                scene.gateway.stop_writer()
                world.say(Handset("+5582900000002", f"kill {number}"))
                await deferLater(
                    reactor, PAUSE
                )  # what is with the writer by now is refused; what is not waits for a next
                former = scene.gateway.kill_writer()
            await accepted
            await scene.settle()
            self.assertGreater(counts["mo_refused"] + counts["delivered_refused"], 0)

        return self.play(act, kind="rest")

    # a full disk

    async def fill(self, scene: Scene, full: Callable[[], object], free: Callable[[], object]) -> None:
        """503 while it is full, and all is well when it is not."""
        world = scene.world
        full()
        accepted = world.burst(scene.gateway, traffic(5, 2 * TEXTS))
        await until(reactor, lambda: 503 in world.refusals, WITHIN, "the disk is full")
        self.assertFalse(await scene.gateway.healthy(HTTPClient(Agent(reactor))))
        free()
        await accepted
        await scene.settle()
        self.assertEqual({503}, set(world.refusals))

    def test_a_store_that_may_not_grow(self) -> Deferred[None]:
        """SQLite's max_page_count makes the same fault as a full disk."""
        mark = Path(self.mktemp()).absolute()

        def act(scene: Scene) -> Coroutine[Any, Any, None]:
            return self.fill(scene, mark.touch, mark.unlink)

        return self.play(act, fault=Fault(full=str(mark)))

    def test_a_disk_that_is_full(self) -> Deferred[None]:
        """A real one, small, in a mount namespace of the gateway's own."""
        disk = Path(self.mktemp()).absolute()
        disk.mkdir()
        wrapper = namespace(disk)

        def act(scene: Scene) -> Coroutine[Any, Any, None]:
            inside = Path(f"/proc/{scene.gateway.writer()}/root{disk}")
            ballast = inside / "ballast"
            return self.fill(scene, lambda: weigh_down(ballast), ballast.unlink)

        return self.play(act, data=disk / "data", wrapper=wrapper)


def namespace(folder: Path) -> tuple[str, ...]:
    """A command that mounts a small disk there and runs another. Raises SkipTest where that is not allowed."""
    mount = f'mount -t tmpfs -o size={DISK}m none "$0" && exec "$@"'
    wrapper = ("unshare", "-Urm", "sh", "-c", mount, str(folder))
    if shutil.which("unshare") is None:
        raise SkipTest("NO FULL DISK WAS TRIED: there is no unshare(1); max_page_count stands in for it")
    tried = subprocess.run([*wrapper, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        why = tried.stderr.strip()
        raise SkipTest(f"NO FULL DISK WAS TRIED: {why}; max_page_count stands in for it")
    return wrapper


def weigh_down(ballast: Path) -> None:
    """Take what there is of the disk, but for LEFT octets."""
    block = b"\0" * 65_536
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(block) == len(block):
                pass
        except OSError:  # full
            pass
        file.truncate(file.tell() - LEFT)
