"""`smsbot drill`: a test alert, now."""

from __future__ import annotations

import click

from smsbot.wiring import build


@click.command()
def drill() -> None:
    """Begin a test alert: staff are alerted as for an emergency, and somebody has to take and resolve it."""
    parts = build()
    code = parts.drill().begin()
    parts.close()
    click.echo(code)
    click.echo("The test alert has begun. Take the case, open it, resolve it.", err=True)
