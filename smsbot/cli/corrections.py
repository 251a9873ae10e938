"""`smsbot corrections`: what people said the triage should have read."""

from __future__ import annotations

import json
from datetime import datetime

import click

from smsbot import audit, wiring
from smsbot.clinic import Clinic
from smsbot.desk.exporting import as_examples, corrections_since

_WARNING = "What follows on stdout are patients' own words: keep the file as you keep a chart."


@click.group()
def corrections() -> None:
    """Corrections of triage."""


@corrections.command()
@click.option("--since", metavar="DAY", help="Corrected on this day or later: 2026-11-23.")
def export(since: str | None) -> None:
    """Corrected texts as JSON lines in the corpus format, in plain text. That is audited."""
    parts = wiring.build()
    start = _start(since, parts.clinic)
    with parts.db.writing() as session:
        found = corrections_since(session, start)
        # before anything is shown: whose texts are read here
        ids = [one.message_id for one in found]
        audit.record(session, "texts_read", command="corrections export", message_ids=ids)
    if not found:
        click.echo("Nobody has corrected a text yet.", err=True)
        return
    click.echo(_WARNING, err=True)
    with parts.db.reading() as session:
        for example in as_examples(session, parts.clinic, found):
            click.echo(json.dumps(example, ensure_ascii=False))


def _start(since: str | None, clinic: Clinic) -> datetime | None:
    """The beginning of that day in the clinic's zone, or the moment itself."""
    if since is None:
        return None
    try:
        start = datetime.fromisoformat(since)
    except ValueError as error:
        raise click.BadParameter("write the day as 2026-11-23", param_hint="--since") from error
    return start if start.tzinfo else start.replace(tzinfo=clinic.zone)
