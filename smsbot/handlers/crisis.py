"""Texts that may mean danger to life or safety now. Which words go out is chosen by flag."""

from __future__ import annotations

from smsbot.domain import EMERGENCY_FLAGS, Flag, Inbound, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import outcome
from smsbot.replies import BODY, crisis_kind

WATCHED = "The phone may be watched: read before you call."

UNSURE = 0.85
"""Below this confidence an emergency gets softer words, unless a flag says what the danger is.

The learned part makes an emergency of what it is 0.42 sure of, and names a flag from 0.6 on; the rules of
emergencies are surer than 0.85. So softer words go to what the learned part alone suspects.
"""


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """The crisis reply by flag, and what staff must know before they call."""
    flags = frozenset(triage.flags)
    notes = (WATCHED,) if Flag.DANGER_FROM_OTHERS in flags else ()
    key = "crisis.unsure" if _is_unsure(triage) else crisis_key(flags)
    return outcome(Urgency.EMERGENCY, Reply(key), notes=notes)


def _is_unsure(triage: Triage) -> bool:
    """Whether this is an emergency by suspicion alone. A flag of danger settles it, however weak."""
    return triage.confidence < UNSURE and not (EMERGENCY_FLAGS | BODY).intersection(triage.flags)


def crisis_key(flags: frozenset[Flag]) -> str:
    """The wording for these flags."""
    return f"crisis.{crisis_kind(flags)}"
