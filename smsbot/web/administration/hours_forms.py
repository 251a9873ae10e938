"""What the forms of the hours send, as values of a change. Each raises ChangeError in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from smsbot.clinic import ChangeError, Clinic
from smsbot.clinic.weekly import SPANS_A_DAY, Week, problems_of, write_week

Form = Mapping[str, str]
Read = Callable[[Form], Any]


def hours_value(form: Form) -> dict[str, str]:
    """From the text field when that was sent, else from the table of the week."""
    if form.get("how") == "text":
        return {
            "hours": form.get("hours", "").strip(),
            "holidays": form.get("holidays", "").strip() or "none",
        }
    is_closed = form.get("closed_on_holidays") == "yes"
    week = Week(tuple(_day(form, day) for day in range(7)), is_closed)
    if problems := list(problems_of(week)):
        raise ChangeError(*problems)
    return {"hours": write_week(week), "holidays": form.get("country", "US") if is_closed else "none"}


def _day(form: Form, day: int) -> tuple[tuple[str, str], ...]:
    spans = []
    for part in range(SPANS_A_DAY):
        start, end = (form.get(f"{edge}-{day}-{part}", "").strip()[:5] for edge in ("from", "to"))
        if start or end:
            spans.append((start, "24:00" if end == "00:00" else end))
    return tuple(spans)


def closing_value(form: Form, clinic: Clinic, now: datetime) -> dict[str, str]:
    """From now, or from a later time, until a time of the clinic's wall clock."""
    chosen = form.get("until", "")
    until = _moment(form.get("until_other", "") if chosen in ("", "other") else chosen, clinic)
    if until is None:
        raise ChangeError("Choose until when the office is closed.")
    begins = _moment(form.get("from", ""), clinic) or now
    return {"from": begins.isoformat(), "until": until.isoformat()}


def _moment(written: str, clinic: Clinic) -> datetime | None:
    if not written.strip():
        return None
    try:
        wall = datetime.fromisoformat(written.strip())
    except ValueError:
        raise ChangeError("That is no day and time. Write them like 2026-11-26 09:00.") from None
    return (wall if wall.tzinfo else wall.replace(tzinfo=clinic.zone)).astimezone(UTC)


def days_value(form: Form, listed: list[dict[str, str]]) -> list[dict[str, str]]:
    """The list with one day more, or with one day less."""
    if gone := form.get("remove"):
        return [entry for entry in listed if entry["day"] != gone]
    try:
        day = date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise ChangeError("Choose the day on which the office is closed.") from None
    reason = " ".join(form.get("reason", "").split())
    return sorted([*listed, {"day": day.isoformat(), "reason": reason}], key=lambda entry: entry["day"])
