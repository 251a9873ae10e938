"""The list of cases: queries in, plain view objects out. Columns are read, not objects, for speed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from smsbot.desk import OUTCOMES, REASONS
from smsbot.domain import Urgency
from smsbot.models import Case, CaseState, Contact, Dispatch, Message, Staff
from smsbot.models.base import vault
from smsbot.web.list_counts import OPEN_STATES
from smsbot.web.list_filter import PAGE, Filter

_PREVIEW_CHARACTERS = 140
_ENDINGS = {str(name): words for table in (REASONS, OUTCOMES) for name, words in table.items()}

# By what must happen next, in this order; the number is the column `step` of the query.
GROUPS = (
    (0, "emergency", "Emergencies"),
    (1, "look", "Nobody has these yet"),
    (2, "taken", "Somebody has these"),
    (3, "waiting", "Waiting for the patient"),
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list."""

    id: str
    code: str
    state: str
    urgency: str
    rank: int
    intents: list[str]
    flags: list[str]
    team: str
    look_by: datetime | None
    resolved_at: datetime | None
    resolution: str | None
    version: int
    number: str
    owner: str | None
    is_mine: bool
    preview: str
    wordless: str  # what stands there for a text without words
    last_at: datetime
    has_failure: bool
    has_news: bool  # the patient wrote after whoever has it looked, or after it was put to wait
    step: int

    @property
    def counts_down(self) -> bool:
        """Whether time runs until a person must look."""
        return self.state == CaseState.OPEN and self.look_by is not None

    @property
    def ending(self) -> str:
        """The reason for which it was resolved, in words."""
        chosen = self.resolution or "resolved"
        return _ENDINGS.get(chosen, chosen.replace("_", " ").capitalize())

    @property
    def is_bulk(self) -> bool:
        """Whether it may be resolved together with others: nothing pressing is."""
        return self.state != CaseState.RESOLVED and self.rank <= Urgency.ROUTINE.rank


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of which the same must happen next."""

    name: str
    title: str
    rows: tuple[CaseRow, ...]


def group_rows(rows: Sequence[CaseRow]) -> tuple[Group, ...]:
    """The rows under the heads of the list; heads without cases are left out."""
    groups = (
        Group(name, title, tuple(row for row in rows if row.step == step)) for step, name, title in GROUPS
    )
    return tuple(group for group in groups if group.rows)


def open_rows(session: Session, chosen: Filter) -> tuple[list[CaseRow], bool]:
    """Open cases by what must happen next, at most `chosen.limit`; and whether there are more."""
    step = _step()
    query = _columns(step).where(*_conditions(chosen))
    query = query.order_by(
        step,
        case((Case.state == CaseState.OPEN, 0), else_=1),  # of emergencies those first that nobody has
        case((Case.look_by.is_(None), 1), else_=0),
        Case.look_by,
        Case.opened_at,
        Case.id,
    )
    found = session.execute(query.limit(chosen.limit + 1)).all()
    return _rows(session, found[: chosen.limit], chosen.staff_id), len(found) > chosen.limit


def resolved_rows(session: Session, chosen: Filter) -> tuple[list[CaseRow], bool]:
    """A page of resolved cases, the latest first; and whether there are older ones."""
    query = _columns(_step()).where(Case.state == CaseState.RESOLVED, *_of_teams(chosen.teams))
    if chosen.before is not None:
        at, case_id = chosen.before
        is_older = or_(Case.resolved_at < at, Case.id < case_id)
        query = query.where(and_(Case.resolved_at <= at, is_older))
    query = query.order_by(Case.resolved_at.desc(), Case.id.desc())
    found = session.execute(query.limit(PAGE + 1)).all()
    return _rows(session, found[:PAGE], chosen.staff_id), len(found) > PAGE


def rows_of(session: Session, staff_id: str, condition: ColumnElement[bool], most: int) -> list[CaseRow]:
    """The cases that fulfil a condition, the newest first: what a search found."""
    query = _columns(_step()).where(condition).order_by(Case.opened_at.desc()).limit(most)
    return _rows(session, session.execute(query).all(), staff_id)


def emergency_codes(session: Session, seen: Collection[str] | None) -> list[str]:
    """The codes of all emergencies that are not resolved: a screen rings for those it has not seen."""
    is_emergency = Case.urgency_rank == Urgency.EMERGENCY.rank
    query = select(Case.code).where(Case.state.in_(OPEN_STATES), is_emergency, *_of_teams(seen))
    return sorted(session.scalars(query))


def _step() -> ColumnElement[int]:
    return case(
        (Case.urgency_rank == Urgency.EMERGENCY.rank, 0),
        (Case.state == CaseState.OPEN, 1),
        (Case.state == CaseState.TAKEN, 2),
        else_=3,
    )


def _columns(step: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    return select(
        *(
            Case.id,
            Case.code,
            Case.state,
            Case.urgency,
            Case.urgency_rank,
            Case.intents,
            Case.flags,
            Case.team,
        ),
        *(Case.look_by, Case.resolved_at, Case.resolution, Case.version, Case.owner_id, Case.opened_at),
        *(Case.owner_opened_at, Case.acted_at, Case.waiting_at),
        *(Contact.id.label("contact_id"), Contact.number_sealed, step.label("step")),
    ).join(Contact, Contact.id == Case.contact_id)


def _conditions(chosen: Filter) -> list[ColumnElement[bool]]:
    of_teams = _of_teams(chosen.teams)
    if chosen.show == "unassigned":
        return [Case.state == CaseState.OPEN, *of_teams]
    if chosen.show == "waiting":
        return [Case.state == CaseState.WAITING, *of_teams]
    if chosen.show == "mine":
        of_teams.append(Case.owner_id == chosen.staff_id)
    return [Case.state.in_(OPEN_STATES), *of_teams]


def _of_teams(teams: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [] if teams is None else [Case.team.in_(sorted(teams))]


def _rows(session: Session, found: Sequence[Row[*tuple[Any, ...]]], staff_id: str) -> list[CaseRow]:
    ids = [row.id for row in found]
    last, failed = _last_texts(session, ids), _with_failures(session, ids)
    names = _names(session, {row.owner_id for row in found if row.owner_id})
    return [_row(row, last.get(row.id), row.id in failed, names, staff_id) for row in found]


def _row(
    row: Row[*tuple[Any, ...]],
    last: tuple[str, datetime, bool] | None,
    has_failure: bool,
    names: dict[str, str],
    staff_id: str,
) -> CaseRow:
    body, last_at, is_call = last or ("", row.opened_at, False)
    seen_at = max((at for at in (row.owner_opened_at, row.acted_at, row.waiting_at) if at), default=None)
    return CaseRow(
        *(row.id, row.code, row.state, row.urgency, row.urgency_rank, row.intents, row.flags, row.team),
        *(row.look_by, row.resolved_at, row.resolution, row.version),
        number=vault().open("contacts", row.contact_id, "number", bytes(row.number_sealed)),
        owner=names.get(row.owner_id),
        is_mine=row.owner_id == staff_id,
        preview=_shortened(body),
        wordless="Missed call" if is_call else "(no words)",
        last_at=last_at,
        has_failure=has_failure,
        has_news=row.state in (CaseState.TAKEN, CaseState.WAITING)
        and seen_at is not None
        and last_at > seen_at,
        step=row.step,
    )


def _shortened(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= _PREVIEW_CHARACTERS else line[:_PREVIEW_CHARACTERS] + "…"


def _last_texts(session: Session, case_ids: list[str]) -> dict[str, tuple[str, datetime, bool]]:
    """By case: the words of the last text that came in, when, and whether it was a missed call."""
    latest = (
        select(func.max(Message.id))
        .where(Message.case_id.in_(case_ids), Message.direction == "in")
        .group_by(Message.case_id)
    )
    query = select(Message.id, Message.case_id, Message.body_sealed, Message.created_at, Message.marks)
    found = session.execute(query.where(Message.id.in_(latest))).all()
    return {
        str(case_id): (vault().open("messages", text_id, "body", bytes(sealed)), at, "missed_call" in marks)
        for text_id, case_id, sealed, at, marks in found
    }


def _with_failures(session: Session, case_ids: list[str]) -> set[str | None]:
    """Cases of which a reply did not arrive. A call that nobody answered is the ladder's matter."""
    query = select(Dispatch.case_id).where(
        Dispatch.case_id.in_(case_ids), Dispatch.state == "failed", Dispatch.purpose == "reply"
    )
    return set(session.scalars(query))


def _names(session: Session, staff_ids: set[str]) -> dict[str, str]:
    query = select(Staff.id, Staff.name_sealed).where(Staff.id.in_(staff_ids))
    return {
        staff_id: vault().open("staff", staff_id, "name", bytes(sealed))
        for staff_id, sealed in session.execute(query)
    }
