"""Opening hours as the clinic writes them: read once here, for the file and for the screen alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from opening_hours import OpeningHours, State

HORIZON = timedelta(days=400)  # no sane opening is further away; hours that are over end the search here
_LIKE = 'Write them like "Mo-Fr 09:00-17:00; PH off".'


def read_hours(
    hours: str, holidays: str, closed: Iterable[date]
) -> tuple[OpeningHours | None, list[tuple[str, str]]]:
    """The calendar of these hours, or None; and what is wrong, each with the key it concerns.

    `hours` in the syntax of OpenStreetMap, `holidays` a country ("US") or "none", `closed` further days.
    """
    errors = []
    if bool(re.search(r"\bPH\b", hours)) != (holidays != "none"):
        remedy = 'Write both "; PH off" here and holidays = "US", or no PH and holidays = "none".'
        errors.append(("hours", f'do not go with holidays = "{holidays}". {remedy}'))
    country = None if holidays == "none" else holidays
    expression = hours + "".join(f"; {day:%Y %b %d} off" for day in closed)
    try:
        calendar = OpeningHours(expression, country=country, auto_country=False, auto_timezone=False)
    except Exception as error:  # the library's own exceptions are not in its type stubs
        return None, [*errors, _unreadable(error, holidays)]
    first = datetime(2026, 1, 1)  # noqa: DTZ001 (wall clock; before the first release, and no clock here)
    if all(state is not State.OPEN for _, _, state, _ in calendar.intervals(first, first + 10 * HORIZON)):
        errors.append(("hours", f"never open. {_LIKE}"))
    return calendar, errors


def _unreadable(error: Exception, holidays: str) -> tuple[str, str]:
    if type(error).__name__ == "UnknownCountryError":
        return "holidays", f'"{holidays}" is no country. Write two capital letters, "US", or "none".'
    at = re.search(r"--> 1:(\d+)", str(error))
    where = f" from character {at[1]} on" if at else ""
    return "hours", f"cannot be read{where}. {_LIKE}"
