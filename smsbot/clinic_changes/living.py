"""What holds now, in this process: the files, and over them the changes of every screen (1 s old at most).

The profile asks at every reading, on the path of every text. So the database is looked at once a second, by
one small query, in a thread of its own that nobody waits for longer than PATIENCE: a database that hangs
must not take the answer away that needs no database. While it is ill, what was last known holds.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from smsbot.clinic import Amended, ChangeError, Clinic
from smsbot.clinic.amended import AS_WRITTEN
from smsbot.clinic.amending import amend
from smsbot.clinic_changes.changing import Files
from smsbot.clinic_changes.reading import marker, newest, of_wording, values_of
from smsbot.clinic_changes.wording import overlaid
from smsbot.db import Database
from smsbot.replies import Wording

FRESH_SECONDS = 1.0
PATIENCE = 2.0

# A change that no longer fits the file (somebody edited it) must not take those before it along.
_BY_WEIGHT = ("closed_until", "replies", "closed_days", "hours")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _State:
    marker: tuple[int, str | None]
    amended: Amended
    wording: Wording
    since: dict[str, datetime]


class Living:
    """The changes in force. Safe to share between threads; make a new one after a fork."""

    def __init__(self, db: Database, clinic: Clinic, wording: Wording) -> None:
        """`clinic` and `wording` as their files have them."""
        self.files = Files(clinic, wording)
        self._db = db
        self._state = _State((0, None), AS_WRITTEN, wording, {})
        self._fresh_until = 0.0
        self._looking = threading.Lock()

    def amended(self) -> Amended:
        """What holds instead of the profile's own values. Cheap; never raises."""
        return self._current().amended

    def wording(self) -> Wording:
        """The sentences that patients are sent now. Cheap; never raises."""
        return self._current().wording

    def since(self, name: str) -> datetime | None:
        """When this was changed last on a screen (aware UTC)."""
        return self._current().since.get(name)

    def refresh(self) -> None:
        """Look now: after a change was committed in this process. Never raises."""
        with self._looking:
            self._look()

    def _current(self) -> _State:
        if time.monotonic() >= self._fresh_until and self._looking.acquire(blocking=False):
            done = threading.Event()
            thread = threading.Thread(target=self._look_beside, args=(done,), name="clinic", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads: this must not be what fails
                self._looking.release()
                return self._state
            done.wait(PATIENCE)
        return self._state

    def _look_beside(self, done: threading.Event) -> None:
        try:
            self._look()
        finally:
            self._looking.release()
            done.set()

    def _look(self) -> None:
        try:
            mark = marker(self._db)
            if mark != self._state.marker:
                with self._db.reading() as session:
                    rows = newest(session)
                values, since = values_of(rows), {name: row.at for name, row in rows.items()}
                self._state = _State(mark, self._amend(values), self._reword(values), since)
        except Exception as error:  # the database is ill: what was last known holds
            log.warning("clinic_changes_unread", error=type(error).__name__)
        self._fresh_until = time.monotonic() + FRESH_SECONDS

    def _amend(self, values: dict[str, Any]) -> Amended:
        good: dict[str, Any] = {}
        amended = AS_WRITTEN
        for name in _BY_WEIGHT:
            if name not in values:
                continue
            try:
                amended = amend(self.files.clinic, {**good, name: values[name]})
            except ChangeError:
                log.error("clinic_change_unusable", name=name)
                continue
            good[name] = values[name]
        return amended

    def _reword(self, values: dict[str, Any]) -> Wording:
        return overlaid(self.files.wording, of_wording(values))
