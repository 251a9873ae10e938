"""`smsbot ladder explain`: who would be told, when, and how."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from smsbot import clock
from smsbot.clinic import Clinic, LadderRule
from smsbot.clinic.ladder import CONDITIONS
from smsbot.domain import Flag, Urgency
from smsbot.escalation import Roster
from smsbot.wiring import Wiring, build

_URGENCIES = [urgency.value for urgency in Urgency if urgency is not Urgency.NONE]
_ROUTES = {"sms": "text", "call": "call", "email": "e-mail", "push": "push"}


@click.group()
def ladder() -> None:
    """The ladder: whom to tell that a case waits, until somebody takes it."""


@ladder.command()
@click.option("--at", "at", help="When the text comes in: 2026-11-26T22:30, clinic time (default: now).")
@click.option("--urgency", type=click.Choice(_URGENCIES), default="emergency", show_default=True)
@click.option("--flag", "flags", multiple=True, type=click.Choice([flag.value for flag in Flag]))
@click.option(
    "--condition", "conditions", multiple=True, type=click.Choice(CONDITIONS), help="What else is known."
)
@click.option("--team", default=None, help="The team of the case (default: that of emergencies).")
@click.option("--steps", default=6, show_default=True, help="How many steps to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each step.")
def explain(
    at: str | None,
    urgency: str,
    flags: tuple[str, ...],
    conditions: tuple[str, ...],
    team: str | None,
    steps: int,
    as_json: bool,
) -> None:
    """Print who would be told when, if nobody took the case."""
    parts = build()
    moment = _moment(at, parts.clinic)
    known = [Flag(flag) for flag in flags]
    least = Urgency.highest(Urgency(urgency), *(flag.least_urgency for flag in known))
    is_open = parts.clinic.office_at(moment).is_open
    rule = parts.clinic.ladder.rule_for(
        least, known, team or parts.clinic.emergencies, is_open=is_open, conditions=conditions
    )
    rows = [_step(parts, rule, moment, step) for step in range(steps)]
    parts.close()
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    if least is not Urgency(urgency):
        click.echo(f"These flags make it {least}.")
    click.echo(f"{least} at {_shown(moment, parts.clinic)} ({'open' if is_open else 'closed'}): {rule.name}")
    for row in rows:
        when = _shown(datetime.fromisoformat(row["at"]), parts.clinic)
        routes = " and ".join(_ROUTES[route] for route in row["by"])
        click.echo(f"  {when:<22} {routes:<14} {', '.join(row['told']) or 'nobody: the staff list is empty'}")
    click.echo(f"  and so on every {int(rule.again.total_seconds() // 60)} minutes, until somebody takes it.")


def _step(parts: Wiring, rule: LadderRule, moment: datetime, step: int) -> dict[str, Any]:
    due = parts.clinic.ladder_begins(rule, moment) + rule.due(step)
    rung = rule.rung(step)
    with parts.db.reading() as session:
        roster = Roster(session, parts.clinic.zone, due, parts.clinic.ladder.fallback)
        told = [person.name for person in roster.told(rung.tell, None, ())]
    return {"step": step, "at": due.isoformat(), "tell": list(rung.tell), "by": list(rung.by), "told": told}


def _moment(at: str | None, clinic: Clinic) -> datetime:
    if at is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise click.BadParameter("write it like 2026-11-26T22:30", param_hint="--at") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=clinic.zone)


def _shown(moment: datetime, clinic: Clinic) -> str:
    local = clinic.local(moment)
    return f"{local:%a %b %-d, %-I:%M %p}"
