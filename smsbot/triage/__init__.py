"""Triage: text and situation in, a Triage out. Pure: no I/O after loading, no clock, no database."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from smsbot.domain import Situation, Triage
from smsbot.triage.engine import Engine
from smsbot.triage.engine import load_engine as _load_engine
from smsbot.triage.learned import WeightsError
from smsbot.triage.rulebook import RuleError

__all__ = ["Engine", "RuleError", "WeightsError", "load_engine", "triage"]


def load_engine(override_dir: Path | None = None) -> Engine:
    """An engine with the package's rules and a clinic's overrides of them. Raises RuleError, WeightsError."""
    return _load_engine(override_dir)


@lru_cache(maxsize=1)
def _default_engine() -> Engine:
    return _load_engine()


def triage(body: str, received_at: datetime, situation: Situation | None = None) -> Triage:
    """What can be read out of `body` by the package's own rules and model. `received_at` is aware."""
    return _default_engine().triage(body, received_at, situation)
