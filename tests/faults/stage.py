"""A system in parts on which scenes are played and processes die."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smsbot.models import Case, DispatchState, Message
from smsbot.simulator.provider_inbound import NETWORK_WORDS
from tests.faults.parts import SETTLED, Parts, Trap, new_phone, parts_on
from tests.faults.points import Point, find
from tests.faults.scenes import EMERGENCY, Scene
from tests.system import eventually

KINDS = ("web", "worker", "sweep")


class Stage:
    """Redis, provider, web, a worker and a sweep; those three walk into traps."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.system = parts.system
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._recorded: dict[str, dict[str, Scene]] = {}

    def trap(self, kind: str) -> Trap:
        """Where processes of this kind are caught."""
        return self.parts.traps[kind]

    def start(self, kind: str, **trap: bool) -> subprocess.Popen[bytes]:
        """Start a part unless it runs."""
        running = self._running.get(kind)
        if running is None or running.poll() is not None:
            running = self._running[kind] = getattr(self.parts, kind)(**(trap or {"trapped": True}))
        return running

    def stop(self, *kinds: str) -> None:
        """End parts."""
        for kind in kinds:
            process = self._running.pop(kind, None)
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(timeout=20)

    # A text and what it must come to

    def play(self, scene: Scene) -> tuple[str, str]:
        """What is earlier, then the text; gives its phone and id."""
        phone = new_phone()
        for text in scene.earlier:
            sid = self.text(phone, text)
            self.parts.settle(self.parts.message_of(sid).contact_id)
        if scene.before:
            getattr(self.parts, scene.before)(self.case_of(sid))
        if scene.faults:
            self.system.provider.faults(*scene.faults)
        return phone, ""

    def text(self, phone: str, body: str, sid: str | None = None) -> str:
        """A text by way of the network, which tries once more when a connection breaks; gives its id."""
        answer = self.system.provider.text(phone, body, sid=sid)
        assert answer["status_code"] == 200, (answer, self.system.log())
        return str(answer["sid"])

    def case_of(self, sid: str) -> Case:
        """The one case of the contact who sent this."""
        cases = self.parts.cases_of(self.parts.message_of(sid).contact_id)
        assert len(cases) == 1, f"{len(cases)} cases"
        return cases[0]

    def check(self, scene: Scene, phone: str, sid: str) -> None:
        """Everything is there once: text, case, alert at the nurse's phone, reply at the patient's."""
        message: Message = self.parts.message_of(sid)
        owed = self.parts.settle(message.contact_id)
        assert len(self.parts.messages_of(message.contact_id)) == len(scene.earlier) + 1
        cases = self.parts.cases_of(message.contact_id)
        assert len(cases) == scene.cases, f"{len(cases)} cases"
        alerts = [one for one in owed if one.purpose == "alert" and one.state != DispatchState.CANCELLED]
        arrived = [one for case in cases for one in self.parts.alerts_about(case)]
        expected = len(alerts) if scene.arrives else 0
        assert len(arrived) == expected, f"{len(arrived)} alerts arrived, {expected} were owed"
        if scene.cases and EMERGENCY in (scene.text, *scene.earlier) and scene.arrives:
            assert arrived, "nobody was told"
        words = [one for one in self.parts.replies_to(phone) if one not in NETWORK_WORDS.values()]
        assert len(words) == len(scene.earlier) + scene.replies, f"{len(words)} replies arrived"

    # Killing

    def kill_while_accepting(self, point: Point, scene: Scene) -> None:
        """A web process dies at this point; the network repeats its webhook."""
        for kind in KINDS:
            self.start(kind)
        phone, sid = self._text_into("web", point, scene)
        self.check(scene, phone, sid)

    def kill_while_delivering(self, kind: str, point: Point, scene: Scene) -> None:
        """A worker or the sweep dies at this point; another takes over when the lease has ended."""
        self._make_ready(kind)
        victim = self.start(kind)
        phone, sid = self._text_into(kind, point, scene, takes_over=scene.takes_over)
        self.parts.kill_by(self.trap(kind), victim)
        self.start(kind)
        self.parts.end_leases()
        self.trap("sweep").disarm()
        self.check(scene, phone, sid)
        self.system.provider.clear_faults()

    def _make_ready(self, kind: str) -> None:
        self.start("web")
        if kind == "sweep":
            self.stop("worker")
            return
        self.start("sweep")
        held = find("cycle", "urgent = ")
        self.trap("sweep").arm("wait", held.where)
        eventually(lambda: self.trap("sweep").is_holding)

    def _text_into(
        self, kind: str, point: Point, scene: Scene, *, takes_over: bool = False
    ) -> tuple[str, str]:
        phone, sid = self.play(scene)
        if scene.repeats:
            sid = self.text(phone, scene.text)
            self.parts.settle(self.parts.message_of(sid).contact_id)
        self.trap(kind).arm("kill", point.where)
        if scene.repeats:
            # nobody hears the repeat's answer but us: the network has sent the first one on
            self.system.post(self.system.form(scene.text, phone, sid)) if False else None
        else:
            sid = self.text(phone, scene.text)
        return phone, sid


@contextlib.contextmanager
def stage_on(folder: Path, **settings: str) -> Iterator[Stage]:
    """A stage on a fresh home."""
    with parts_on(folder, **settings) as parts:
        parts.redis()
        parts.provider()
        yield Stage(parts)
