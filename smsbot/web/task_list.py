"""Visits to book, as the list shows them: whom to call and the times asked for, nothing clinical."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from smsbot import tasks
from smsbot.models.people import Role
from smsbot.web.spoken_times import spoken_window


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A visit to book."""

    id: str
    code: str
    number: str
    is_move: bool  # of a visit that stands
    wishes: tuple[str, ...]  # "Tue Nov 24, 2 to 5 PM"
    not_then: tuple[str, ...]
    created_at: datetime
    is_case_open_to: bool  # whether the person may open the case itself, which is another team's


def teams_with_tasks(role: str, seen: Collection[str] | None) -> Collection[str]:
    """Whose tasks a person works on: the front desk, and whoever sees the cases of some teams alone."""
    if seen is not None:
        return seen
    return {role} if role == Role.FRONT_DESK else set()


def task_rows(session: Session, teams: Collection[str], seen: Collection[str] | None) -> list[TaskRow]:
    """What is still to be done for these teams, the oldest first."""
    return [
        TaskRow(
            id=one.id,
            code=one.code,
            number=one.number,
            is_move=one.is_move,
            wishes=tuple(map(spoken_window, one.windows)),
            not_then=tuple(map(spoken_window, one.excluded)),
            created_at=one.created_at,
            is_case_open_to=seen is None,
        )
        for one in (tasks.open_tasks(session, teams) if teams else ())
    ]
