"""`smsbot evaluate`: how well the engine reads labelled messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

import smsbot
from smsbot.config import load_settings
from smsbot.domain import Urgency
from smsbot.evaluation.costs import fresh_costs, hostile_ms
from smsbot.evaluation.examples import CorpusError, Example, read_bodies, read_examples
from smsbot.evaluation.page import as_html
from smsbot.evaluation.readers import Reader, engine_reader, read_all
from smsbot.evaluation.report import Report, Rival, as_json, make_report, make_rival
from smsbot.evaluation.rivals import rival_readers
from smsbot.evaluation.shares import Figure, share_of
from smsbot.evaluation.text import as_text
from smsbot.wiring import clinic_folder, engine_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_FILE)
@click.option("--json", "wants_json", is_flag=True, help="One JSON object for scripts, all misses included.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with charts here too.",
)
@click.option("--compare", is_flag=True, help="Side by side with a keyword list and the CMD-1 recipe.")
@click.option(
    "--everyday",
    type=_FILE,
    help="Texts without any danger (`body` or `text` a line): counts false emergencies.",
)
def evaluate(
    files: tuple[Path, ...], wants_json: bool, page: Path | None, compare: bool, everyday: Path | None
) -> None:
    """Measure how well labelled messages are read.

    FILE is in the corpus format, JSON lines: body, lang, urgency, flags, flags_allowed, intents,
    intents_allowed, and if they are known medications, windows, excluded, received_at, writer. Without FILE:
    the test part of the corpus, where the command runs from a checkout.
    """
    try:
        report = _measure(files or _test_part(), compare, everyday)
    except CorpusError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if page is not None:
        page.write_text(as_html(report), encoding="utf-8")
        click.echo(f"The page is {page}.", err=True)
    if wants_json:
        click.echo(json.dumps(as_json(report), ensure_ascii=False))
    else:
        click.echo(as_text(report), nl=False)


def _test_part() -> tuple[Path, ...]:
    folder = Path(smsbot.__file__).parents[1] / "corpus" / "test"
    files = tuple(sorted(folder.glob("*.jsonl")))
    if not files:
        raise CorpusError(
            "There is no corpus/test beside the package: name a FILE, as in `smsbot evaluate FILE.jsonl`."
        )
    return files


def _measure(files: Sequence[Path], compare: bool, everyday: Path | None) -> Report:
    examples = read_examples(files)
    if not examples:
        raise CorpusError("There is no message in what was given.")
    settings = load_settings()
    engine = engine_of(settings)
    reader = engine_reader(engine)
    pairs = read_all(examples, reader)
    costs = {"hostile_ms": hostile_ms(reader, examples[0]), **fresh_costs(clinic_folder(settings, "rules"))}
    extra = {} if everyday is None else {"everyday_emergency": _alarms(everyday, reader, examples[0])}
    rivals = _rivals(examples) if compare else []
    return make_report(engine.name, [file.name for file in files], pairs, costs, extra, rivals)


def _rivals(examples: Sequence[Example]) -> list[Rival]:
    return [make_rival(name, read_all(examples, reader)) for name, reader in rival_readers().items()]


def _alarms(path: Path, reader: Reader, like: Example) -> Figure:
    """The share of everyday texts that are read as emergency; `like` lends time and situation."""
    texts = [
        Example(like.id, body, like.language, like.writer, like.received_at, like.situation)
        for body in read_bodies(path)
    ]
    return share_of(reader(text).urgency is Urgency.EMERGENCY for text in texts)
