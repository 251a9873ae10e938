"""Every text a patient can receive."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import click

from smsbot.clinic import load_clinic
from smsbot.config import load_settings
from smsbot.replies import load_wording
from smsbot.replies import preview as preview_all
from smsbot.replies.reading import Shown
from smsbot.wiring import clinic_folder


@click.group()
def replies() -> None:
    """The words patients receive."""


@replies.command()
@click.option("--language", help='Of this language alone; "all" is what goes out when it is not known.')
@click.option("--situation", help='Of the situations with these words in their name alone: "crisis".')
def preview(language: str | None, situation: str | None) -> None:
    """Print every reply of every situation, with its length in segments. Read it aloud."""
    settings = load_settings()
    clinic = load_clinic(settings.clinic_file)
    wording = load_wording(clinic_folder(settings, "wording"), clinic.languages)
    shown = list(preview_all(clinic, wording))
    _check("--language", language, dict.fromkeys(one.language for one in shown))
    wanted = [one for one in shown if language in (None, one.language) and _fits(situation, one)]
    if not wanted:
        _check("--situation", situation, dict.fromkeys(one.situation for one in shown))
    for name, texts in groupby(wanted, key=lambda one: one.situation):
        click.echo(f"{name}\n")
        for line in _read_aloud(texts):
            click.echo(line)
        click.echo()


def _fits(situation: str | None, one: Shown) -> bool:
    return situation is None or situation.casefold() in one.situation.casefold()


def _check(option: str, value: str | None, there_are: Iterable[str]) -> None:
    """Wrong use, when the value is none of those there are."""
    if value is not None and value not in there_are:
        raise click.BadParameter(
            f"{value!r} is not there. There are:\n" + "\n".join(there_are), param_hint=option
        )


def _read_aloud(texts: Iterable[Shown]) -> Iterable[str]:
    """Each text once, with the moments at which it is said."""
    moments: dict[tuple[str, str, int], list[str]] = {}
    for one in texts:
        moments.setdefault((one.language, one.text, one.segments), []).append(one.state)
    for (language, text, count), states in moments.items():
        length = f"{count} segment{'' if count == 1 else 's'}"
        yield f"  [{language}] {'; '.join(states)} ({length})"
        yield from (f"      {line}" for line in text.splitlines())
