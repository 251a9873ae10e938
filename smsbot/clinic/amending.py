"""From what a screen sent to what holds: checked by the code that reads clinic.toml, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from smsbot.clinic.amended import Amended, Closing
from smsbot.clinic.opening import read_hours
from smsbot.clinic.profile import Clinic

LONGEST_CLOSING = timedelta(days=92)
MOST_DAYS = 100
_LONGEST_HOURS = 500
_LONGEST_REASON = 80


class ChangeError(ValueError):
    """A change that cannot be made. `problems`: what is wrong with it and what to do, a sentence each."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


def amend(clinic: Clinic, values: Mapping[str, Any]) -> Amended:
    """What holds with these changes over `clinic` (as its file has it). Raises ChangeError.

    `values`, each of them optional: "hours": {"hours": …, "holidays": …}; "closed_days": [{"day": …,
    "reason": …}]; "closed_until": {"from": …, "until": …}; "replies": "crisis".
    """
    written = values.get("hours")
    hours, holidays = (clinic.hours, clinic.holidays) if written is None else _hours(written)
    closed = clinic.closed if values.get("closed_days") is None else read_days(values["closed_days"])
    calendar, errors = read_hours(hours, holidays, closed)
    if errors:
        raise ChangeError(*(f"The {_NAMES[key]} {problem}" for key, problem in errors))
    is_other = written is not None or values.get("closed_days") is not None
    return Amended(
        hours=hours if is_other else None,
        holidays=holidays if is_other else None,
        closed=closed if is_other else None,
        calendar=calendar if is_other else None,
        # a pause only takes away: a clinic whose file says less stays at that
        replies="crisis" if values.get("replies") == "crisis" and clinic.replies == "all" else None,
        examples=None if written is None else tuple(key for key in clinic.examples if key not in _SETTLED),
        closing=None if values.get("closed_until") is None else _closing(values["closed_until"]),
    )


_SETTLED = ("hours", "holidays")  # hours set on the screen are the clinic's own, whatever the file says
_NAMES = {"hours": "opening hours", "holidays": "country of the holidays"}


def check_value(clinic: Clinic, name: str, value: Any, now: datetime) -> None:
    """What amend() does not ask: whether this change makes sense now. Raises ChangeError."""
    if name == "closed_until":
        closing = _closing(value)
        if closing.until <= max(now, closing.begins):
            raise ChangeError("That time is over already. Choose one that is still to come.")
        if closing.until - now > LONGEST_CLOSING:
            raise ChangeError("That is more than three months ahead. For that long, change the hours.")
    elif name == "replies":
        if value != "crisis":
            raise ChangeError('Automatic replies can be paused ("crisis") or not; nothing else.')
        if clinic.replies != "all":
            raise ChangeError(
                "clinic.toml sends no automatic replies but crisis ones, or none: change it there."
            )


def read_days(listed: Any) -> tuple[date, ...]:
    """The days of a list of closed days, in order. Raises ChangeError."""
    if not isinstance(listed, list) or len(listed) > MOST_DAYS:
        raise ChangeError(f"The closed days are more than {MOST_DAYS}, or no list. Remove old ones.")
    days = []
    for entry in listed:
        try:
            days.append(date.fromisoformat(entry["day"]))
            reason = entry.get("reason", "")
        except (TypeError, KeyError, ValueError, AttributeError):
            raise ChangeError("One of the closed days is no date. Choose a day.") from None
        if not isinstance(reason, str) or len(reason) > _LONGEST_REASON:
            raise ChangeError(f"A reason is longer than {_LONGEST_REASON} characters. Shorten it.")
    if twice := sorted({day for day in days if days.count(day) > 1}):
        raise ChangeError(f"{twice[0]:%b %-d, %Y} is on the list already.")
    return tuple(sorted(days))


def _hours(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        raise ChangeError("The opening hours are incomplete.")
    hours, holidays = value.get("hours"), value.get("holidays")
    if not isinstance(hours, str) or not isinstance(holidays, str) or not hours.strip() or not holidays:
        raise ChangeError("The office would never be open. Give hours for one day at least.")
    if len(hours) > _LONGEST_HOURS:
        raise ChangeError(f"The opening hours are longer than {_LONGEST_HOURS} characters. Shorten them.")
    return hours.strip(), holidays


def _closing(value: Any) -> Closing:
    try:
        begins, until = (datetime.fromisoformat(value[key]) for key in ("from", "until"))
    except (TypeError, KeyError, ValueError):
        raise ChangeError("That is no day and time. Choose both.") from None
    if begins.tzinfo is None or until.tzinfo is None:
        raise ChangeError("That time has no zone.")
    return Closing(begins.astimezone(UTC), until.astimezone(UTC))
