"""What the tables of the policy's tests are written with: texts, situations and what comes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from smsbot.domain import (
    EarlierReply,
    EarlierText,
    Flag,
    Inbound,
    Intent,
    Office,
    OpenCase,
    Outcome,
    SenderKind,
    Situation,
    Triage,
    Urgency,
)
from smsbot.handlers import ReplyPolicy, apply_policy, decide

NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
OPEN = Office(is_open=True, closes_at=NOW + timedelta(hours=5), opens_at=None)
CLOSED = Office(
    is_open=False,
    closes_at=None,
    opens_at=NOW + timedelta(hours=10),
    closed_since=NOW - timedelta(hours=6),
)
SITUATION = Situation(now=NOW, office=OPEN)
INBOUND = Inbound("SM" + "0" * 32, "+15615550101", SenderKind.PHONE, "+15615550100", "some words", NOW)
ALL = ReplyPolicy(opt_out_replies="ours")
NONE, ROUTINE, URGENT, EMERGENCY = Urgency.NONE, Urgency.ROUTINE, Urgency.URGENT, Urgency.EMERGENCY

ADMIN = Triage(ROUTINE, (Intent.ADMIN,))
SYMPTOM = Triage(URGENT, (Intent.SYMPTOM,))
STOP = Triage(NONE, (Intent.CONSENT_STOP,))
START = Triage(NONE, (Intent.CONSENT_START,))
WHO = Triage(NONE, (Intent.CONSENT_HELP,))
UNCLEAR = Triage(ROUTINE, (Intent.UNCLEAR,))


def danger(*flags: Flag, confidence: float = 0.9) -> Triage:
    """An emergency with these flags."""
    return Triage(EMERGENCY, (Intent.CRISIS,), flags, confidence=confidence)


def case(urgency: Urgency = ROUTINE, **changes: object) -> OpenCase:
    """An open case."""
    base = OpenCase("case", urgency, (Intent.ADMIN,), (), is_taken=False, opened_at=NOW - timedelta(days=1))
    return replace(base, **changes)  # type: ignore[arg-type]


def told(*keys: str, minutes: float, of: str | None = "case") -> EarlierReply:
    """An automatic text of so many minutes ago."""
    return EarlierReply(NOW - timedelta(minutes=minutes), keys, of)


def wrote(body: str, *, seconds: float) -> EarlierText:
    """A text of the contact of so many seconds ago."""
    return EarlierText(body, NOW - timedelta(seconds=seconds))


def seen(**changes: object) -> Situation:
    """The usual situation with these changes."""
    return replace(SITUATION, **changes)  # type: ignore[arg-type]


def after(
    triage: Triage,
    situation: Situation = SITUATION,
    body: str = "some words",
    policy: ReplyPolicy = ALL,
    **inbound: object,
) -> Outcome:
    """What comes of a text that was read like this."""
    text = replace(INBOUND, body=body, **inbound)  # type: ignore[arg-type]
    return apply_policy(decide(text, triage, situation), text, situation, policy)


def keys(outcome: Outcome) -> list[str]:
    """The keys of the replies that leave."""
    return [reply.key for reply in outcome.replies]
