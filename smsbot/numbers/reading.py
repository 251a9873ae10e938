"""The queries: each bounded by the period through an index, and grouped by the database where it can."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Text, cast, func, select
from sqlalchemy.orm import Session

from smsbot.clinic import Clinic
from smsbot.domain import Urgency
from smsbot.models import (
    Case,
    CaseState,
    Correction,
    Dispatch,
    DispatchState,
    Event,
    Message,
    Staff,
    TriageRecord,
)
from smsbot.numbers.facts import Changed, Facts, Lost, Need, Work
from smsbot.numbers.period import Period
from smsbot.numbers.slots import seconds, slot
from smsbot.numbers.touches import events_between, touches

_BECAME = ("case_opened", "case_reopened", "urgency_raised")
_DID = {"case_taken": "taken", "replied": "replied", "case_resolved": "resolved"}
_AFTERWARDS = timedelta(days=31)  # so long after a period it still counts that somebody looked


def read_facts(session: Session, clinic: Clinic, period: Period, now: datetime) -> Facts:
    """Everything that the page counts. Test alerts are left out."""
    first, last = period.starts_at, period.ends_at
    slots, intents = _came_in(session, first, last)
    needs = _needs(session, clinic, first, last)
    looks, takes, resolved = touches(session, needs, first, last + _AFTERWARDS)
    return Facts(
        slots=slots,
        intents=intents,
        needs=needs,
        looks=looks,
        takes=takes,
        resolved=resolved,
        overdue=_overdue(session, now),
        tried=_tried(session, first, last),
        lost=_lost(session, first, last),
        changed=_changed(session, first, last),
        opened=_opened(session, first, last),
        open_now=_open_now(session),
        work=_work(session, first, last),
    )


def _came_in(
    session: Session, first: datetime, last: datetime
) -> tuple[Counter[tuple[int, str]], Counter[str]]:
    """Texts by quarter of an hour and urgency, and by intent; a text with two intents counts for both.

    In one go, and counted here: to group so many rows costs the database more than to hand them over.
    """
    together = cast(TriageRecord.intents, Text)
    query = (
        select(slot(Message.created_at), TriageRecord.urgency, together)
        .outerjoin(TriageRecord, TriageRecord.message_id == Message.id)
        .where(*_texts(first, last))
    )
    slots: Counter[tuple[int, str]] = Counter()
    combined: Counter[str] = Counter()
    for at, urgency, names in session.connection().execute(query).all():
        slots[at, urgency or Urgency.NONE] += 1
        combined[names or "[]"] += 1
    intents: Counter[str] = Counter()
    for names, count in combined.items():
        intents.update(dict.fromkeys(json.loads(names), count))
    return slots, intents


def _texts(first: datetime, last: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of patients; the words of a test alert are the system's own."""
    is_in = (Message.direction == "in", Message.author == "patient")
    return (Message.created_at >= first, Message.created_at < last, *is_in)


def _needs(session: Session, clinic: Clinic, first: datetime, last: datetime) -> list[Need]:
    query = (
        select(
            Event.case_id,
            Event.kind,
            seconds(Event.at),
            Event.details["urgency"].as_string(),
            Case.urgency,
            seconds(Case.look_by),
        )
        .join(Case, Case.id == Event.case_id)
        .where(*events_between(_BECAME, first, last))
    )
    minutes = {Urgency.EMERGENCY: clinic.emergency_minutes, Urgency.URGENT: clinic.urgent_minutes}
    found = []
    for case_id, kind, at, said, case_urgency, look_by in session.connection().execute(query).all():
        urgency = said or case_urgency
        if urgency in minutes:
            due_at = at + minutes[urgency] * 60
        else:
            # what its case was promised, if it never became more than that
            due_at = look_by if urgency == case_urgency and kind == "case_opened" else None
        found.append(Need(case_id, urgency, at, due_at))
    return found


def _overdue(session: Session, now: datetime) -> dict[str, int]:
    query = (
        select(Case.urgency, func.count())
        .where(Case.state == CaseState.OPEN, Case.look_by < now)
        .group_by(Case.urgency)
    )
    return _counted(session, query)


def _tried(session: Session, first: datetime, last: datetime) -> dict[str, int]:
    """What was to leave; what was no longer wanted before it left does not count."""
    query = (
        select(Dispatch.purpose, func.count())
        .where(
            Dispatch.created_at >= first,
            Dispatch.created_at < last,
            Dispatch.state != DispatchState.CANCELLED,
        )
        .group_by(Dispatch.purpose)
    )
    return _counted(session, query)


def _lost(session: Session, first: datetime, last: datetime) -> list[Lost]:
    query = (
        select(Dispatch.purpose, Dispatch.route, Dispatch.error, func.count())
        .where(
            Dispatch.state == DispatchState.FAILED,
            Dispatch.created_at >= first,
            Dispatch.created_at < last,
        )
        .group_by(Dispatch.purpose, Dispatch.route, Dispatch.error)
    )
    return [Lost(*row) for row in session.execute(query)]


def _changed(session: Session, first: datetime, last: datetime) -> list[Changed]:
    """The newest correction of each text counts."""
    query = select(Correction).where(Correction.at >= first, Correction.at < last).order_by(Correction.at)
    newest = {one.message_id: one for one in session.scalars(query)}
    return [
        Changed(
            was_urgency=one.was.get("urgency", ""),
            urgency=one.urgency,
            was=frozenset((*one.was.get("intents", ()), *one.was.get("flags", ()))),
            now=frozenset((*one.intents, *one.flags)),
        )
        for one in newest.values()
    ]


def _opened(session: Session, first: datetime, last: datetime) -> dict[str, int]:
    drills = select(Event.case_id).where(*events_between(("drill_began",), first, last))
    query = (
        select(Case.team, func.count())
        .where(Case.opened_at >= first, Case.opened_at < last, Case.id.not_in(drills))
        .group_by(Case.team)
    )
    return _counted(session, query)


def _open_now(session: Session) -> dict[str, int]:
    is_open = Case.state.in_([state for state in CaseState if state is not CaseState.RESOLVED])
    query = select(Case.team, func.count()).where(is_open).group_by(Case.team)
    return _counted(session, query)


def _work(session: Session, first: datetime, last: datetime) -> list[Work]:
    query = (
        select(Event.staff_id, Event.kind, func.count())
        .where(*events_between(tuple(_DID), first, last), Event.staff_id.is_not(None))
        .group_by(Event.staff_id, Event.kind)
    )
    done: dict[str, dict[str, int]] = {}
    for staff_id, kind, count in session.execute(query):
        done.setdefault(str(staff_id), {})[_DID[kind]] = count
    people = session.scalars(select(Staff).where(Staff.id.in_(done)))
    return [Work(name=person.name, **done[person.id]) for person in people]


def _counted(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(query)}
