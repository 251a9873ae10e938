"""The sweep: finds what is due and delivers it by itself, with or without Redis. Two at once are safe."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

import requests
import structlog
from sqlalchemy import func, select

from smsbot import clock
from smsbot.db import Database
from smsbot.domain import Urgency
from smsbot.escalation import Rounds
from smsbot.models import Beat, Dispatch, DispatchState
from smsbot.outbox import Outbox
from smsbot.upsert import write_or_replace

CYCLE_SECONDS = 0.5
_WORK_SECONDS = 2.0  # of one cycle; what is not begun by then is ordered anew
_BATCH = 200
_EMERGENCY_THREADS = 3
_REST_THREADS = 5
_HEARTBEAT_EVERY = 60.0
OLD = timedelta(seconds=60)  # something due for longer: no heartbeat

log = structlog.get_logger()


@dataclass
class Sweep:
    """Runs cycles over one outbox."""

    db: Database
    outbox: Outbox
    rounds: Rounds
    heartbeat_url: str | None = None
    beside: tuple[Callable[[threading.Event], None], ...] = ()  # what runs along, in threads of their own
    _emergencies: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_EMERGENCY_THREADS))
    _rest: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_REST_THREADS))
    _heartbeat_at: float = 0.0

    def run(self, stop: threading.Event) -> None:
        """Cycle until told to stop. A failing cycle is logged and the next one tried."""
        for work in self.beside:
            threading.Thread(target=work, args=(stop,), daemon=True).start()
        while not stop.is_set():
            began = time.monotonic()
            try:
                self.cycle()
            except Exception as error:
                log.error("sweep_failed", error=type(error).__name__)
            stop.wait(max(0.05, CYCLE_SECONDS - (time.monotonic() - began)))

    def cycle(self) -> None:
        """Climb the ladders, deliver what is due, emergencies by threads of their own, and note the time."""
        self.rounds.go()
        urgent = self.outbox.due_ids(_BATCH, Urgency.EMERGENCY)
        known = set(urgent)
        others = [one for one in self.outbox.due_ids(_BATCH) if one not in known]
        deadline = time.monotonic() + _WORK_SECONDS
        work = [
            *self._spread(self._emergencies, urgent, _EMERGENCY_THREADS, deadline),
            *self._spread(self._rest, others, _REST_THREADS, deadline),
        ]
        wait(work, timeout=_WORK_SECONDS)
        with self.db.writing() as session:
            write_or_replace(session, Beat, "part", {"part": "sweep", "at": clock.now()})
        self._heartbeat()

    def _spread(
        self, pool: ThreadPoolExecutor, ids: list[str], threads: int, deadline: float
    ) -> list[Future[None]]:
        queue = deque(ids)
        return [pool.submit(self._drain, queue, deadline) for _ in range(min(threads, len(ids)))]

    def _drain(self, queue: deque[str], deadline: float) -> None:
        while time.monotonic() < deadline:
            try:
                dispatch_id = queue.popleft()
            except IndexError:
                return
            try:
                self.outbox.deliver(dispatch_id)
            except Exception as error:
                log.error("delivery_raised", dispatch_id=dispatch_id, error=type(error).__name__)

    def _heartbeat(self) -> None:
        if self.heartbeat_url is None or time.monotonic() - self._heartbeat_at < _HEARTBEAT_EVERY:
            return
        age = oldest_due_age(self.db)
        if age is not None and age > OLD:
            log.error("overdue", seconds=round(age.total_seconds()))
            return
        self._heartbeat_at = time.monotonic()
        try:
            requests.get(self.heartbeat_url, timeout=3)
        except requests.RequestException as error:
            log.warning("heartbeat_failed", error=type(error).__name__)


def oldest_due_age(db: Database) -> timedelta | None:
    """How long the oldest due dispatch has waited; None when nothing is due."""
    now = clock.now()
    states = (DispatchState.PENDING, DispatchState.UNKNOWN)
    query = select(func.min(Dispatch.due_at)).where(Dispatch.state.in_(states), Dispatch.due_at <= now)
    with db.reading() as session:
        due_at = session.scalar(query)
    return None if due_at is None else now - due_at
