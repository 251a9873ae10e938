"""Texts that no webhook brought in: out of the spool, and out of the provider's list. Each is taken in once.

The intake knows a text by the provider's message id, so whatever races here, or comes by its webhook after
all, changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from smsbot import clock
from smsbot.db import Database
from smsbot.domain import Inbound
from smsbot.intake import Intake
from smsbot.intake.writing import Late
from smsbot.models import Beat, Message
from smsbot.spool import Kept, Spool
from smsbot.twilio.client import Provider, ProviderError, Received
from smsbot.twilio.form import read_inbound
from smsbot.upsert import write_or_replace

POLL_SECONDS = 120.0
RETRY_SECONDS = 15.0  # after a poll that failed
DRAIN_SECONDS = 3.0
LATE_MARK = "late"
SETTLED = timedelta(seconds=60)  # a younger text may still come by its webhook
OVERLAP = timedelta(minutes=5)  # what the provider's list may be behind, and more than SETTLED
FURTHEST = timedelta(days=7)  # how far back a poll looks; `smsbot reconcile --since` looks further
_SLICE = timedelta(days=1)
_IDS_AT_ONCE = 500
_BEAT = "poll"

log = structlog.get_logger()


@dataclass(slots=True)
class Counts:
    """What one look at the provider's list came to."""

    listed: int = 0  # texts to us in that time
    known: int = 0
    taken_in: int = 0
    failed: int = 0  # still missing: the next look tries them again
    spooled: int = 0  # taken in out of the spool before the look

    def as_json(self) -> dict[str, int]:
        """The contract of `smsbot reconcile --json`."""
        return asdict(self)


@dataclass(frozen=True)
class Poll:
    """Takes in what was missed. Made by the wiring; `intake` is a function, for triage is loaded at need."""

    db: Database
    intake: Callable[[], Intake]
    provider: Provider
    spool: Spool
    our_numbers: frozenset[str]
    messaging_service_sid: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Drain the spool every few seconds and look at the list every two minutes, until told to stop."""
        look_at = time.monotonic()
        while not stop.is_set():
            self._tried("drain", self.drain)  # first: what lies there has been answered already
            if time.monotonic() >= look_at:
                has_looked = self._tried("look", self.look)
                look_at = time.monotonic() + (POLL_SECONDS if has_looked else RETRY_SECONDS)
            stop.wait(DRAIN_SECONDS)

    def drain(self) -> int:
        """Take in what lies in the spool; how many."""
        count = self.spool.drain(self._take_in_kept)
        if count:
            log.info("spool_drained", count=count)
        return count

    def look(self) -> Counts:
        """One poll: from where the last one left off until now. The first of a home only sets the mark.

        Raises ProviderError, SQLAlchemyError or OSError; the mark stays then.
        """
        now, mark = clock.now(), self.mark()
        counts, missing_since = Counts(), None
        if mark is None:
            self._set_mark(now)
            return counts
        for since, until in _slices(max(mark, now - FURTHEST), now - SETTLED):
            failed_at = self._take_in_listed(since, until, counts)
            missing_since = missing_since or failed_at
            self._set_mark(missing_since or max(mark, until - OVERLAP))
        return counts

    def reconcile(self, since: datetime) -> Counts:
        """Take in whatever is missing since then, without touching the poll's mark. Raises as `look` does."""
        counts = Counts(spooled=self.drain())
        for start, end in _slices(since, clock.now() - SETTLED):
            self._take_in_listed(start, end, counts)
        return counts

    def mark(self) -> datetime | None:
        """From when on the next poll looks; None before the first."""
        with self.db.reading() as session:
            return session.scalar(select(Beat.at).where(Beat.part == _BEAT))

    def _take_in_listed(self, since: datetime, until: datetime, counts: Counts) -> datetime | None:
        """Take in what is missing, oldest first. Gives the time of the first text that could not be."""
        listed = self._listed(since, until)
        known = self._known(one.sid for one in listed)
        missing = [one for one in listed if one.sid not in known]
        counts.listed += len(listed)
        counts.known += len(listed) - len(missing)
        failed_at = None
        for one in missing:
            if self._take_in(one):
                counts.taken_in += 1
            else:
                counts.failed += 1
                failed_at = failed_at or one.sent_at
        if missing:
            log.warning("texts_were_missed", count=len(missing), failed=counts.failed)
        return failed_at

    def _listed(self, since: datetime, until: datetime) -> list[Received]:
        """Texts to us: others of the account belong to somebody else, and must not be answered."""
        if self.messaging_service_sid is None:
            found = [
                one for to in sorted(self.our_numbers) for one in self.provider.list_inbound(since, until, to)
            ]
            return sorted(found, key=lambda one: one.sent_at)
        return [one for one in self.provider.list_inbound(since, until) if self._is_ours(one)]

    def _is_ours(self, one: Received) -> bool:
        return (
            one.messaging_service_sid == self.messaging_service_sid
            or one.form.get("To", "") in self.our_numbers
        )

    def _known(self, sids: Iterable[str]) -> set[str]:
        wanted, known = list(sids), set[str]()
        with self.db.reading() as session:
            for start in range(0, len(wanted), _IDS_AT_ONCE):
                some = wanted[start : start + _IDS_AT_ONCE]
                found = session.scalars(select(Message.provider_sid).where(Message.provider_sid.in_(some)))
                known.update(sid for sid in found if sid)
        return known

    def _take_in(self, one: Received) -> bool:
        """Whether it was taken in. A text that cannot be must not keep the others out."""
        fields = tuple((name.encode(), value.encode("utf-8", "replace")) for name, value in one.form.items())
        try:
            inbound = _as_late(read_inbound(fields, one.sent_at, self.our_numbers))
            self.intake().receive(inbound, Late())
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:
            log.error("missed_text_failed", provider_sid=one.sid, error=type(error).__name__)
            return False
        return True

    def _take_in_kept(self, kept: Kept) -> None:
        inbound = read_inbound(kept.fields, kept.received_at, self.our_numbers)
        self.intake().receive(_as_late(inbound), Late(told=kept.told))

    def _set_mark(self, at: datetime) -> None:
        with self.db.writing() as session:
            write_or_replace(session, Beat, "part", {"part": _BEAT, "at": at})

    def _tried(self, part: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except ProviderError as error:
            log.warning("poll_failed", part=part, error=type(error).__name__, code=error.code)
        except Exception as error:
            log.error("poll_failed", part=part, error=type(error).__name__)
        else:
            return True
        return False


def _as_late(inbound: Inbound) -> Inbound:
    return replace(inbound, marks=inbound.marks | {LATE_MARK})


def _slices(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Spans of a day at most, oldest first: lists stay short, and a long absence is made up step by step."""
    while since < until:
        end = min(since + _SLICE, until)
        yield since, end
        since = end
