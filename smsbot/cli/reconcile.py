"""Take in texts that no webhook brought: what the sweep's poll does, by hand and further back."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from smsbot import clock, wiring
from smsbot.logs import configure_logs
from smsbot.twilio.client import ProviderError
from smsbot.wiring import Wiring


@click.command()
@click.option(
    "--since",
    help="How far back: hours (6, 0.5), or a time such as 2026-11-23T08:00, the clinic's unless it has an "
    "offset. Default: where the last poll left off.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def reconcile(since: str | None, as_json: bool) -> None:
    """Take in every text to us that the provider has and we do not, once, in order, marked late."""
    configure_logs("reconcile")
    parts = wiring.build()
    poll = parts.poll()
    start = _moment(since, parts.clinic.zone) if since else poll.mark()
    if start is None:
        raise click.UsageError("No poll has run yet: say how far back with --since, such as --since 6.")
    try:
        counts = poll.reconcile(start)
    except ProviderError as error:
        raise click.ClickException(_advice(parts, error.code)) from error
    if as_json:
        click.echo(json.dumps({"since": start.isoformat(), **counts.as_json()}))
    else:
        click.echo(
            f"{counts.listed} texts since {start.isoformat()}: {counts.known} known, {counts.taken_in} taken "
            f"in, {counts.failed} failed; {counts.spooled} taken in from the spool."
        )
    if counts.failed:
        click.echo("What failed is in the log; the poll tries it again.", err=True)
        sys.exit(1)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A past moment, aware. Raises click.BadParameter."""
    if re.fullmatch(r"\d{1,5}(\.\d+)?", text):
        return clock.now() - timedelta(hours=float(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is neither hours nor a time: give 6, or 2026-11-23T08:00.", param_hint="--since"
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if moment > clock.now():
        raise click.BadParameter(f"{text!r} lies ahead: give a past time.", param_hint="--since")
    return moment


def _advice(parts: Wiring, code: str) -> str:
    where = parts.account.api_url or "its API"
    return (
        f"The provider's list cannot be read from {where} ({code}): "
        "check the account, its token and the network."
    )
