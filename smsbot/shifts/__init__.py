"""Who is on call when. The calendar reader stays out of here: what asks who is on call need not load it."""

from smsbot.shifts.duty import gaps, is_kept, on_duty, timetable
from smsbot.shifts.words import describe_gaps

__all__ = ["describe_gaps", "gaps", "is_kept", "on_duty", "timetable"]
