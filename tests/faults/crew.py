"""Keeps every part of a system running, as a supervisor does, and kills them one after the other."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import requests
from sqlalchemy import select

from smsbot.models import Beat
from tests.faults.parts import Parts
from tests.system import eventually

LOOK_SECONDS = 0.1
START_SECONDS = 60.0  # all parts at once, on a machine that does much else
WEB_WORKER = "web-worker"  # one process of the web server: the others go on
WEB = ("web", WEB_WORKER)


class Crew:
    """Redis, web, two workers and the sweep: whoever dies is started again at once."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.kills: Counter[str] = Counter()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._began_at: dict[str, float] = {}
        self._start_seconds = 0.0
        self._struck = ""
        self._starts: dict[str, Callable[[], subprocess.Popen[bytes]]] = {
            "redis": parts.start_redis,
            "web": parts.start_web,
            "worker-emergencies": lambda: parts.worker("emergencies"),
            "worker-rest": lambda: parts.worker("rest"),
            "sweep": parts.sweep,
        }

    def start(self) -> None:
        """Start whatever does not run, and wait until texts are taken and the sweep goes round."""
        began, since = time.monotonic(), self.keep()
        self.parts.await_web(START_SECONDS)
        eventually(lambda: self._has_swept(since), START_SECONDS)
        self._start_seconds = max(self._start_seconds, time.monotonic() - began)

    def keep(self) -> float:
        """Start again what has died. Gives the time."""
        for name, start in self._starts.items():
            if name not in self.running or self.running[name].poll() is not None:
                self.running[name] = start()
                self._began_at[name] = time.monotonic()
        return time.time()

    def keep_for(self, seconds: float) -> None:
        """Do so for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.keep()
            time.sleep(LOOK_SECONDS)

    def strike(self, chance: random.Random, spared: Collection[str] = ()) -> str:
        """kill -9 of one part that is up, chosen by chance, never the same twice in a row. Gives its name."""
        names = [name for name in (*self._starts, WEB_WORKER) if name not in (self._struck, *spared)]
        wanted = sorted(names, key=lambda _: chance.random())
        name = eventually(lambda: next((one for one in wanted if self._is_up(one)), None), START_SECONDS)
        process = self.running["web" if name == WEB_WORKER else name]
        if name == WEB_WORKER:
            victims = children_of(process.pid)
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(
                    victims[chance.randrange(2) % len(victims)] if victims else process.pid, signal.SIGKILL
                )
        else:
            os.killpg(process.pid, signal.SIGKILL)  # each part leads a group of its own
            process.wait(timeout=20)
        self.kills[name] += 1
        self._struck = name
        return name

    def kill_all(self, *names: str) -> None:
        """kill -9 of these parts, or of all, at one moment."""
        for name in names or tuple(self._starts):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running[name].pid, signal.SIGKILL)
            self.kills[name] += 1
        for name in names or tuple(self._starts):
            self.running[name].wait(timeout=20)

    def end(self, name: str) -> float:
        """SIGTERM to a part; how many seconds it took to end."""
        began = time.monotonic()
        self.parts.system.kill(self.running[name], signal.SIGTERM)
        return time.monotonic() - began

    def _is_up(self, name: str) -> bool:
        """Whether it has begun to work: who dies while starting had nothing to lose."""
        self.keep()
        part = "web" if name == WEB_WORKER else name
        age = time.monotonic() - self._began_at[part]
        if part == "web":
            return self._is_answering()
        return age > self._start_seconds / 2  # Redis too: who is up first would die most often

    def _is_answering(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.parts.system.url}/healthz", timeout=0.5).ok
        return False

    def _has_swept(self, since: float) -> bool:
        with self.parts.db.reading() as session:
            at = session.scalar(select(Beat.at).where(Beat.part == "sweep"))
        return at is not None and at.timestamp() > since


def children_of(pid: int) -> list[int]:
    """The child processes of a process."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    with contextlib.suppress(OSError):
        return [int(one) for one in listed.read_text().split()]
    return []
