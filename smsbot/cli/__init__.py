"""The `smsbot` command. Machine-readable output on stdout, everything else on stderr.

Exit 0, 1 for what failed, 2 for wrong use.
"""

from __future__ import annotations

import sys
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from smsbot.cli.consent import consent
from smsbot.cli.corrections import corrections
from smsbot.cli.doctor import doctor
from smsbot.cli.drill import drill
from smsbot.cli.evaluate import evaluate
from smsbot.cli.ladder import ladder
from smsbot.cli.patients import patients
from smsbot.cli.process import migrate, run, sweep
from smsbot.cli.protocol import protocol
from smsbot.cli.reconcile import reconcile
from smsbot.cli.replies import replies
from smsbot.cli.shifts import shifts
from smsbot.cli.show import alerts, cases, dispatches
from smsbot.cli.staff import staff
from smsbot.cli.triage import triage
from smsbot.running.embedded_redis import NoRedis
from smsbot.wiring import STARTING_ERRORS


class _Plain(click.Group):
    """Says what is wrong with a home or its settings in plain words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (*STARTING_ERRORS, NoRedis) as error:
            click.echo(str(error), err=True)
        except SQLAlchemyError as error:
            reason = type(getattr(error, "orig", None) or error).__name__
            click.echo(
                f"The database cannot be used ({reason}): check DATABASE_URL and that it runs.", err=True
            )
        sys.exit(1)


@click.group(cls=_Plain, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smsbot")
def main() -> None:
    """A clinic's text line: keeps, sorts and answers texts, and pursues staff until one takes the case."""


for command in (
    run,
    sweep,
    migrate,
    triage,
    cases,
    alerts,
    dispatches,
    staff,
    consent,
    corrections,
    patients,
    shifts,
    ladder,
    drill,
    reconcile,
    replies,
    protocol,
    evaluate,
    doctor,
):
    main.add_command(command)
