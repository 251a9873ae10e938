"""Keeps parts running: starts them, starts them again with back-off, and ends all of them together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

import structlog

from smsbot.running import leash

POLITE_SECONDS = 3.0  # from SIGTERM to SIGKILL: everything has ended within 5 s
_LONGEST_BACK_OFF = 30.0
_STEADY_SECONDS = 20.0  # a part that ran this long starts anew without waiting
_LOOK_SECONDS = 0.1

log = structlog.get_logger()


@dataclass
class Part:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0


class Supervisor:
    """Runs parts until told to stop. Parts are ended in the reverse of their order."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = list(parts)
        self._is_stopping = False

    def start(self, part: Part) -> None:
        """Start one part now."""
        part.process = leash.start(part.command, env={**os.environ, **part.environ}, stdin=subprocess.DEVNULL)
        part.started_at = time.monotonic()
        log.info("part_started", part=part.name, pid=part.process.pid)

    def run(self) -> None:
        """Start what is not running yet and keep everything running until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            while not self._is_stopping:
                for part in self.parts:
                    self._keep(part)
                time.sleep(_LOOK_SECONDS)
        finally:
            self.stop()

    def stop(self) -> None:
        """End everything: politely, then not."""
        running = [part for part in reversed(self.parts) if part.process and part.process.poll() is None]
        for part in running:
            _signal(part, signal.SIGTERM, whole_group=False)
        deadline = time.monotonic() + POLITE_SECONDS
        while time.monotonic() < deadline and any(_is_running(part) for part in running):
            time.sleep(0.02)
        for part in running:
            if _is_running(part):
                log.warning("part_killed", part=part.name)
            _signal(part, signal.SIGKILL, whole_group=True)
            if part.process:
                part.process.wait()
        log.info("all_ended")

    def _keep(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is None:
            if now >= part.start_at:
                self.start(part)
            return
        code = part.process.poll()
        if code is None:
            return
        part.failures = 0 if now - part.started_at > _STEADY_SECONDS else part.failures + 1
        wait = 0.0 if part.failures == 0 else min(0.25 * 2**part.failures, _LONGEST_BACK_OFF)
        log.warning("part_died", part=part.name, code=code, starts_again_in_seconds=wait)
        part.process, part.start_at = None, now + wait

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True


def _is_running(part: Part) -> bool:
    return part.process is not None and part.process.poll() is None


def _signal(part: Part, number: signal.Signals, *, whole_group: bool) -> None:
    if part.process is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if whole_group:
            os.killpg(part.process.pid, number)
        elif part.process.poll() is None:
            part.process.send_signal(number)
