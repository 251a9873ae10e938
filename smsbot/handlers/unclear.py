"""Texts that cannot be told, and pictures or voice memos alone."""

from __future__ import annotations

from smsbot.domain import Inbound, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import EMERGENCY_LINE, neutral, outcome


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """Never `none`: what stays dark is put before a person. A picture alone may show anything."""
    if inbound.media and not inbound.body.strip():
        urgency = Urgency.highest(triage.urgency, Urgency.URGENT)
        return outcome(urgency, Reply("received.media", times=True), EMERGENCY_LINE)
    return neutral(Urgency.highest(triage.urgency, Urgency.ROUTINE))
