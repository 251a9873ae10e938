"""Texts that may mean danger to life or safety now. Which words go out is chosen by flag."""

from __future__ import annotations

from smsbot.domain import EMERGENCY_FLAGS, Flag, Inbound, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import outcome

WATCHED = "The phone may be watched: read before you call."

UNSURE = 0.85
"""Below this confidence an emergency gets softer words, unless a flag says what the danger is.

The learned part makes an emergency of what it is 0.42 sure of, and names a flag from 0.6 on; the rules of
emergencies are surer than 0.85. So softer words go to what the learned part alone suspects.
"""

_OWN_LIFE = frozenset({Flag.SUICIDE, Flag.SELF_HARM})
# An ambulance is what helps; the urgent ones stand here for when they come as an emergency.
_BODY = frozenset(
    {
        *(Flag.CHEST_PAIN, Flag.BREATHING, Flag.STROKE, Flag.UNRESPONSIVE, Flag.SEIZURE, Flag.ANAPHYLAXIS),
        *(Flag.SEROTONIN_OR_NMS, Flag.SEVERE_RASH, Flag.CONFUSION, Flag.IMPAIRED_DRIVING, Flag.BLEEDING),
        *(Flag.WITHDRAWAL, Flag.FALL, Flag.HEART, Flag.HIGH_BP, Flag.RASH, Flag.PREGNANCY, Flag.URINARY),
        *(Flag.VOMITING, Flag.DOSE_ERROR, Flag.INTERACTION),
    }
)


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """The crisis reply by flag, and what staff must know before they call."""
    flags = frozenset(triage.flags)
    notes = (WATCHED,) if Flag.DANGER_FROM_OTHERS in flags else ()
    key = "crisis.unsure" if _is_unsure(triage) else crisis_key(flags)
    return outcome(Urgency.EMERGENCY, Reply(key), notes=notes)


def _is_unsure(triage: Triage) -> bool:
    """Whether this is an emergency by suspicion alone. A flag of danger settles it, however weak."""
    return triage.confidence < UNSURE and not (EMERGENCY_FLAGS | _BODY).intersection(triage.flags)


def crisis_key(flags: frozenset[Flag]) -> str:
    """The wording for these flags.

    Danger from others silences everything else: whoever threatens the patient may read the phone.
    988 is named unless the danger is of the body alone; without any flag both numbers are.
    """
    if Flag.DANGER_FROM_OTHERS in flags:
        return "crisis.private"
    own_life = bool(flags & _OWN_LIFE)
    others = Flag.HARM_TO_OTHERS in flags
    if Flag.OVERDOSE in flags:
        return "crisis.all" if own_life or others else "crisis.overdose"
    if flags & _BODY:
        return "crisis.both" if own_life or others else "crisis.medical"
    if own_life:
        return "crisis.both" if others or Flag.HYPERTENSIVE_CRISIS in flags else "crisis.lifeline"
    if Flag.HYPERTENSIVE_CRISIS in flags and not others:
        return "crisis.neutral"
    return "crisis.both"
