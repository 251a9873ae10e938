"""From the clinic's wall clock to moments, on the two nights of a year when that is no simple matter.

What begins at 1:30 on the night when 1:30 comes twice begins the first time, and what ends at 1:30 ends the
second time: nobody's duty has a hole. A time that the spring night leaves out is the moment of the jump.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_TICK = timedelta(microseconds=1)


def first_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) at which the clock shows `wall` (naive) or later: when a duty begins."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment if _shows(moment, zone) == wall else _jump(wall, zone)


def last_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) after which the clock never shows less than `wall` (naive): when a duty ends."""
    before = wall - _TICK  # 1:00, where the hour that comes twice begins, follows one 12:59 alone
    moment = before.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return moment + _TICK if _shows(moment, zone) == before else _jump(before, zone)


def _shows(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock jumps over `wall`, which it never shows."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > _TICK:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
