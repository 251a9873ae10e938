"""A worker that is frozen for longer than its lease, and a sweep that is dead."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from smsbot.outbox import LEASE
from tests.faults.parts import new_phone, parts_on
from tests.faults.points import find
from tests.faults.scenes import EMERGENCY
from tests.system import System, eventually, new_sid

RED_SECONDS = 60.0


@pytest.mark.long
@pytest.mark.timeout(300)
def test_who_slept_while_the_case_was_taken_sends_nothing(tmp_path: Path) -> None:
    """Frozen between claim and send; meanwhile a person takes the case, and the lease ends."""
    with parts_on(tmp_path / "asleep") as parts:
        parts.redis()
        parts.provider()
        parts.web()
        trap, sid = parts.traps["worker"], new_sid()
        worker = parts.worker(trapped=True)
        trap.arm("stop", find("_send", "if clock.now()").where)
        assert parts.system.post(parts.system.form(EMERGENCY, new_phone(), sid)).ok
        eventually(lambda: trap.has_struck, 60)
        (case,) = parts.cases_of(parts.message_of(sid).contact_id)
        parts.take(case)
        parts.sweep()
        time.sleep(LEASE.total_seconds() + 2)
        os.kill(worker.pid, signal.SIGCONT)
        eventually(lambda: "lease_spent" in parts.system.log(), 60)
        time.sleep(2)
        assert not parts.alerts_about(case)
        assert [one.state for one in parts.dispatches_of(case.contact_id, "alert")] == ["cancelled"]


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_dead_sweep_is_silent_outside_and_red_inside(tmp_path: Path) -> None:
    with heartbeats() as (url, beats), parts_on(tmp_path / "dead", HEARTBEAT_URL=url) as parts:
        parts.provider()
        parts.web()
        sweep = parts.sweep()
        eventually(lambda: beats, 60)
        eventually(lambda: is_well(parts.system), 60)
        assert not is_red(parts.system)
        parts.system.kill(sweep)
        heard = len(beats)
        began = time.monotonic()
        eventually(lambda: is_red(parts.system) and not is_well(parts.system), RED_SECONDS, every=0.5)
        time.sleep(max(0.0, RED_SECONDS + 2 - (time.monotonic() - began)))
        assert len(beats) == heard


def is_well(system: System) -> bool:
    """Whether /readyz says that a sweep goes round."""
    return bool(requests.get(f"{system.url}/readyz", timeout=10).json()["sweep"])


def is_red(system: System) -> bool:
    """Whether a screen says that alerts may be late."""
    return "Alerts may be late" in requests.get(f"{system.url}/sign-in", timeout=10).text


@contextmanager
def heartbeats() -> Iterator[tuple[str, list[float]]]:
    """Somebody outside who listens: the address, and when it was called."""
    beats: list[float] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """A sign of life."""
            beats.append(time.monotonic())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", beats
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
