"""Telling staff that a case waits, until a person has it: the ladder, taking, and what did not arrive."""

from smsbot.escalation.delivery import not_reached, remedy
from smsbot.escalation.dispatching import Dispatching
from smsbot.escalation.ladder import Ladder
from smsbot.escalation.people import Roster
from smsbot.escalation.rounds import Rounds
from smsbot.escalation.taking import is_climbing, note_acted, resolve

__all__ = [
    "Dispatching",
    "Ladder",
    "Roster",
    "Rounds",
    "is_climbing",
    "note_acted",
    "not_reached",
    "remedy",
    "resolve",
]
