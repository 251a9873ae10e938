"""The outbox: what must leave is a row, written with its cause; the row decides, never the queue.

Claim, send, mark. A claim is one conditional UPDATE with a lease and a fresh token; no transaction is held
while the provider talks; every later write carries the token, so that an overtaken claim changes nothing.
What an earlier claim may have sent is *doubtful*: the provider's list is asked before it is sent again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from smsbot import clock, consent
from smsbot.db import Database
from smsbot.domain import Urgency
from smsbot.models import Alert, AlertState, Case, Dispatch, DispatchState, Event, Message, Staff, new_id
from smsbot.models.base import UtcDateTime
from smsbot.routes import Letter, Posted, Route, RouteError

LEASE = timedelta(seconds=30)
SEND_TAKES_AT_MOST = timedelta(seconds=12)  # the provider's time-outs, connect and read, and a little
RECEIPT_WAIT = timedelta(seconds=60)  # how long a reply in TwiML may stay without a receipt
SWEEP_GRACE = timedelta(seconds=1)  # the kick comes first; the sweep takes what it forgot
STUCK = timedelta(seconds=15)  # an alert that has not left for so long goes another way as well
MAX_LOOK_UPS = 3
CALL_IN_DOUBT = timedelta(seconds=60)  # how long a call that may be ringing holds up the next to that person
_TO_PATIENTS = "rest"
_CALL = "call"
BRIDGE_TOO_OLD = timedelta(minutes=2)
TOO_OLD = "too_old"
REPLY_TOO_OLD = timedelta(hours=4)  # an acknowledgement names times: later it would mislead

_Other = aliased(Dispatch)  # made once: to make one costs more than to ask

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one dispatch until the lease ends."""

    token: str
    letter: Letter
    route: str
    urgency_rank: int
    attempts: int
    look_ups: int
    is_doubtful: bool
    lease_until: datetime
    case_id: str | None
    is_alert: bool


class Outbox:
    """Claims, delivers and marks dispatches of one database through the routes given."""

    def __init__(
        self,
        db: Database,
        routes: Mapping[str, Route],
        on_failed: Callable[[Session, Dispatch], object] | None = None,
    ) -> None:
        """`on_failed` is told of every dispatch that failed for good, in the transaction that says so.

        And of every attempt in vain at an alert that is stuck: it may owe the same by another route.
        """
        self._db = db
        self._routes = routes
        self._on_failed = on_failed

    def due_ids(
        self, limit: int, least: Urgency = Urgency.NONE, most: Urgency = Urgency.EMERGENCY
    ) -> list[str]:
        """What is due now, the most urgent first, then what was not tried yet, then the longest due.

        `least` and `most`: of these urgencies. Another route is not to wait behind retries of one that hangs.
        """
        now = clock.now()
        # A fresh row belongs to the kick for a moment; whatever was tried before is the sweep's.
        is_ripe = or_(Dispatch.due_at <= now - SWEEP_GRACE, Dispatch.state != DispatchState.PENDING)
        query = (
            select(Dispatch.id)
            .where(
                _is_claimable(now),
                is_ripe,
                _has_free_line(now),
                Dispatch.urgency_rank.between(least.rank, most.rank),
            )
            .order_by(
                Dispatch.urgency_rank.desc(), case((Dispatch.attempts > 0, 1), else_=0), Dispatch.due_at
            )
            .limit(limit)
        )
        with self._db.reading() as session:
            return list(session.scalars(query))

    def deliver(self, dispatch_id: str) -> None:
        """Send one dispatch if it is due and nobody else is sending it. Safe at any time, twice at once."""
        try:
            claim = self._claim(dispatch_id)
        except Exception as error:
            self._set_aside(dispatch_id, error)
            raise
        if claim is None:
            return
        try:
            posted = self._look(claim) or self._send(claim)
        except RouteError as error:
            self._mark_error(claim, error)
        except Exception as error:
            self._set_aside(dispatch_id, error)
            raise
        else:
            if posted is not None:
                self._mark_sent(claim, posted)

    def _claim(self, dispatch_id: str) -> Claim | None:
        now, token = clock.now(), new_id()
        with self._db.writing() as session:
            _lock_line(session, dispatch_id)
            changed = session.execute(
                update(Dispatch)
                .where(
                    Dispatch.id == dispatch_id,
                    _is_claimable(now),
                    _has_free_line(now),
                    _is_still_wanted(now),
                )
                .values(
                    state=DispatchState.SENDING,
                    token=token,
                    lease_until=now + LEASE,
                    attempts=Dispatch.attempts + 1,
                    is_doubtful=or_(Dispatch.is_doubtful, Dispatch.state != DispatchState.PENDING),
                    first_tried_at=func.coalesce(Dispatch.first_tried_at, literal(now, UtcDateTime())),
                    # a reply whose TwiML did not arrive goes out by REST from now on
                    route=case((Dispatch.route == "twiml", "rest"), else_=Dispatch.route),
                )
            )
            if _row_count(changed) != 1:
                self._cancel_unwanted(session, dispatch_id, now)
                return None
            row = session.get_one(Dispatch, dispatch_id, populate_existing=True)
            return _as_claim(row, token)

    def _cancel_unwanted(self, session: Session, dispatch_id: str, now: datetime) -> None:
        cancelled = session.execute(
            update(Dispatch)
            .where(Dispatch.id == dispatch_id, _is_claimable(now), ~_is_still_wanted(now))
            .values(state=DispatchState.CANCELLED, token=None, lease_until=None)
        )
        if _row_count(cancelled):
            log.info("dispatch_cancelled", dispatch_id=dispatch_id)

    def _look(self, claim: Claim) -> Posted | None:
        """For a doubtful dispatch: has it left already? After a few failed looks, send anyway."""
        if not claim.is_doubtful:
            return None
        try:
            return self._routes[claim.route].find(claim.letter, self._known_ids(claim))
        except RouteError:
            if claim.look_ups + 1 < MAX_LOOK_UPS:
                raise
            log.warning("looked_in_vain", dispatch_id=claim.letter.dispatch_id)
            return None

    def _known_ids(self, claim: Claim) -> set[str]:
        since = claim.letter.first_tried_at - timedelta(days=1)
        query = select(Dispatch.provider_id).where(
            Dispatch.provider_id.is_not(None), Dispatch.created_at >= since
        )
        with self._db.reading() as session:
            return {provider_id for provider_id in session.scalars(query) if provider_id}

    def _send(self, claim: Claim) -> Posted | None:
        if clock.now() > claim.lease_until - SEND_TAKES_AT_MOST:
            # This process slept (frozen, swapped out): somebody else may be sending by now.
            log.warning("lease_spent", dispatch_id=claim.letter.dispatch_id)
            return None
        if claim.route == _TO_PATIENTS:
            self._refuse_unwanted(claim)
        return self._routes[claim.route].send(claim.letter)

    def _refuse_unwanted(self, claim: Claim) -> None:
        """Before the provider does it: nothing to who has opted out meanwhile, or whose phone others read.

        Nor words of a person that are hours old: they fail, so that a person reads them again.
        """
        with self._db.reading() as session:
            reason = consent.why_not(session, claim.letter.dispatch_id)
            row = session.get_one(Dispatch, claim.letter.dispatch_id)
            if reason is None and row.created_at <= clock.now() - REPLY_TOO_OLD:
                reason = TOO_OLD
        if reason is not None:
            raise RouteError(reason, is_retryable=False)

    def _mark_sent(self, claim: Claim, posted: Posted) -> None:
        values = {
            "state": DispatchState.SENT,
            "provider_id": posted.provider_id,
            "provider_status": posted.status,
            "sent_at": clock.now(),
            "error": None,
        }
        try:
            marked = self._mark(claim, values)
        except IntegrityError:
            # A twin found the same text at the provider: this one looks again.
            self._mark(claim, {"state": DispatchState.UNKNOWN, "is_doubtful": True})
            return
        log.info("dispatch_sent", dispatch_id=claim.letter.dispatch_id, in_time=marked)

    def _mark_error(self, claim: Claim, error: RouteError) -> None:
        now = clock.now()
        values: dict[str, Any] = {"error": error.code, "due_at": _next_try(claim, now)}
        if not error.is_retryable:
            values["state"] = DispatchState.FAILED
        elif error.is_doubtful:
            # After a failed look the next claim counts it; after a failed send the count begins anew.
            values |= {"state": DispatchState.UNKNOWN, "is_doubtful": True}
            values["look_ups"] = claim.look_ups + 1 if claim.is_doubtful else 0
        else:
            values |= {"state": DispatchState.PENDING, "is_doubtful": False, "look_ups": 0}
        self._mark(claim, values, is_stuck=now - claim.letter.first_tried_at >= STUCK)
        log.warning(
            "dispatch_failed" if not error.is_retryable else "dispatch_put_off",
            dispatch_id=claim.letter.dispatch_id,
            code=error.code,
            attempts=claim.attempts,
        )

    def _mark(self, claim: Claim, values: dict[str, Any], *, is_stuck: bool = False) -> bool:
        """Write the fate down, if the claim still holds."""
        is_told = values.get("state") == DispatchState.FAILED or (is_stuck and claim.is_alert)
        with self._db.writing() as session:
            if is_told:
                _lock_case(session, claim.case_id)
            changed = session.execute(
                update(Dispatch)
                .where(
                    Dispatch.id == claim.letter.dispatch_id,
                    Dispatch.token == claim.token,
                    Dispatch.state == DispatchState.SENDING,
                )
                .values(token=None, lease_until=None, **values)
            )
            is_ours = _row_count(changed) == 1
            if is_told and is_ours:
                self._tell_of_failure(session, claim.letter.dispatch_id)
            return is_ours

    def _tell_of_failure(self, session: Session, dispatch_id: str) -> None:
        if self._on_failed is not None:
            self._on_failed(session, session.get_one(Dispatch, dispatch_id, populate_existing=True))

    def _set_aside(self, dispatch_id: str, error: Exception) -> None:
        """A row that raises would raise for ever: put it aside and put its case before a person."""
        log.error("dispatch_set_aside", dispatch_id=dispatch_id, error=type(error).__name__)
        if isinstance(error, SQLAlchemyError | OSError):
            return  # the database is ill, not the row: it stays due
        with self._db.writing() as session:
            case_id = session.scalar(select(Dispatch.case_id).where(Dispatch.id == dispatch_id))
            _lock_case(session, case_id)
            row = session.get(Dispatch, dispatch_id)
            if row is None or row.state in (DispatchState.SENT, DispatchState.DELIVERED):
                return
            row.state, row.error, row.token = DispatchState.FAILED, type(error).__name__, None
            session.add(
                Event(
                    id=new_id(),
                    at=clock.now(),
                    kind="dispatch_set_aside",
                    case_id=row.case_id,
                    details={"dispatch_id": row.id, "error": type(error).__name__},
                )
            )
            session.flush()
            self._tell_of_failure(session, dispatch_id)


def _lock_case(session: Session, case_id: str | None) -> None:
    """Whoever changes a case and its dispatches locks the case first."""
    if case_id is not None:
        session.get(Case, case_id, with_for_update=True)


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(
            Dispatch.state.in_((DispatchState.PENDING, DispatchState.UNKNOWN)),
            Dispatch.due_at <= now,
        ),
        and_(Dispatch.state == DispatchState.SENDING, Dispatch.lease_until <= now),
    )


def _has_free_line(now: datetime) -> ColumnElement[bool]:
    """No other call to the same person may be ringing unknown to us, that was tried before this one.

    A phone that rings is busy for a second call; and the provider's list does not say what a call was about,
    so that of two calls in doubt one would be taken for the other: rung twice, and the other never.
    """
    ringing = exists().where(
        _Other.staff_id == Dispatch.staff_id,
        _Other.id != Dispatch.id,
        _Other.route == _CALL,
        _Other.state.in_((DispatchState.SENDING, DispatchState.UNKNOWN)),
        _Other.first_tried_at > now - CALL_IN_DOUBT,
        or_(Dispatch.first_tried_at.is_(None), _Other.first_tried_at < Dispatch.first_tried_at),
    )
    return or_(Dispatch.route != _CALL, ~ringing)


def _lock_line(session: Session, dispatch_id: str) -> None:
    """For a call: two claims for one person come one after the other, on PostgreSQL too."""
    called = select(Dispatch.staff_id).where(Dispatch.id == dispatch_id, Dispatch.route == _CALL)
    query = select(Staff.id).where(Staff.id == called.scalar_subquery())
    session.execute(query.with_for_update(key_share=True))


def _is_still_wanted(now: datetime) -> ColumnElement[bool]:
    """An alert is wanted until somebody takes the case; an automatic reply until it is too old to be true."""
    is_climbing = exists().where(Alert.id == Dispatch.alert_id, Alert.state == AlertState.CLIMBING)
    is_fresh = Dispatch.created_at > now - REPLY_TOO_OLD
    # what a person wrote is never dropped without a word: claimed, it fails, and they hear of it
    is_of_person = exists().where(Message.id == Dispatch.message_id, Message.author != "bot")
    return or_(
        and_(Dispatch.purpose == "alert", is_climbing),
        # of replies only the word that nobody has the case belongs to an alert
        and_(
            Dispatch.purpose == "reply",
            or_(is_fresh, is_of_person),
            or_(Dispatch.alert_id.is_(None), is_climbing),
        ),
        # who asked for a call with a patient waits by the phone: later it would only startle
        and_(Dispatch.purpose == "bridge", Dispatch.created_at > now - BRIDGE_TOO_OLD),
        Dispatch.purpose.not_in(("alert", "reply", "bridge")),
    )


def _as_claim(row: Dispatch, token: str) -> Claim:
    if row.lease_until is None or row.first_tried_at is None:
        raise ValueError("a claimed dispatch without a lease")
    letter = Letter(row.id, row.recipient, row.body, row.first_tried_at)
    return Claim(
        token=token,
        letter=letter,
        route=row.route,
        urgency_rank=row.urgency_rank,
        attempts=row.attempts,
        look_ups=row.look_ups,
        is_doubtful=row.is_doubtful,
        lease_until=row.lease_until,
        case_id=row.case_id,
        is_alert=row.purpose == "alert",
    )


def _next_try(claim: Claim, now: datetime) -> datetime:
    """After 1, 2, 4 … seconds with jitter; an emergency waits 15 s at most, anything else 2 minutes.

    An alert is tried again at the moment it counts as stuck: the other route must not wait for the jitter.
    """
    ceiling = 15.0 if claim.urgency_rank == Urgency.EMERGENCY.rank else 120.0
    seconds = min(2.0 ** min(claim.attempts - 1, 10), ceiling)
    due_at = now + timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311  (jitter, no secret)
    stuck_at = claim.letter.first_tried_at + STUCK
    return min(due_at, stuck_at) if claim.is_alert and now < stuck_at else due_at


def _row_count(result: Any) -> int:
    return int(result.rowcount)
