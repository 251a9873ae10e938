"""What patients agreed to about texting: look at it, record it, export the ledger."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, get_args

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock, people, wiring
from smsbot import consent as ledger
from smsbot.consent import Change, Kind
from smsbot.contacts import lock_contact, lock_known_contact
from smsbot.models import ConsentEntry, Contact, Staff
from smsbot.twilio.form import normal_number
from smsbot.wiring import Wiring

COLUMNS = ("number", "at", "kind", "change", "source", "words")
_SAYABLE: tuple[Change, ...] = ("start", "stop", "agreed")  # `told` is written when the notice leaves
# A cell that begins so is run as a formula by spreadsheets: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.group()
def consent() -> None:
    """What patients agreed to about texting, and the ledger that proves it."""


@consent.command()
@click.argument("number")
@click.option("--words", "with_words", is_flag=True, help="What they wrote as well: it may be private.")
def show(number: str, with_words: bool) -> None:
    """Whether a number may be texted, and every line of the ledger about it, oldest first."""
    with _parts() as parts, parts.db.reading() as session:
        contact = _contact(session, parts, number)
        for line in _standing(session, contact, parts):
            click.echo(line)
        query = select(ConsentEntry).where(ConsentEntry.contact_id == contact.id)
        for entry in session.scalars(query.order_by(ConsentEntry.at, ConsentEntry.id)):
            line = f"{_shown(entry.at, parts)}  {entry.kind} {entry.change}  by {entry.source}"
            click.echo(f"{line}  {entry.words}" if with_words and entry.words else line)


@consent.command()
@click.option("--since", help="The first day, 2026-11-01 (default: from the beginning).")
@click.option("--csv", "place", required=True, metavar="FILE", help="A new file; - for the screen.")
def export(since: str | None, place: str) -> None:
    """Write the ledger to a file that only you can read. It holds numbers and what patients wrote."""
    with _parts() as parts:
        first = _day(since, parts)
        with _opened(place) as file, parts.db.reading() as session:
            count = _write(file, session, first)
        with parts.db.writing() as session:
            audit.record(session, "consents_exported", lines=count, since=since)
    click.echo(f"{count} lines written.", err=True)


@consent.command("set")
@click.argument("number")
@click.argument("kind", type=click.Choice(get_args(Kind)))
@click.argument("change", type=click.Choice(_SAYABLE))
@click.option("--by", "email", required=True, help="The staff member who was told, by e-mail address.")
@click.option("--why", required=True, help="What the patient said or signed, in a few words.")
def set_(number: str, kind: Kind, change: Change, email: str, why: str) -> None:
    """Record what a patient agreed to or withdrew by phone, on paper or in person."""
    if change not in ledger.CHANGES[kind]:
        sayable = " or ".join(one for one in ledger.CHANGES[kind] if one in _SAYABLE)
        raise click.BadParameter(f"for {kind} say {sayable}.", param_hint="CHANGE")
    if not why.strip():
        raise click.BadParameter("say what the patient said or signed.", param_hint="--why")
    with _parts() as parts, parts.db.writing() as session:
        person = _staff(session, parts, email)
        contact = lock_contact(session, parts.vault, _number(number))
        assert contact is not None  # noqa: S101  (made just now if it was not there)
        has_changed = ledger.change(
            session,
            contact,
            kind=kind,
            change=change,
            source="staff",
            staff_id=person.id,
            words=why.strip(),
        )
    click.echo("Written down." if has_changed else "Written down; it was so already.", err=True)
    if kind == "texts" and change == "start" and has_changed:
        click.echo(
            "If they texted STOP, the provider still refuses our texts until they text START.", err=True
        )


def _standing(session: Session, contact: Contact, parts: Wiring) -> Iterator[str]:
    yield "may be texted" if ledger.may_text(contact) else "may not be texted: opted out"
    if contact.silence is not None:
        yield f"no automatic texts: {contact.silence.replace('_', ' ')}"
    if contact.reminders_off_at is not None:
        yield "no reminders"
    told = _shown(contact.notice_at, parts) if contact.notice_at else "not yet"
    yield f"told that texts are not private: {told}"
    yield f"agreed to it: {'yes' if ledger.has_agreed(session, contact) else 'not on file'}"


def _write(file: IO[str], session: Session, first: datetime | None) -> int:
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    query = select(ConsentEntry, Contact).join(Contact, Contact.id == ConsentEntry.contact_id)
    if first is not None:
        query = query.where(ConsentEntry.at >= first)
    count = 0
    for entry, contact in session.execute(query.order_by(ConsentEntry.at, ConsentEntry.id)):
        cells = (contact.number, entry.at.isoformat(), entry.kind, entry.change, entry.source, entry.words)
        rows.writerow(_guarded(cells))
        count += 1
    return count


def _guarded(cells: Sequence[str | None]) -> list[str]:
    """Cells that no spreadsheet runs: an apostrophe before what would be read as a formula."""
    return [f"'{cell}" if cell and cell.lstrip(" ").startswith(_FORMULA) else cell or "" for cell in cells]


@contextmanager
def _opened(place: str) -> Iterator[IO[str]]:
    """The screen for `-`, else a new file that nobody else can read; never one that is there already."""
    if place == "-":
        yield sys.stdout
        return
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise click.BadParameter(f"{place} is there already: name a new file.", param_hint="--csv") from error
    except OSError as error:
        raise click.BadParameter(
            f"{place} cannot be written: {error.strerror}.", param_hint="--csv"
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def _parts() -> Iterator[Wiring]:
    parts = wiring.build()
    try:
        yield parts
    finally:
        parts.close()


def _number(written: str) -> str:
    number = normal_number(written)
    if number is None:
        raise click.BadParameter("this is no phone number: give it as +15615550123.", param_hint="NUMBER")
    return number


def _contact(session: Session, parts: Wiring, written: str) -> Contact:
    contact = lock_known_contact(session, parts.vault, _number(written))
    if contact is None:
        raise click.ClickException("This number has never texted us, and nothing was recorded about it.")
    return contact


def _staff(session: Session, parts: Wiring, email: str) -> Staff:
    person = people.find_by_email(session, parts.vault, email)
    if person is None or person.disabled_at is not None:
        raise click.ClickException(f"Nobody at work has the address {email}: see `smsbot staff list`.")
    return person


def _day(written: str | None, parts: Wiring) -> datetime | None:
    """The first moment of the clinic's day."""
    if written is None:
        return None
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=parts.clinic.zone)
    except ValueError as error:
        raise click.BadParameter("write it like 2026-11-01.", param_hint="--since") from error
    if day > clock.now():
        raise click.BadParameter("this day has not come yet.", param_hint="--since")
    return day


def _shown(at: datetime, parts: Wiring) -> str:
    return f"{parts.clinic.local(at):%Y-%m-%d %H:%M}"
