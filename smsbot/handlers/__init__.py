"""What to do about a text: each kind of text has a file, a literal table joins them. All pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from smsbot.domain import Inbound, Intent, Outcome, Situation, Triage, Urgency
from smsbot.handlers import (
    admin,
    appointment,
    asking,
    consent,
    crisis,
    medication,
    robots,
    social,
    symptom,
    unclear,
    wishes,
)
from smsbot.handlers.outcomes import NOTHING, join
from smsbot.handlers.policy import ReplyPolicy, apply_policy

__all__ = ["HANDLERS", "Handler", "ReplyPolicy", "apply_policy", "decide"]

Handler = Callable[[Inbound, Triage, Situation], Outcome]

HANDLERS: Mapping[Intent, Handler] = MappingProxyType(
    {
        Intent.APPOINTMENT_REQUEST: appointment.handle,
        Intent.APPOINTMENT_RESCHEDULE: appointment.handle,
        Intent.APPOINTMENT_CANCEL: appointment.handle,
        Intent.APPOINTMENT_CONFIRM: appointment.handle,
        Intent.APPOINTMENT_LATE: appointment.handle,
        Intent.APPOINTMENT_QUESTION: appointment.handle,
        Intent.MEDICATION_SIDE_EFFECT: medication.handle,
        Intent.MEDICATION_MISSED_DOSE: medication.handle,
        Intent.MEDICATION_REFILL: medication.handle,
        Intent.MEDICATION_QUESTION: medication.handle,
        Intent.MEDICATION_INEFFECTIVE: medication.handle,
        Intent.MEDICATION_STOPPED: medication.handle,
        Intent.SYMPTOM: symptom.handle,
        Intent.CRISIS: crisis.handle,
        Intent.ADMIN: admin.handle,
        Intent.CONSENT_STOP: consent.handle,
        Intent.CONSENT_START: consent.handle,
        Intent.CONSENT_HELP: consent.handle,
        Intent.SOCIAL: social.handle,
        Intent.WRONG_NUMBER: social.handle,
        Intent.UNCLEAR: unclear.handle,
    }
)


def decide(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """What all handlers of the text's intents decide together; see `join`. Never below triage's urgency.

    Two exceptions: what a machine sent in words known to be a machine's, and our own words come back.
    """
    if social.is_reaction(inbound, triage, situation):
        return NOTHING
    if robots.is_auto_responder(inbound, triage):
        return robots.tell_auto_responder(situation)
    if robots.is_echo(inbound, triage, situation):
        return robots.tell_echo(situation)
    outcomes = [handle(inbound, triage, situation) for handle in _handlers(inbound, triage, situation)]
    at_least = Urgency.highest(triage.urgency, *(flag.least_urgency for flag in triage.flags))
    if inbound.media:  # whatever the words say: what is in the picture, only a person sees
        at_least = Urgency.highest(at_least, Urgency.ROUTINE)
    joined = join(outcomes, at_least, _notes_on_content(inbound))
    return asking.ask(joined, inbound, triage, situation)


def _handlers(inbound: Inbound, triage: Triage, situation: Situation) -> list[Handler]:
    """Each handler concerned, once. Danger, and the provider's word on consent, count without an intent."""
    found = [HANDLERS[intent] for intent in triage.intents] or [unclear.handle]
    if triage.urgency is Urgency.EMERGENCY or any(
        flag.least_urgency is Urgency.EMERGENCY for flag in triage.flags
    ):
        found.append(crisis.handle)
    if consent.concerns(inbound, triage, situation):
        found.append(consent.handle)
    if unclear.is_picture_alone(inbound):
        found = [one for one in found if one is not social.handle] + [unclear.handle]
    return [*dict.fromkeys(found), wishes.handle]


def _notes_on_content(inbound: Inbound) -> tuple[str, ...]:
    """What staff must know about a text that is more, or less, than its words."""
    notes = []
    if inbound.media:
        notes.append(f"Came with {len(inbound.media)} attachment(s).")
    if inbound.marks & {"nul_stripped", "broken_bytes"}:
        notes.append("Some signs of this text could not be read.")
    return tuple(notes)
