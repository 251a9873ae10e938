"""Which numbers a danger asks for. Here alone: the first reply, short ones and follow-ups must not differ."""

from __future__ import annotations

from smsbot.domain import Flag

_OWN_LIFE = frozenset({Flag.SUICIDE, Flag.SELF_HARM})
# An ambulance is what helps; the urgent ones stand here for when they come as an emergency.
BODY = frozenset(
    {
        *(Flag.CHEST_PAIN, Flag.BREATHING, Flag.STROKE, Flag.UNRESPONSIVE, Flag.SEIZURE, Flag.ANAPHYLAXIS),
        *(Flag.SEROTONIN_OR_NMS, Flag.SEVERE_RASH, Flag.CONFUSION, Flag.IMPAIRED_DRIVING, Flag.BLEEDING),
        *(Flag.WITHDRAWAL, Flag.FALL, Flag.HEART, Flag.HIGH_BP, Flag.RASH, Flag.PREGNANCY, Flag.URINARY),
        *(Flag.VOMITING, Flag.DOSE_ERROR, Flag.INTERACTION),
    }
)
"""Dangers of the body: 911, and no number for the mind."""


def crisis_kind(flags: frozenset[Flag]) -> str:
    """The last part of the keys `crisis.…`, `crisis_short.…` and `follow.nobody_…` for these flags.

    Danger from others silences everything else ("private"): whoever threatens the patient may read the
    phone. 988 is named unless the danger is of the body alone; without any flag both numbers are.
    """
    if Flag.DANGER_FROM_OTHERS in flags:
        return "private"
    own_life = bool(flags & _OWN_LIFE)
    others = Flag.HARM_TO_OTHERS in flags
    if Flag.OVERDOSE in flags:
        return "all" if own_life or others else "overdose"
    if flags & BODY:
        return "both" if own_life or others else "medical"
    if own_life:
        return "both" if others or Flag.HYPERTENSIVE_CRISIS in flags else "lifeline"
    return "neutral" if Flag.HYPERTENSIVE_CRISIS in flags and not others else "both"
