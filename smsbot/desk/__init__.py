"""What people at the desk decide about a case: how it ends, what a text says, what is a matter apart."""

from smsbot.desk.errors import CannotAct, NotYours
from smsbot.desk.resolving import OUTCOMES, REASONS, Skipped, resolve, resolve_routine

__all__ = ["OUTCOMES", "REASONS", "CannotAct", "NotYours", "Skipped", "resolve", "resolve_routine"]
