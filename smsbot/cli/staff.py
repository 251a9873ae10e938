"""Who works here and is alerted."""

from __future__ import annotations

import json

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import people, wiring
from smsbot.models import Staff
from smsbot.models.people import Role
from smsbot.people import StaffError
from smsbot.twilio.form import normal_number
from smsbot.wiring import Wiring


@click.group()
def staff() -> None:
    """Who works here and is alerted."""


@staff.command()
@click.argument("email")
@click.option("--name", required=True, help="As colleagues read it.")
@click.option("--phone", required=True, help="Where alerts go, +1…")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--on-call", is_flag=True, help="Told first. Without anyone on call, everybody is told.")
def add(email: str, name: str, phone: str, role: str, on_call: bool) -> None:
    """Add a staff member; prints the one-time link with which they set a password."""
    number = normal_number(phone)
    if number is None:
        raise click.BadParameter(
            f"{phone!r} is no phone number: give it as +15615550123.", param_hint="--phone"
        )
    if "@" not in email or not name.strip():
        raise click.BadParameter("give an e-mail address and a name.", param_hint="EMAIL")
    parts = wiring.build()
    try:
        with parts.db.writing() as session:
            person = people.add_staff(
                session,
                parts.vault,
                email=email,
                name=name,
                phone=number,
                role=Role(role),
                is_on_call=on_call,
            )
            token = people.make_link(session, parts.vault, person.id)
    except StaffError as error:
        raise click.ClickException(str(error)) from error
    _print_link(parts, token)


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line each.")
def list_(as_json: bool) -> None:
    """Everybody on the list."""
    with wiring.build().db.reading() as session:
        for person in session.scalars(select(Staff).order_by(Staff.created_at)):
            row = {
                "id": person.id,
                "email": person.email,
                "name": person.name,
                "phone": person.phone,
                "role": person.role,
                "on_call": person.is_on_call,
                "disabled": person.disabled_at is not None,
                "has_password": person.password_hash is not None,
                "has_second_factor": people.what_is_missing(session, person, is_required=False) is not None,
            }
            if as_json:
                click.echo(json.dumps(row))
                continue
            state = "disabled" if row["disabled"] else "on call" if row["on_call"] else ""
            click.echo(f"{person.email}  {person.name}  {person.phone}  {person.role}  {state}".rstrip())


@staff.command()
@click.argument("email")
def disable(email: str) -> None:
    """Take somebody off: no alerts, no sign-in."""
    parts = wiring.build()
    with parts.db.writing() as session:
        people.disable(session, _find(session, parts, email))
    click.echo(f"{email} gets no alerts and cannot sign in any more.", err=True)


@staff.command()
@click.argument("email")
def reset(email: str) -> None:
    """For somebody who forgot the password or lost the phone: a new one-time link.

    Takes away the password, the authenticator app, the recovery codes and the trusted devices, and signs them
    out everywhere. They choose a new password by the link, and in a live home set up a new second step.
    """
    parts = wiring.build()
    with parts.db.writing() as session:
        person = _find(session, parts, email)
        people.reset_second_factor(session, person)
        people.remove_password(session, person)
        token = people.make_link(session, parts.vault, person.id)
    click.echo(
        f"{email} is signed out everywhere; the password, the second step and trusted devices are removed.",
        err=True,
    )
    _print_link(parts, token)


def _find(session: Session, parts: Wiring, email: str) -> Staff:
    person = people.find_by_email(session, parts.vault, email)
    if person is None:
        raise click.ClickException(f"Nobody has the address {email}: `smsbot staff list` shows everybody.")
    return person


def _print_link(parts: Wiring, token: str) -> None:
    click.echo(f"{parts.settings.public_url}/welcome/{token}")
    click.echo("Give them this link: it works once, within 72 hours.", err=True)
