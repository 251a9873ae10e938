"""What the provider owes, and when: the receipts of a message, and the pump that does what is due."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from smsbot.simulator.provider_faults import Rule
from smsbot.simulator.provider_state import Owed, Store

_log = logging.getLogger(__name__)
# When each status is reached, as a share of the whole way. A status never moves back along this order.
MILESTONES = (("accepted", 0.1), ("queued", 0.3), ("sent", 0.6), ("delivered", 1.0))
RANK = {"accepted": 0, "queued": 1, "sent": 2, "delivered": 3, "undelivered": 3, "failed": 3}
WORKERS = 64


def plan_receipts(sid: str, delay: float, fault: Rule | None, fate: Rule | None) -> list[Owed]:
    """A message's way over `delay` seconds. Each step moves its status; one that `tells` posts a receipt."""
    way: list[tuple[float, dict[str, Any]]] = [
        (share * delay, {"status": status}) for status, share in MILESTONES
    ]
    if fate:
        way[-1] = (delay, {"status": "undelivered", "error_code": fate.code})
    kind = fault.do if fault else ""
    told = [(after, step | {"tells": True}) for after, step in way]
    moved = [(after, step | {"tells": False}) for after, step in way]
    if kind == "receipts_never":
        told = moved
    elif kind == "receipts_late" and fault:
        told = moved + [(after + fault.seconds, step) for after, step in told]
    elif kind == "receipts_doubled":
        told = [receipt for receipt in told for _ in range(2)]
    elif kind == "receipts_reversed":
        told = [(after, step) for (after, _), (_, step) in zip(way, reversed(told), strict=True)]
    return [Owed(after, "receipt", sid, step) for after, step in told]


class Pump:
    """Does what is owed when it is due: many at once, what shares a lane in order. A kill loses nothing."""

    def __init__(self, store: Store, perform: Callable[[str, str, dict[str, Any]], None]) -> None:
        """`perform(kind, sid, payload)` does one piece of work."""
        self._store = store
        self._perform = perform
        self._busy: set[str] = set()
        self._busy_lock = threading.Lock()
        self._stopped = False
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="provider")
        self._thread = threading.Thread(target=self._run, name="provider-pump", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left undone."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more. What is not done stays in the file."""
        self._stopped = True
        self._store.owes.set()
        self._thread.join(timeout=1)
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopped:
            self._store.owes.clear()
            try:
                pause = self._hand_out()
            except (sqlite3.Error, RuntimeError) as error:  # a full disk passes; the pump must outlive it
                _log.error("the pump could not read what is owed: %s", type(error).__name__)
                pause = 0.5
            self._store.owes.wait(pause)

    def _hand_out(self) -> float:
        """Give what is due to the pool; how long to wait for the rest, in seconds."""
        with self._busy_lock:
            free, busy = WORKERS - len(self._busy), set(self._busy)
        # SQLite takes the other columns from the row that has the smallest seq: the head of each lane.
        heads = self._store.rows(
            "SELECT MIN(seq), * FROM (SELECT * FROM owed ORDER BY due_at, seq LIMIT 2000)"
            " WHERE due_at <= ? GROUP BY lane ORDER BY due_at LIMIT ?",
            time.time(),
            len(busy) + free,
        )
        for row in [row for row in heads if row["lane"] not in busy][:free]:
            with self._busy_lock:
                self._busy.add(row["lane"])
            self.pool.submit(self._do, row)
        upcoming = self._store.row("SELECT MIN(due_at) AS due_at FROM owed WHERE due_at > ?", time.time())
        due_at = upcoming["due_at"] if upcoming else None
        return max(0.0, min(1.0, due_at - time.time())) if due_at else 1.0

    def _do(self, row: sqlite3.Row) -> None:
        try:
            self._perform(row["kind"], row["sid"], json.loads(row["payload"]))
        except Exception as error:  # its words may hold a text or a number: the kind is enough
            _log.error("%s failed: %s", row["kind"], type(error).__name__)
        finally:
            self._finish(row)

    def _finish(self, row: sqlite3.Row) -> None:
        try:
            self._store.change("DELETE FROM owed WHERE seq = ?", row["seq"])
        finally:  # a lane must not stay shut because the disk was full
            with self._busy_lock:
                self._busy.discard(row["lane"])
            self._store.owes.set()
