"""`smsbot triage`: what the engine reads out of texts, one JSON line each."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from smsbot import clock
from smsbot.cli.compare import compare
from smsbot.clinic import Clinic, load_clinic
from smsbot.config import load_settings
from smsbot.domain import EarlierText, Situation, Triage
from smsbot.triage import Engine
from smsbot.wiring import engine_of

_DAYS = 30


class BadLine(Exception):
    """A line of input that cannot be read; the text says why."""


@click.command()
@click.argument("text", required=False)
@click.option(
    "--compare",
    "other",
    metavar="CHECKSUM_OR_FILE",
    help="What would change on the texts of the last days, from the rules in force to these.",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), help="With --compare: how far back; 30 unless told otherwise."
)
@click.option("--json", "as_json", is_flag=True, help="With --compare: one JSON line each, the summary last.")
@click.option("--text", "with_text", is_flag=True, help="With --compare: the texts too; that is audited.")
def triage(text: str | None, other: str | None, days: int | None, as_json: bool, with_text: bool) -> None:
    """Read TEXT, or JSON lines from stdin: {"id", "body", "received_at"?, "context"?}.

    `context` may hold `earlier` (texts of the last minutes, oldest first), `question` and `language`.
    """
    if other is not None:
        if text is not None:
            raise click.UsageError("--compare reads the texts of the last days: give no TEXT with it.")
        compare(other, days or _DAYS, as_json, with_text)
        return
    if days is not None or as_json or with_text:
        raise click.UsageError("--days, --json and --text belong to --compare CHECKSUM_OR_FILE.")
    settings = load_settings()
    clinic = load_clinic(settings.clinic_file)
    engine = engine_of(settings)
    if text is not None:
        click.echo(json.dumps(_read({"id": None, "body": text}, engine, clinic), ensure_ascii=False))
        return
    has_failed = False
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        answer, is_good = _answer(line, engine, clinic)
        has_failed |= not is_good
        click.echo(json.dumps(answer, ensure_ascii=False))
    sys.exit(1 if has_failed else 0)


def _answer(line: bytes, engine: Engine, clinic: Clinic) -> tuple[dict[str, Any], bool]:
    row: Any = None
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise BadLine("a line must be an object")
        return _read(row, engine, clinic), True
    except (ValueError, BadLine) as error:
        name = row.get("id") if isinstance(row, dict) else None
        reason = str(error) if isinstance(error, BadLine) else "not JSON in UTF-8"
        return {"id": name, "error": reason}, False


def _read(row: dict[str, Any], engine: Engine, clinic: Clinic) -> dict[str, Any]:
    body = row.get("body")
    if not isinstance(body, str):
        raise BadLine("body must be text")
    at = _time(row.get("received_at"), clinic)
    situation = _situation(row.get("context") or {}, at, clinic)
    return {"id": row.get("id"), **as_json(engine.triage(body, at, situation))}


def as_json(read: Triage) -> dict[str, Any]:
    """The contract of `smsbot triage`."""
    return {
        "urgency": read.urgency,
        "intents": list(read.intents),
        "flags": list(read.flags),
        "language": read.language,
        "languages": list(read.languages),
        "confidence": round(read.confidence, 4),
        "medications": list(read.medications),
        "windows": [asdict(window) for window in read.windows],
        "excluded": [asdict(window) for window in read.excluded],
        "evidence": [
            {
                **({"flag": one.flag} if one.flag else {"intent": one.intent}),
                "start": one.start,
                "end": one.end,
                "why": one.why,
            }
            for one in read.evidence
        ],
        "engine": read.engine,
    }


def _time(text: Any, clinic: Clinic) -> datetime:
    if text is None:
        return clock.now()
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadLine("received_at must be an ISO 8601 time, such as 2026-11-23T15:04:00-05:00") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=clinic.zone)


def _situation(context: Any, at: datetime, clinic: Clinic) -> Situation:
    if not isinstance(context, dict):
        raise BadLine("context must be an object")
    earlier = context.get("earlier") or []
    if not isinstance(earlier, list) or not all(isinstance(one, str) for one in earlier):
        raise BadLine("context.earlier must be a list of texts")
    return Situation(
        now=at,
        zone=clinic.zone.key,
        earlier=tuple(EarlierText(one, at) for one in earlier),
        question=context.get("question"),
        language=context.get("language"),
        office=clinic.office_at(at),
    )
