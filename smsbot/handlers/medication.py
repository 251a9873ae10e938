"""Texts about a medication or an infusion."""

from __future__ import annotations

from smsbot.domain import Inbound, Outcome, Situation, Triage, Urgency
from smsbot.handlers.outcomes import neutral


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """Neutral words: a reply never names a medication back, and never says what to do about one."""
    return neutral(Urgency.highest(triage.urgency, Urgency.ROUTINE))
