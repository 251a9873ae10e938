"""Who can be told: the staff list, and the hours of the next two weeks when nobody is on call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.doctor.line import Line, bad, ok, plural, warn
from smsbot.models import Duty, Staff
from smsbot.shifts import describe_gaps, gaps, is_kept
from smsbot.shifts.words import DUTY_WORDS
from smsbot.wiring import Wiring

_AHEAD = timedelta(days=14)
_MOST_LINES = 5


def check_rota(parts: Wiring) -> list[Line]:
    """The staff list, and the gaps in the rota."""
    with parts.db.reading() as session:
        enabled = list(session.scalars(select(Staff).where(Staff.disabled_at.is_(None))))
        lines = staff_lines(enabled)
        if not enabled:
            return lines
        for duty in Duty:
            lines += _duty_lines(parts, session, duty, has_marked=any(one.is_on_call for one in enabled))
    return lines


def staff_lines(enabled: Sequence[Staff]) -> list[Line]:
    """How many can be told, and who of them cannot act on it. No names: `smsbot staff list` has them."""
    if not enabled:
        return [bad("Nobody is on the staff list: nobody is alerted.", "Run smsbot staff add.")]
    lines = [ok(f"{plural(len(enabled), 'person')} can be alerted.".replace("persons", "people"))]
    if len(enabled) == 1:
        what = "Only one person can be alerted: when that one is ill, nobody reads."
        lines = [warn(what, "Add a second one: smsbot staff add.")]
    if count := sum(one.texts_stopped_at is not None for one in enabled):
        what = f"{count} of them stopped our texts: they are called instead."
        lines.append(warn(what, "Have them text START to the line."))
    if count := sum(one.password_hash is None for one in enabled):
        what = f"{count} of them never set a password, and cannot open a case."
        lines.append(warn(what, "Send each a new link: smsbot staff reset EMAIL."))
    return lines


def _duty_lines(parts: Wiring, session: Session, duty: Duty, *, has_marked: bool) -> list[Line]:
    word = DUTY_WORDS[duty]
    if not is_kept(session, duty):
        if duty is Duty.BACKUP:
            return [warn("Nobody is on a rota as backup: everybody is told instead.", _remedy(duty))]
        if has_marked:
            return [ok("No rota is kept: those added with --on-call are told first, always.")]
        return [warn("No rota is kept and nobody is marked on call: everybody is told.", _remedy(duty))]
    now, zone = clock.now(), parts.clinic.zone
    found = describe_gaps(gaps(session, zone, now, now + _AHEAD, duty), zone, duty)
    if not found:
        return [ok(f"Somebody is {word} at every hour of the next 14 days.")]
    lines = [
        warn(f"{gap[0].upper()}{gap[1:]}: others are told then.", _remedy(duty))
        for gap in found[:_MOST_LINES]
    ]
    if len(found) > _MOST_LINES:
        lines.append(warn(f"And {len(found) - _MOST_LINES} gaps more as {word}.", "Run smsbot shifts gaps."))
    return lines


def _remedy(duty: Duty) -> str:
    return f"Fill it: smsbot shifts add, or swap for once, with --duty {duty}."
