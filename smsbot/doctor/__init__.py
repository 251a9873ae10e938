"""Is everything set up as it must be, and if not, what to do: `smsbot doctor`."""

from smsbot.doctor.examine import GROUPS, examine, startup_lines
from smsbot.doctor.fix import fix_urls
from smsbot.doctor.line import Line, State

__all__ = ["GROUPS", "Line", "State", "examine", "fix_urls", "startup_lines"]
