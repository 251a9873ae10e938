"""Everything that the list's page shows, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.clinic import Clinic
from smsbot.domain import Urgency
from smsbot.models import CaseState
from smsbot.web.case_list import CaseRow, Group, emergency_codes, group_rows, open_rows, resolved_rows
from smsbot.web.list_counts import Counts, count_cases
from smsbot.web.list_filter import MORE, MOST, Filter, teams_to_choose
from smsbot.web.task_list import TaskRow, task_rows, teams_with_tasks


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to look at the cases. `count` None: not counted."""

    name: str
    title: str
    count: int | None
    address: dict[str, str]
    is_shown: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list as it is shown."""

    chosen: Filter
    version: str
    at: datetime
    groups: tuple[Group, ...]
    tabs: tuple[Tab, ...]
    teams: tuple[Tab, ...]
    tasks: tuple[TaskRow, ...]
    has_tasks: bool  # whether the person works on tasks at all
    emergencies: tuple[str, ...]
    hidden_emergencies: int  # that nobody has, and this filter leaves out
    loose: int
    more: dict[str, str] | None  # the address that shows more
    can_choose: bool  # whether some may be resolved together


def read_list(session: Session, chosen: Filter, clinic: Clinic, version: str) -> ListPage:
    """Read what the filter asks for."""
    now = clock.now()
    today = clinic.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    counts = count_cases(session, chosen.staff_id, chosen.seen, chosen.team, today)
    is_resolved = chosen.show == "resolved"
    rows, has_more = (resolved_rows if is_resolved else open_rows)(session, chosen)
    groups = (Group("resolved", "Resolved", tuple(rows)),) if is_resolved else group_rows(rows)
    tasked = teams_with_tasks(chosen.role, chosen.seen)
    return ListPage(
        chosen=chosen,
        version=version,
        at=now,
        groups=groups if rows else (),
        tabs=_tabs(chosen, counts),
        teams=_teams(chosen, counts, clinic),
        tasks=tuple(task_rows(session, tasked, chosen.seen)) if chosen.show == "open" else (),
        has_tasks=bool(tasked),
        emergencies=tuple(emergency_codes(session, chosen.seen)),
        hidden_emergencies=counts.loose_emergencies - sum(map(_is_loose_emergency, rows)),
        loose=counts.loose,
        more=_more(chosen, rows) if has_more else None,
        can_choose=any(row.is_bulk for row in rows),
    )


def _is_loose_emergency(row: CaseRow) -> bool:
    return row.rank == Urgency.EMERGENCY.rank and row.state == CaseState.OPEN


def _more(chosen: Filter, rows: list[CaseRow]) -> dict[str, str] | None:
    last = rows[-1]
    if last.resolved_at is not None and chosen.show == "resolved":
        return chosen.other(before=(last.resolved_at, last.id))
    return chosen.other(limit=min(MOST, chosen.limit + MORE)) if chosen.limit < MOST else None


def _tabs(chosen: Filter, counts: Counts) -> tuple[Tab, ...]:
    every = (
        ("open", "All open", counts.open),
        ("mine", "Mine", counts.mine),
        ("unassigned", "Unassigned", counts.unassigned),
        ("waiting", "Waiting for patient", counts.waiting),
        ("resolved", "Resolved", counts.resolved_today),
    )
    return tuple(
        Tab(name, title, count, chosen.other(show=name), chosen.show == name) for name, title, count in every
    )


def _teams(chosen: Filter, counts: Counts, clinic: Clinic) -> tuple[Tab, ...]:
    teams = teams_to_choose(chosen, clinic)
    if not teams:
        return ()
    is_open = chosen.show == "open"  # elsewhere the number of open cases would mislead
    every = Tab("", "All teams", None, chosen.other(team=None), chosen.team is None)
    return (
        every,
        *(
            Tab(
                team,
                team.replace("_", " ").capitalize(),
                counts.teams.get(team, 0) if is_open else None,
                chosen.other(team=team),
                chosen.team == team,
            )
            for team in teams
        ),
    )


def exact_time(moment: datetime, clinic: Clinic) -> str:
    """A moment to the second in the clinic's zone, for whoever points at a time."""
    return f"{clinic.local(moment):%a %b %-d, %-I:%M:%S %p %Z}"
