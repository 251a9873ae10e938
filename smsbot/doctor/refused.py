"""Refused webhooks: a check that fails closed must not lose patients' texts for weeks without a word."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from smsbot import clock
from smsbot.doctor.line import Line, bad, ok, plural, warn
from smsbot.models import Refusal
from smsbot.wiring import Wiring

_DAY = timedelta(days=1)
_BEFORE_DAYS = 7
_FEW = 5  # a scanner or two, or this command itself
_RISE = 2.0

_REMEDIES = {
    "bad_signature": "Compare PUBLIC_URL with the address at the provider, letter by letter; was the token "
    "rotated? Then smsbot reconcile --since 24 takes in the texts that were refused.",
    "other_account": "Another account posts here: is the right number connected, is the account ours?",
    "not_a_form": "Something posts another type: is the webhook set to POST, and does no proxy rewrite it?",
    "too_large": "Somebody posts more than 64 KB: not the provider. Look at the proxy's log.",
}
_REMEDY = "Look at the log (webhook_refused) and at the address in the provider's console."


def check_refused(parts: Wiring) -> list[Line]:
    """The last day, held against the seven days before it."""
    now = clock.now()
    with parts.db.reading() as session:
        query = select(Refusal.reason, func.count()).group_by(Refusal.reason)
        last = session.execute(query.where(Refusal.at > now - _DAY)).all()
        week = session.execute(
            query.where(Refusal.at > now - _DAY * (_BEFORE_DAYS + 1), Refusal.at <= now - _DAY)
        ).all()
    return refused_lines(_counts(last), _counts(week))


def refused_lines(last_day: Counter[str], week_before: Counter[str]) -> list[Line]:
    """By reason: how many, and whether that is a rise."""
    if not last_day:
        return [ok("No webhook was refused in the last 24 hours.")]
    lines = []
    for reason, count in last_day.most_common():
        usual = week_before[reason] / _BEFORE_DAYS
        is_rise = count >= _FEW and count > _RISE * usual
        what = f"{plural(count, 'webhook')} refused in the last 24 hours: {reason}"
        what += f", {usual:.0f} a day before." if usual else ", none in the week before."
        lines.append((bad if is_rise else warn)(what, _REMEDIES.get(reason, _REMEDY)))
    return lines


def _counts(rows: object) -> Counter[str]:
    return Counter({str(reason): int(count) for reason, count in rows})  # type: ignore[attr-defined]
