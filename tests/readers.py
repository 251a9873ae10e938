"""Triage by the rules alone, for tests of single rules: the learned part may see more than they do."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from smsbot.domain import Situation, Triage
from smsbot.triage import Engine
from smsbot.triage.rulebook import load_rulebook


@lru_cache(maxsize=1)
def rules_alone() -> Engine:
    """An engine without a model."""
    return Engine(load_rulebook())


def triage(body: str, received_at: datetime, situation: Situation | None = None) -> Triage:
    """What the rules read out of `body`."""
    return rules_alone().triage(body, received_at, situation)
