"""A system in parts on which scenes are played and processes die."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import requests

from smsbot.models import Case, Dispatch, DispatchState
from smsbot.simulator.provider_inbound import NETWORK_WORDS
from tests.faults.parts import Parts, Trap, new_phone, parts_on
from tests.faults.points import Point, find
from tests.faults.scenes import EMERGENCY, Scene
from tests.system import eventually, new_sid

KINDS = ("web", "worker", "sweep")


class Stage:
    """Redis and provider, which stay; web, a worker and a sweep, which walk into traps."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.system = parts.system
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._found: dict[tuple[str, ...], dict[str, Scene]] = {}

    def trap(self, kind: str) -> Trap:
        """Where processes of this kind are caught."""
        return self.parts.traps[kind]

    def start(self, kind: str) -> subprocess.Popen[bytes]:
        """Start a part unless it runs."""
        running = self._running.get(kind)
        if running is None or running.poll() is not None:
            running = self._running[kind] = getattr(self.parts, kind)(trapped=True)
        return running

    def stop(self, kind: str) -> None:
        """End a part; one that is held goes on first, or it could not end."""
        self.trap(kind).disarm()
        process = self._running.pop(kind, None)
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(timeout=20)

    # Killing

    def kill_while_accepting(self, point: Point, scene: Scene) -> None:
        """A web process dies at this point; the network repeats its webhook."""
        for kind in KINDS:
            self.start(kind)
        phone, sid = self.prepare(scene), new_sid()
        if scene.repeats:
            self.text(phone, scene.text, sid)
        with self.catching("web", point):
            if scene.repeats:
                with contextlib.suppress(requests.ConnectionError):
                    self.system.post(self.system.form(scene.text, phone, sid))
            else:
                self.text(phone, scene.text, sid)
        self.check(scene, phone, sid, callbacks_died=True)

    def kill_while_delivering(self, kind: str, point: Point, scene: Scene) -> None:
        """A worker or the sweep dies at this point; another takes over when the lease has ended."""
        self._let_only(kind)
        victim, phone, sid = self.start(kind), self.prepare(scene), new_sid()
        with self.catching(kind, point):
            self.text(phone, scene.text, sid)
            if scene.is_taken_over:
                self.take_after_failure(sid)
            self.parts.kill_by(self.trap(kind), victim)
        self.start(kind)
        self.parts.end_leases()
        self.trap("sweep").disarm()
        self.check(scene, phone, sid)

    @contextlib.contextmanager
    def catching(self, kind: str, point: Point) -> Iterator[None]:
        """The block must lead a process of this kind to this point."""
        trap = self.trap(kind)
        trap.arm("kill", point.where)
        try:
            yield
            trap.await_strike()
        finally:
            trap.disarm()

    def _let_only(self, kind: str) -> None:
        """Nobody but this kind of process delivers."""
        self.start("web")
        if kind == "sweep":
            self.stop("worker")
            return
        self.start("sweep")
        self.trap("sweep").arm("wait", find("cycle", "urgent = ").where)
        eventually(lambda: self.trap("sweep").is_holding)

    # A text and what it must come to

    def prepare(self, scene: Scene) -> str:
        """A phone, with what is earlier; and what is to go wrong."""
        phone = new_phone()
        self.system.provider.clear_faults()
        for text in scene.earlier:
            contact_id = self.parts.message_of(self.text(phone, text)).contact_id
            self.parts.settle(contact_id)
            if scene.before:
                getattr(self.parts, scene.before)(self.parts.cases_of(contact_id)[0])
        if scene.script:
            self.system.provider.faults(*scene.script)
        return phone

    def text(self, phone: str, body: str, sid: str | None = None) -> str:
        """A text by way of the network, which tries once more when a connection breaks; gives its id."""
        answer = self.system.provider.text(phone, body, sid=sid)
        assert answer["status_code"] == 200, (answer, self.system.log())
        return str(answer["sid"])

    def take_after_failure(self, sid: str) -> None:
        """Somebody takes the case between two attempts."""
        contact_id = self.parts.message_of(sid).contact_id

        def failed_once() -> list[Dispatch]:
            owed = self.parts.dispatches_of(contact_id, "alert")
            return [one for one in owed if one.state == DispatchState.PENDING and one.attempts]

        eventually(failed_once, every=0.01)
        self.parts.take(self.parts.cases_of(contact_id)[0])

    def check(self, scene: Scene, phone: str, sid: str, *, callbacks_died: bool = False) -> None:
        """Everything is there once: text, case, alert at the nurse's phone, reply at the patient's."""
        message = self.parts.message_of(sid)
        owed = self.parts.settle(
            message.contact_id, has_receipts=scene.has_receipts, callbacks_died=callbacks_died
        )
        texts = self.parts.messages_of(message.contact_id)
        assert len(texts) == len(scene.earlier) + 1, f"{len(texts)} texts are kept"
        cases = self.parts.cases_of(message.contact_id)
        assert len(cases) == scene.cases, f"{len(cases)} cases"
        self._check_alerts(scene, cases, owed)
        words = [one for one in self.parts.replies_to(phone) if one not in NETWORK_WORDS.values()]
        assert len(words) == len(scene.earlier) + scene.replies, f"{len(words)} replies arrived"

    def _check_alerts(self, scene: Scene, cases: Sequence[Case], owed: Sequence[Dispatch]) -> None:
        texts = [one for one in owed if one.purpose == "alert" and one.route == "sms"]
        wanted = [one for one in texts if one.state != DispatchState.CANCELLED]
        arrived = [one for case in cases for one in self.parts.alerts_about(case)]
        expected = len(wanted) if scene.arrives else 0
        assert len(arrived) == expected, f"{len(arrived)} alerts arrived, {expected} were owed"
        is_emergency = EMERGENCY in (scene.text, *scene.earlier)
        assert arrived or not (is_emergency and scene.arrives), "nobody was told"

    # Which scene leads where

    def scenes_for(self, kind: str, point: Point, scenes: Sequence[Scene]) -> Sequence[Scene]:
        """Those of these scenes that led this kind of process to the point when they were recorded.

        One of them may have done so by chance, two processes having met; the next one does it always.
        """
        key = (kind, *(scene.name for scene in scenes))
        if key not in self._found:
            self._found[key] = self._record(kind, scenes)
        return self._found[key].get(f"{point.file}:{point.line}", ())

    def _record(self, kind: str, scenes: Sequence[Scene]) -> dict[str, list[Scene]]:
        if kind == "web":
            self.start("sweep")
        else:
            self._let_only(kind)
        self.stop(kind)
        self._running[kind] = getattr(self.parts, kind)(records=True)
        found: dict[str, list[Scene]] = {}
        for scene in scenes:
            for line in self._act(kind, scene):
                found.setdefault(line, []).append(scene)
        self.stop(kind)
        return found

    def _act(self, kind: str, scene: Scene) -> list[str]:
        """Play a scene to its end; the places it led to."""
        seen = self.trap(kind).seen
        phone, sid = self.prepare(scene), new_sid()
        seen.write_text("")  # what came earlier is not what dies
        self.text(phone, scene.text, sid)
        if scene.repeats:
            self.system.post(self.system.form(scene.text, phone, sid))
        if scene.is_taken_over:
            self.take_after_failure(sid)
        if kind != "worker":
            self.check(scene, phone, sid)
            return seen.read_text().splitlines()
        # once the sweep goes on, the two may meet anywhere
        self._wait_for_the_worker(sid)
        alone = self._when_nothing_is_added(seen)
        self.trap("sweep").disarm()
        self.check(scene, phone, sid)
        self._let_only("worker")
        return alone

    def _when_nothing_is_added(self, seen: Path) -> list[str]:
        size = -1
        while size != (size := seen.stat().st_size):
            time.sleep(0.5)
        return seen.read_text().splitlines()

    def _wait_for_the_worker(self, sid: str) -> None:
        """For the alert that the text itself owed: what follows from its failing is the sweep's."""
        contact_id = self.parts.message_of(sid).contact_id

        def first() -> Dispatch:
            return min(self.parts.dispatches_of(contact_id, "alert"), key=lambda one: one.id)

        eventually(lambda: first().attempts)
        eventually(lambda: first().state != "sending")


@contextlib.contextmanager
def stage_on(folder: Path, **settings: str) -> Iterator[Stage]:
    """A stage on a fresh home."""
    with parts_on(folder, **settings) as parts:
        parts.redis()
        parts.provider()
        yield Stage(parts)
