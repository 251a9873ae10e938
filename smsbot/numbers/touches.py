"""When people looked at cases, took them and resolved them, as the audit log tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from smsbot.models import Event
from smsbot.numbers.facts import Need
from smsbot.numbers.slots import seconds

_TAKEN = ("case_taken", "case_assigned")
_RESOLVED = ("case_resolved",)
_LOOKED = ("case_opened_by", *_TAKEN, *_RESOLVED)  # what is done from the list is a look too
_AT_ONCE = 500  # ids in one query
Moments = dict[str, list[float]]


def touches(
    session: Session, needs: Sequence[Need], first: datetime, last: datetime
) -> tuple[Moments, Moments, Moments]:
    """By case and in order, in seconds since 1970: when somebody looked, took it, resolved it.

    Of most cases the first of each is enough, and the database finds it. All of them are read only for a
    case that became urgent again after it was looked at.
    """
    found: tuple[Moments, Moments, Moments] = ({}, {}, {})
    looks, takes, resolved = found
    for case_id, looked_at, taken_at, resolved_at in session.connection().execute(_firsts(first, last)).all():
        looks[case_id] = [looked_at]
        if taken_at is not None:
            takes[case_id] = [taken_at]
        if resolved_at is not None:
            resolved[case_id] = [resolved_at]
    again = {one.case_id for one in needs if _is_later(one, found[0])}
    for case_id, all_of_it in _all(session, again, first, last).items():
        for into, moments in zip(found, all_of_it, strict=True):
            into[case_id] = moments
    return found


def events_between(
    kinds: tuple[str, ...], first: datetime, last: datetime
) -> tuple[ColumnElement[bool], ...]:
    """The condition for events of these kinds, as the index on kind and time wants it."""
    return (Event.kind.in_(kinds), Event.at >= first, Event.at < last)


def _firsts(first: datetime, last: datetime) -> Any:
    taken = case((Event.kind.in_(_TAKEN), Event.at))
    resolved = case((Event.kind.in_(_RESOLVED), Event.at))
    return (
        select(Event.case_id, *(seconds(func.min(one)) for one in (Event.at, taken, resolved)))
        .where(*events_between(_LOOKED, first, last), Event.case_id.is_not(None))
        .group_by(Event.case_id)
    )


def _is_later(need: Need, looks: Moments) -> bool:
    return need.case_id in looks and looks[need.case_id][0] < need.at


def _all(
    session: Session, case_ids: Iterable[str], first: datetime, last: datetime
) -> dict[str, tuple[list[float], list[float], list[float]]]:
    found: dict[str, tuple[list[float], list[float], list[float]]] = defaultdict(lambda: ([], [], []))
    ids = sorted(case_ids)
    for start in range(0, len(ids), _AT_ONCE):
        query = (
            select(Event.case_id, Event.kind, seconds(Event.at))
            .where(
                Event.case_id.in_(ids[start : start + _AT_ONCE]),
                Event.at >= first,
                Event.at < last,
                Event.kind.in_(_LOOKED),
            )
            .order_by(Event.at)
        )
        for case_id, kind, at in session.execute(query):
            looks, takes, resolved = found[str(case_id)]
            looks.append(at)
            if kind in _TAKEN:
                takes.append(at)
            elif kind in _RESOLVED:
                resolved.append(at)
    return found
