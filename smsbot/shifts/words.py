"""Times and gaps in the words of a screen, on the clinic's wall clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from smsbot.models import Duty

DUTY_WORDS = {Duty.ON_CALL: "on call", Duty.BACKUP: "backup"}


def describe_gaps(
    gaps: Iterable[tuple[datetime, datetime]], zone: ZoneInfo, duty: Duty = Duty.ON_CALL
) -> list[str]:
    """One line for each gap: "no one on call from Fri Nov 27 5 PM to Mon Nov 30 8 AM". No names."""
    named = DUTY_WORDS[duty]
    return [f"no one {named} from {describe(start, zone)} to {describe(end, zone)}" for start, end in gaps]


def describe(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as the clinic's clock shows it: "Fri Nov 27 5 PM"; of an hour that comes twice, which one."""
    local = moment.astimezone(zone)
    clock = f"{local:%-I %p}" if local.minute == 0 else f"{local:%-I:%M %p}"
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%a %b %-d} {clock}" + (f" {local:%Z}" if is_twice else "")
