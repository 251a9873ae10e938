"""What people write about duties: days of the week, times of day, moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from smsbot.shifts.wall import first_moment, last_moment

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weekdays_of(written: str) -> list[int]:
    """`mon-fri`, `sat,sun`, `fri-mon` as sorted numbers, Monday 0. Raises ValueError with what to write."""
    days: set[int] = set()
    for part in written.casefold().replace(" ", "").split(","):
        names = part.split("-")
        if len(names) > 2 or any(name not in WEEKDAYS for name in names):
            raise ValueError(f"{part!r} names no days: write mon-fri, or sat,sun.")
        first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
        days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return sorted(days)


def clock_of(written: str) -> str:
    """A time of day as HH:MM; 24:00 is 00:00, for as an end both are the next day's beginning.

    Raises ValueError with what to write.
    """
    found = re.fullmatch(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", written.strip(), re.ASCII)
    if found is None or (found[1] == "24" and found[2] != "00"):
        raise ValueError(f"{written!r} is no time of day: write 08:00 or 17:30.")
    return f"{int(found[1]) % 24:02}:{found[2]}"


def moment_of(written: str, zone: ZoneInfo, *, is_end: bool = False) -> datetime:
    """An ISO time as a moment (UTC): without an offset it is the clinic's wall time.

    Raises ValueError with what to write.
    """
    try:
        read = datetime.fromisoformat(written.strip())
        if read.tzinfo is not None:
            return read.astimezone(UTC)
        return last_moment(read, zone) if is_end else first_moment(read, zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{written!r} is no time: write 2026-11-27T17:00.") from error
