"""Every text a patient can receive."""

from __future__ import annotations

import click

from smsbot.clinic import load_clinic
from smsbot.config import load_settings
from smsbot.replies import load_wording
from smsbot.replies import preview as preview_all
from smsbot.wiring import clinic_folder


@click.group()
def replies() -> None:
    """The words patients receive."""


@replies.command()
@click.option("--language", help="Of this language alone.")
def preview(language: str | None) -> None:
    """Print every reply of every situation, with its length in segments."""
    settings = load_settings()
    clinic = load_clinic(settings.clinic_file)
    wording = load_wording(clinic_folder(settings, "wording"), clinic.languages)
    for situation, code, text, segments in preview_all(clinic, wording):
        if language in (None, code):
            click.echo(f"[{code}] {situation} ({segments})\n    " + text.replace("\n", "\n    "))
