"""Texts about a visit: wanted, moved, dropped, taken, late for, asked about."""

from __future__ import annotations

from smsbot.domain import Flag, Inbound, Intent, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import NOTHING, outcome

_CHANGES_SOMETHING = frozenset(
    {
        Intent.APPOINTMENT_REQUEST,
        Intent.APPOINTMENT_RESCHEDULE,
        Intent.APPOINTMENT_CANCEL,
        Intent.APPOINTMENT_CONFIRM,
    }
)


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """Say that it is about an appointment, and that nothing is booked by a text alone.

    A bare "yes, I'm coming" needs nobody and no answer; taking an offered time needs somebody to book it.
    """
    about = {intent for intent in triage.intents if intent.value.startswith("appointment.")}
    if about == {Intent.APPOINTMENT_CONFIRM} and triage.urgency is Urgency.NONE:
        return NOTHING
    replies = [Reply("received.appointment", times=True)]
    if about & _CHANGES_SOMETHING:
        replies.append(Reply("also.not_booked"))
    if Intent.APPOINTMENT_LATE in about or Flag.SAME_DAY in triage.flags:
        replies.append(Reply("also.call_office"))
    return outcome(Urgency.highest(triage.urgency, Urgency.ROUTINE), *replies)
