"""Wishes about our automatic texts that are no STOP: no reminders, no automatic replies, not on this phone.

Where a text is read as a STOP too, the STOP holds; on a phone that others read, both do.
"""

from __future__ import annotations

from smsbot.domain import ConsentChange, Inbound, Outcome, Reply, Silence, Situation, Triage, Urgency
from smsbot.handlers.outcomes import NOTHING, outcome
from smsbot.wishes import Wish, read_wish

PRIVATE = (
    "Asked us not to text this phone, others may read it: automatic texts are off. Read before you call."
)
COMPLAINT = "Does not want automatic replies: they are off. Answer in person."


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """What follows from the wish in the text; nothing without one."""
    wish = read_wish(inbound.body)
    if wish is Wish.PRIVATE:
        return outcome(Urgency.URGENT, notes=(PRIVATE,), silence=Silence.PRIVATE)
    if wish is Wish.MUTE:
        return _mute(situation)
    if wish is Wish.NO_REMINDERS:
        return outcome(Urgency.NONE, Reply("consent.no_reminders"), consent=ConsentChange.NO_REMINDERS)
    return NOTHING


def _mute(situation: Situation) -> Outcome:
    """Confirmed once; a person answers."""
    replies = () if situation.silence is Silence.COMPLAINT else (Reply("consent.muted"),)
    return outcome(Urgency.ROUTINE, *replies, notes=(COMPLAINT,), silence=Silence.COMPLAINT)
