"""Texts about how the patient feels."""

from __future__ import annotations

from smsbot.domain import Inbound, Outcome, Situation, Triage, Urgency
from smsbot.handlers.outcomes import neutral


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """Neutral words. Never below routine: normal readings and calm check-ins are charted by somebody."""
    return neutral(Urgency.highest(triage.urgency, Urgency.ROUTINE))
