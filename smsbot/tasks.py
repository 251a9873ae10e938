"""Tasks of the front desk: a visit asked for in a case of a clinical team, without the clinical text."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic
from smsbot.domain import Intent, Triage
from smsbot.models import Case, Contact, Message, Task, TriageRecord, new_id
from smsbot.upsert import insert_if_new

BOOK_VISIT = "book_visit"
WISHES = frozenset({Intent.APPOINTMENT_REQUEST, Intent.APPOINTMENT_RESCHEDULE})


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task to do: for which case, whom to call, and the times asked for. Nothing clinical.

    `windows` and `excluded` hold `{"start", "end"}`, wall time of the clinic.
    """

    id: str
    kind: str
    code: str
    number: str
    windows: tuple[dict[str, str], ...]
    excluded: tuple[dict[str, str], ...]
    is_move: bool  # of a visit that stands
    created_at: datetime


def note_wish(session: Session, clinic: Clinic, case: Case, triage: Triage | None = None) -> Task | None:
    """Make or renew the task "book a visit", when a case of a clinical team also holds a wish for one.

    `triage`: of a text that is not yet among the case's messages. In the caller's transaction.
    """
    team = clinic.team_of[Intent.APPOINTMENT_REQUEST]
    if case.team == team or not WISHES.intersection(case.intents):
        return None
    task, since = session.scalars(_task_of(case.id)).one_or_none(), None
    is_wish_now = triage is not None and bool(WISHES.intersection(triage.intents))
    if task is not None and not is_wish_now:
        return task
    if task is None:
        _make(session, case, team)
        task = session.scalars(_task_of(case.id)).one()
    elif task.done_at is not None:
        since, task.done_at, task.done_by = task.done_at, None, None
        audit.record(session, "task_renewed", case_id=case.id, task_id=task.id)
    wish = _wish(session, case, triage if is_wish_now else None, since)
    task.wish = json.dumps(wish, ensure_ascii=False)
    return task


def finish(session: Session, task: Task, staff_id: str) -> None:
    """A person has done the task."""
    if task.done_at is not None:
        return
    task.done_at, task.done_by = clock.now(), staff_id
    audit.record(session, "task_done", case_id=task.case_id, staff_id=staff_id, task_id=task.id)


def drop_wish(session: Session, case: Case, staff_id: str) -> None:
    """The case holds no wish for a visit any more, by what a person decided: nothing is left to do."""
    task = session.scalars(_task_of(case.id)).one_or_none()
    if task is not None and not WISHES.intersection(case.intents):
        finish(session, task, staff_id)


def open_tasks(session: Session, teams: Collection[str] | None = None) -> list[OpenTask]:
    """What is still to do, the oldest first; of these teams, or of all."""
    query = (
        select(Task, Case, Contact)
        .join(Case, Case.id == Task.case_id)
        .join(Contact, Contact.id == Case.contact_id)
        .where(Task.done_at.is_(None))
        .order_by(Task.created_at)
    )
    if teams is not None:
        query = query.where(Task.team.in_(teams))
    return [_open(task, case, contact) for task, case, contact in session.execute(query)]


def _task_of(case_id: str) -> Select[Task]:
    return select(Task).where(Task.case_id == case_id, Task.kind == BOOK_VISIT).with_for_update()


def _make(session: Session, case: Case, team: str) -> None:
    task = Task(id=new_id())
    task.wish = "{}"
    values = {"id": task.id, "case_id": case.id, "kind": BOOK_VISIT, "team": team, "wish": task.wish_sealed}
    session.flush()
    if insert_if_new(session, Task, values | {"created_at": clock.now()}):
        audit.record(session, "task_made", case_id=case.id, task_id=task.id)


def _wish(session: Session, case: Case, triage: Triage | None, since: datetime | None) -> dict[str, Any]:
    """The times of the case's texts that ask for a visit, each once. `since`: when the last was booked."""
    query = (
        select(TriageRecord)
        .join(Message, Message.id == TriageRecord.message_id)
        .where(Message.case_id == case.id)
        .order_by(Message.created_at)
    )
    if since is not None:
        query = query.where(TriageRecord.created_at > since)
    wish: dict[str, Any] = {"windows": [], "excluded": [], "is_move": False}
    for record in session.scalars(query):
        if WISHES.intersection(record.intents):
            _add(wish, record.intents, json.loads(record.details))
    if triage is not None:
        details = {key: [asdict(one) for one in getattr(triage, key)] for key in ("windows", "excluded")}
        _add(wish, triage.intents, details)
    return wish


def _add(wish: dict[str, Any], intents: Collection[str], details: dict[str, Any]) -> None:
    wish["is_move"] = wish["is_move"] or Intent.APPOINTMENT_RESCHEDULE in intents
    for key in ("windows", "excluded"):
        wish[key] += [one for one in details.get(key, ()) if one not in wish[key]]


def _open(task: Task, case: Case, contact: Contact) -> OpenTask:
    wish = json.loads(task.wish)
    return OpenTask(
        id=task.id,
        kind=task.kind,
        code=case.code,
        number=contact.number,
        windows=tuple(wish.get("windows", ())),
        excluded=tuple(wish.get("excluded", ())),
        is_move=bool(wish.get("is_move")),
        created_at=task.created_at,
    )
