"""`smsbot doctor`: is everything set up as it must be, and if not, what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator

import click
from sqlalchemy.exc import SQLAlchemyError

from smsbot import doctor as checks
from smsbot import wiring
from smsbot.doctor import Line, State
from smsbot.doctor.go_live import TITLE
from smsbot.logs import configure_logs
from smsbot.wiring import STARTING_ERRORS

_MARKS = {State.OK: "ok  ", State.WARN: "warn", State.BAD: "BAD "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON line each: group, state, what, remedy.")
@click.option("--fix", "fix", is_flag=True, help="Set our addresses at the provider before looking.")
@click.option("--offline", is_flag=True, help="Ask nobody outside this machine.")
def doctor(as_json: bool, fix: bool, offline: bool) -> None:
    """Check settings, database, Redis, account, addresses, rota and the go-live gate; say what to do.

    Exit 1 when something is bad.
    """
    if fix and offline:
        raise click.UsageError("--fix asks the provider: leave --offline out.")
    configure_logs("doctor")
    lines = _print(_examined(fix=fix, offline=offline), as_json)
    bad, look = (sum(line.state is state for _, line in lines) for state in (State.BAD, State.WARN))
    click.echo(f"{bad} bad, {look} to look at. {_gate(lines)}", err=True)
    if bad:
        sys.exit(1)


def _examined(*, fix: bool, offline: bool) -> Iterator[tuple[str, Line]]:
    try:
        parts = wiring.build()
    except (*STARTING_ERRORS, SQLAlchemyError) as error:
        yield from (("Settings", line) for line in checks.startup_lines(error))
        return
    try:
        if fix:
            yield from (("Fix", line) for line in checks.fix_urls(parts))
        yield from checks.examine(parts, is_offline=offline)
    finally:
        parts.close()


def _print(found: Iterable[tuple[str, Line]], as_json: bool) -> list[tuple[str, Line]]:
    """Print each as it comes, for some take seconds."""
    lines: list[tuple[str, Line]] = []
    for group, line in found:
        if as_json:
            row = {"group": group, "state": line.state, "what": line.what, "remedy": line.remedy}
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            _print_plain(group, line, is_first=not lines or lines[-1][0] != group)
        lines.append((group, line))
    return lines


def _print_plain(group: str, line: Line, *, is_first: bool) -> None:
    if is_first:
        click.echo(group)
    click.echo(f"  {_MARKS[line.state]}  {line.what}")
    if line.remedy:
        click.echo(f"        {line.remedy}")


def _gate(lines: Iterable[tuple[str, Line]]) -> str:
    states = [line.state for group, line in lines if group == TITLE]
    is_green = bool(states) and State.BAD not in states
    return f"{TITLE}: {'green' if is_green else 'red'}."
