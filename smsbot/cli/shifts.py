"""Who is on call when: the weekly rota, swaps, calendars, and what they leave uncovered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

import click
from sqlalchemy.orm import Session

from smsbot import clock, people, wiring
from smsbot.models import Duty, Staff
from smsbot.shifts import changes, describe_gaps
from smsbot.shifts import gaps as find_gaps
from smsbot.shifts.errors import ShiftError
from smsbot.shifts.listing import json_lines, page
from smsbot.shifts.words import DUTY_WORDS, describe
from smsbot.shifts.written import clock_of, moment_of, weekdays_of
from smsbot.wiring import Wiring

_T = TypeVar("_T")

_duty = click.option(
    "--duty",
    type=click.Choice([duty.value for duty in Duty]),
    default=Duty.ON_CALL.value,
    help="Told first (on_call), or when the one on call does not answer (backup).",
)
_days = click.option(
    "--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How far to look ahead."
)


@click.group()
def shifts() -> None:
    """Who is on call when. Times are the clinic's."""


@shifts.command("list")
@_days
@click.option("--json", "as_json", is_flag=True, help="One JSON line each; ids, no names.")
def list_(days: int, as_json: bool) -> None:
    """Who is on call from when to when, gaps included, and the rows behind it."""
    span = (clock.now(), clock.now() + timedelta(days=days))
    with _parts() as parts, parts.db.reading() as session:
        if as_json:
            for row in json_lines(session, parts.clinic.zone, *span):
                click.echo(json.dumps(row))
            return
        for line, is_gap in page(session, parts.clinic.zone, *span):
            click.secho(line, fg="red" if is_gap else None)


@shifts.command()
@click.argument("email")
@click.option("--days", required=True, help="mon-fri, or sat,sun: the days on which it begins.")
@click.option("--from", "starts", required=True, help="17:00")
@click.option("--to", "ends", required=True, help="08:00; not later than --from is on the next day.")
@_duty
def add(email: str, days: str, starts: str, ends: str, duty: str) -> None:
    """Give somebody a duty that comes back every week."""
    weekdays = _written(lambda: weekdays_of(days), "--days")
    opens, closes = _written(lambda: clock_of(starts), "--from"), _written(lambda: clock_of(ends), "--to")
    with _changing() as (parts, session):
        person = _find(session, parts, email)
        entries = changes.add_to_rota(session, person, Duty(duty), weekdays, opens, closes)
    for entry in entries:
        click.echo(entry.id)
    there = len(weekdays) - len(entries)
    click.echo(f"{len(entries)} added" + (f", {there} there already." if there else "."), err=True)


@shifts.command()
@click.argument("row_ids", metavar="ID...", nargs=-1, required=True)
def remove(row_ids: tuple[str, ...]) -> None:
    """Take out weekly duties or single shifts, by the ids that `list` shows; all of them or none."""
    with _changing() as (_, session):
        for row_id in dict.fromkeys(row_ids):
            changes.remove(session, row_id)
    click.echo(f"{len(dict.fromkeys(row_ids))} removed.", err=True)


@shifts.command()
@click.argument("email")
@click.option("--from", "starts", required=True, help="2026-11-27T17:00")
@click.option("--to", "ends", required=True, help="2026-11-28T08:00")
@_duty
def swap(email: str, starts: str, ends: str, duty: str) -> None:
    """Put somebody on duty for once, in place of whoever is."""
    with _changing() as (parts, session):
        zone = parts.clinic.zone
        starts_at = _written(lambda: moment_of(starts, zone), "--from")
        ends_at = _written(lambda: moment_of(ends, zone, is_end=True), "--to")
        shift = changes.swap(session, _find(session, parts, email), Duty(duty), starts_at, ends_at)
    click.echo(shift.id)
    click.echo(_span(starts_at, ends_at, parts), err=True)


@shifts.command("import")
@click.argument("place", metavar="FILE_OR_URL")
@_duty
def import_(place: str, duty: str) -> None:
    """Take the shifts out of an iCalendar file or https address, in place of those imported before."""
    # Loaded here alone: the readers of calendars are slow to load, and no other command needs them.
    from smsbot.shifts.calendar import read_calendar
    from smsbot.shifts.fetch import fetch
    from smsbot.shifts.matching import plan

    with _parts() as parts:
        # Read before the writing transaction: a slow host must not hold up the texts.
        listed = read_calendar(fetch(place), parts.clinic.zone, clock.now())
        with parts.db.writing() as session:
            planned = plan(session, listed)
            done = changes.replace_imported(session, Duty(duty), planned)
    first, last = min(begins for _, begins, _ in planned), max(ends for _, _, ends in planned)
    click.echo(f"{done.written} shifts imported, {done.replaced} replaced.", err=True)
    click.echo(_span(first, last, parts), err=True)
    if done.outside:
        click.echo(f"{done.outside} imported earlier lie outside of that and stay.", err=True)


@shifts.command()
@_days
@_duty
def gaps(days: int, duty: str) -> None:
    """When nobody is on call; exit 1 if there is such a time."""
    start = clock.now()
    with _parts() as parts, parts.db.reading() as session:
        zone = parts.clinic.zone
        found = find_gaps(session, zone, start, start + timedelta(days=days), Duty(duty))
    for line in describe_gaps(found, zone, Duty(duty)):
        click.secho(line, fg="red")
    if found:
        raise SystemExit(1)
    click.echo(f"Somebody is {DUTY_WORDS[Duty(duty)]} all through the next {days} days.", err=True)


@contextmanager
def _parts() -> Iterator[Wiring]:
    """The wiring, closed at the end; what the rota refuses is said plainly."""
    parts = wiring.build()
    try:
        yield parts
    except ShiftError as error:
        raise click.ClickException(str(error)) from error
    finally:
        parts.close()


@contextmanager
def _changing() -> Iterator[tuple[Wiring, Session]]:
    """One writing transaction."""
    with _parts() as parts, parts.db.writing() as session:
        yield parts, session


def _find(session: Session, parts: Wiring, email: str) -> Staff:
    person = people.find_by_email(session, parts.vault, email)
    if person is None:
        raise click.ClickException(f"Nobody has the address {email}: `smsbot staff list` shows everybody.")
    return person


def _written(read: Callable[[], _T], option: str) -> _T:
    try:
        return read()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def _span(starts_at: datetime, ends_at: datetime, parts: Wiring) -> str:
    zone = parts.clinic.zone
    return f"From {describe(starts_at, zone)} to {describe(ends_at, zone)}."
