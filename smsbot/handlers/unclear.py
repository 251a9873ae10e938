"""Texts that cannot be told, and pictures or voice memos alone."""

from __future__ import annotations

from smsbot.domain import Inbound, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import EMERGENCY_LINE, neutral, outcome


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """Never `none`: what stays dark is put before a person. A picture alone may show anything."""
    if is_picture_alone(inbound):
        urgency = Urgency.highest(triage.urgency, Urgency.URGENT)
        return outcome(urgency, Reply("received.media", times=True), EMERGENCY_LINE)
    return neutral(Urgency.highest(triage.urgency, Urgency.ROUTINE))


def is_picture_alone(inbound: Inbound) -> bool:
    """Whether an attachment came without a word; an emoji beside it is none."""
    return bool(inbound.media) and not any(sign.isalnum() for sign in inbound.body)
