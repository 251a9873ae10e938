"""Commands that run something: everything, the sweep, a migration."""

from __future__ import annotations

import signal
import threading

import click

from smsbot import home, wiring
from smsbot.config import load_settings
from smsbot.db import Database
from smsbot.logs import configure_logs
from smsbot.running.run import run_everything


@click.command()
def run() -> None:
    """Start the whole system; Ctrl-C ends it."""
    configure_logs("run")
    run_everything()


@click.command()
def sweep() -> None:
    """Deliver what is due, again and again, with or without Redis."""
    configure_logs("sweep")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    wiring.build().sweep().run(stop)


@click.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    settings = load_settings()
    home.make_home(settings)
    db = Database(settings.database_url)
    db.migrate()
    db.close()
    click.echo("The database schema is up to date.", err=True)
