"""What is open, for operators and scripts: ids and states, no names, numbers or words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import wiring
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Message

_SETTLED = (DispatchState.DELIVERED, DispatchState.CANCELLED)

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON line each.")
show_all = click.option("--all", "show_all", is_flag=True, help="Settled ones too.")


@click.command()
@as_json
@show_all
def cases(as_json: bool, show_all: bool) -> None:
    """Open cases, the most urgent first."""
    query = select(Case).order_by(Case.urgency_rank.desc(), Case.look_by, Case.opened_at)
    if not show_all:
        query = query.where(Case.state != CaseState.RESOLVED)
    with wiring.build().db.reading() as session:
        rows = [case.as_json(_sids(session, case.id)) for case in session.scalars(query)]
    _print(rows, as_json, ("code", "urgency", "state", "team", "look_by"), "No case is open.")


@click.command()
@as_json
@show_all
def alerts(as_json: bool, show_all: bool) -> None:
    """Alerts that are climbing."""
    query = select(Alert).order_by(Alert.created_at)
    if not show_all:
        query = query.where(Alert.state == AlertState.CLIMBING)
    with wiring.build().db.reading() as session:
        rows = [alert.as_json() for alert in session.scalars(query)]
    _print(rows, as_json, ("id", "case_id", "state", "step", "next_at"), "Nobody is being alerted.")


@click.command()
@as_json
@show_all
def dispatches(as_json: bool, show_all: bool) -> None:
    """What has to leave or failed to arrive."""
    query = select(Dispatch).order_by(Dispatch.created_at)
    if not show_all:
        query = query.where(Dispatch.state.not_in(_SETTLED))
    with wiring.build().db.reading() as session:
        rows = [dispatch.as_json() for dispatch in session.scalars(query)]
    columns = ("id", "purpose", "route", "state", "attempts", "due_at", "error")
    _print(rows, as_json, columns, "Nothing is waiting to leave.")


def _sids(session: Session, case_id: str) -> list[str]:
    query = select(Message.provider_sid).where(Message.case_id == case_id, Message.direction == "in")
    return [sid for sid in session.scalars(query.order_by(Message.created_at)) if sid]


def _print(rows: Iterable[dict[str, Any]], as_json: bool, columns: tuple[str, ...], nothing: str) -> None:
    rows = list(rows)
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    if not rows:
        click.echo(nothing, err=True)
        return
    table = [
        columns,
        *([str(row[column] if row[column] is not None else "-") for column in columns] for row in rows),
    ]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
