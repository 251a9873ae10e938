"""Changes of the shifts by a person at a screen: checked, and with who did it in the audit log."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.models import Duty, Staff
from smsbot.shifts import timetable
from smsbot.shifts.changes import LONGEST_SHIFT, Imported, add_to_rota, remove, replace_imported, swap
from smsbot.shifts.errors import ShiftError
from smsbot.shifts.fetch import MOST_BYTES, fetch
from smsbot.shifts.words import DUTY_WORDS

_SECONDS = 8.0  # somebody waits before a screen


def put_on_duty(
    session: Session, person: Staff, duty: Duty, starts_at: datetime, ends_at: datetime, by: Staff
) -> None:
    """Somebody for once, in place of whoever is on duty then. Times aware. Raises ShiftError."""
    _check_times(starts_at, ends_at)
    shift = swap(session, person, duty, starts_at, ends_at)
    _record(session, by, "swap", shift_id=shift.id)


def hand_over(
    session: Session,
    zone: ZoneInfo,
    giver: Staff,
    taker: Staff,
    duty: Duty,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """A colleague instead of oneself, for a time in which one is on duty alone. Raises ShiftError."""
    starts_at = max(starts_at, clock.now())  # what was stays on record as it was
    _check_times(starts_at, ends_at)
    if taker.id == giver.id:
        raise ShiftError("That is you: choose the colleague who takes over.")
    told = [stretch.staff_ids for stretch in timetable(session, zone, starts_at, ends_at, duty)]
    word = DUTY_WORDS[duty]
    if any(giver.id not in staff_ids for staff_ids in told):
        raise ShiftError(
            f"You are not {word} during all of that time: give the times of your own shift, or ask an "
            "administrator."
        )
    if any(len(staff_ids) > 1 for staff_ids in told):
        raise ShiftError(
            f"Somebody else is {word} with you then, and a swap would take them off too: ask an "
            "administrator."
        )
    put_on_duty(session, taker, duty, starts_at, ends_at, giver)


def add_weekly(
    session: Session, person: Staff, duty: Duty, weekdays: Sequence[int], starts: str, ends: str, by: Staff
) -> int:
    """A duty that comes back every week; gives how many days are new. Raises ShiftError."""
    if not weekdays:
        raise ShiftError("Tick the days on which the duty begins.")
    added = add_to_rota(session, person, duty, weekdays, starts, ends)
    if not added:
        raise ShiftError("That duty is in the weekly plan already.")
    _record(session, by, "weekly", rota_ids=[entry.id for entry in added])
    return len(added)


def take_out(session: Session, row_id: str, by: Staff) -> None:
    """Remove a weekly duty or a single shift. Raises ShiftError."""
    try:
        remove(session, row_id)
    except ShiftError as error:
        raise ShiftError("Somebody has removed this already.") from error
    _record(session, by, "removed", row_id=row_id)


def calendar_of(address: str) -> bytes:
    """The content of a calendar at an https address outside of this network. Raises ShiftError.

    Stricter than the command line: what a screen accepts must neither read files nor knock at machines that
    only this one can reach.
    """
    if not re.match(r"(https|webcals?)://", address.strip(), re.IGNORECASE):
        raise ShiftError("Give an address that begins with https:// or webcal://, or choose a file.")
    return fetch(address.strip(), _SECONDS, check=_must_be_outside)


def import_calendar(
    session: Session, raw: bytes, zone: ZoneInfo, duty: Duty, by: Staff
) -> tuple[Imported, datetime, datetime]:
    """Write the shifts of a calendar in place of those imported before; also from and until when.

    Raises ShiftError with every fault found.
    """
    # Loaded here alone: the readers of calendars are slow to load, and nothing else needs them.
    from smsbot.shifts.calendar import read_calendar
    from smsbot.shifts.matching import plan

    if len(raw) > MOST_BYTES:
        raise ShiftError(f"It is larger than {MOST_BYTES // 1_000_000} MB: that is no calendar of shifts.")
    planned = plan(session, read_calendar(raw, zone, clock.now()))
    done = replace_imported(session, duty, planned)
    _record(session, by, "imported", written=done.written, replaced=done.replaced)
    return done, min(begins for _, begins, _ in planned), max(ends for _, _, ends in planned)


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise ShiftError("It ends before it begins, or is over already: give a later end.")
    if ends_at <= clock.now():
        raise ShiftError("It is over already: give times that are still to come.")
    if ends_at - starts_at > LONGEST_SHIFT:
        raise ShiftError("It is longer than a year: look at the dates.")


def _must_be_outside(address: str) -> None:
    try:
        host = urlsplit(address.strip()).hostname or ""
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise ShiftError("No host of that name answers: check the address.") from error
    if not all(_is_outside(str(place[4][0])) for place in found):
        raise ShiftError(
            "This address lies within your own network. Save the calendar as a file and import that, or use "
            "smsbot shifts import."
        )


def _is_outside(written: str) -> bool:
    """Whether this is a public address, and none that carries another one inside."""
    place = ipaddress.ip_address(written)
    if isinstance(place, ipaddress.IPv6Address) and (place.sixtofour or place.is_site_local):
        return False
    return place.is_global and not place.is_multicast and not place.is_reserved


def _record(session: Session, by: Staff, change: str, **details: Any) -> None:
    audit.record(session, "shifts_changed", staff_id=by.id, change=change, **details)
