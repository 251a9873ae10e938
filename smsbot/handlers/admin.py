"""Office matters: bills, records, forms, letters, address, and answers to texting itself."""

from __future__ import annotations

from smsbot.domain import Inbound, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import outcome


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """Say that it is a matter for the office."""
    urgency = Urgency.highest(triage.urgency, Urgency.ROUTINE)
    return outcome(urgency, Reply("received.office", times=True))
