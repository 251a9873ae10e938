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
from smsbot.models import Alert, AlertState, Beat, Dispatch, DispatchState
from smsbot.outbox import Outbox
from smsbot.upsert import write_or_replace

CYCLE_SECONDS = 0.5
_WORK_SECONDS = 2.0  # of one cycle; what is not begun by then is ordered anew
_YIELDS_FOR = 0.5  # since an emergency was begun: where those hang, the rest goes on
_PATIENCE = 0.3  # with what is no emergency; it goes on while the next cycle begins
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
    _resting: list[Future[None]] = field(default_factory=list)  # deliveries under way that are no emergency
    _handed: list[Future[None]] = field(default_factory=list)  # emergencies of steps, under way
    _urgent: deque[str] = field(default_factory=deque)  # emergencies of this cycle that nobody has begun yet
    _begun_at: float = 0.0  # when an emergency was begun last
    _heartbeat_at: float = 0.0

    def __post_init__(self) -> None:
        """What a step of the ladder owes leaves at once: nobody else was told of it."""
        self.rounds.hand_over = self._deliver_at_once

    def run(self, stop: threading.Event) -> None:
        """Cycle until told to stop. A failing cycle is logged and the next one tried."""
        for work in self.beside:
            threading.Thread(target=work, args=(stop,), daemon=True).start()
        while not stop.is_set():
            began = time.monotonic()
            try:
                self.cycle(_PATIENCE)
            except Exception as error:
                log.error("sweep_failed", error=type(error).__name__)
            stop.wait(max(0.05, CYCLE_SECONDS - (time.monotonic() - began)))

    def cycle(self, patience: float = _WORK_SECONDS) -> None:
        """Climb the ladders, deliver what is due, emergencies by threads of their own, and note the time.

        `patience`: seconds to wait for what is no emergency. What is under way then is not ordered anew.
        """
        self.rounds.go()
        urgent = self.outbox.due_ids(_BATCH, Urgency.EMERGENCY)
        deadline = time.monotonic() + _WORK_SECONDS
        self._urgent, self._begun_at = deque(urgent), time.monotonic()
        work = self._spread(self._emergencies, self._urgent, _EMERGENCY_THREADS, deadline)
        self._resting = [one for one in self._resting if not one.done()]
        free = _REST_THREADS - len(self._resting)  # one that hangs holds up no other
        if free > 0:
            others = deque(self.outbox.due_ids(_BATCH, most=Urgency.URGENT))
            self._resting += self._spread(self._rest, others, free, deadline, yields=True)
        wait([*work, *self._handed], timeout=_WORK_SECONDS)
        self._handed = [one for one in self._handed if not one.done()]
        wait(self._resting, timeout=patience)
        with self.db.writing() as session:
            write_or_replace(session, Beat, "part", {"part": "sweep", "at": clock.now()})
        self._heartbeat()

    def _deliver_at_once(self, owed: list[Dispatch]) -> None:
        """What a step owes, by the threads of its urgency; the row waits if the process ends before."""
        deadline = time.monotonic() + _WORK_SECONDS
        for one in owed:
            is_emergency = one.urgency_rank == Urgency.EMERGENCY.rank
            pool, handed = (self._emergencies, self._handed) if is_emergency else (self._rest, self._resting)
            handed.append(pool.submit(self._drain, deque([one.id]), deadline))

    def _spread(
        self,
        pool: ThreadPoolExecutor,
        queue: deque[str],
        threads: int,
        deadline: float,
        *,
        yields: bool = False,
    ) -> list[Future[None]]:
        return [
            pool.submit(self._drain, queue, deadline, yields=yields) for _ in range(min(threads, len(queue)))
        ]

    def _drain(self, queue: deque[str], deadline: float, *, yields: bool = False) -> None:
        """`yields`: begin nothing while an emergency waits: they share the database and the processor."""
        while time.monotonic() < deadline:
            if yields and self._urgent and time.monotonic() - self._begun_at < _YIELDS_FOR:
                time.sleep(0.02)
                continue
            try:
                dispatch_id = queue.popleft()
            except IndexError:
                return
            if not yields:
                self._begun_at = time.monotonic()
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
    """How long the oldest due dispatch, or step of a ladder, has waited; None when nothing is due."""
    now = clock.now()
    states = (DispatchState.PENDING, DispatchState.UNKNOWN)
    query = select(func.min(Dispatch.due_at)).where(Dispatch.state.in_(states), Dispatch.due_at <= now)
    stands = Alert.state.in_((AlertState.CLIMBING, AlertState.TAKEN))
    steps = select(func.min(Alert.next_at)).where(Alert.next_at <= now, stands)
    with db.reading() as session:
        moments = [at for at in (session.scalar(query), session.scalar(steps)) if at is not None]
    return now - min(moments) if moments else None
