"""Turns messages written by hand, one a line, into `corpus/train/*.jsonl`, held to the triage guide.

A line has six fields parted by `|`: urgency (E U R N), intents, flags, language, medications, body. A
trailing `?` on a label says that two careful annotators could disagree: it neither helps nor hurts.
Usage: python -m training.build_corpus FOLDER_OF_DRAFTS [CORPUS_FOLDER]
Files are named WRITER-NUMBER.txt; an id is the writer, the file's number and the line's number.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from smsbot.domain import Flag, Intent, Urgency
from training.likeness import drop_near_duplicates

_URGENCIES = {"E": Urgency.EMERGENCY, "U": Urgency.URGENT, "R": Urgency.ROUTINE, "N": Urgency.NONE}
_LANGUAGES = ("en", "es", "ht", "mixed", "other")
_CRISIS_EXTRAS = {Intent.MEDICATION_SIDE_EFFECT, Intent.SYMPTOM}  # may stand beside `crisis` or not


def main(arguments: list[str]) -> int:
    """Builds the corpus; 1 when a line breaks the guide, with every such line named."""
    drafts, corpus = Path(arguments[0]), Path(arguments[1] if len(arguments) > 1 else "corpus/train")
    records, errors = read_drafts(drafts)
    for error in errors:
        sys.stderr.write(error + "\n")
    kept, dropped = drop_near_duplicates(records)
    sys.stderr.write(
        f"{len(kept)} messages kept, {len(dropped)} near duplicates dropped: {' '.join(dropped)}\n"
    )
    write_corpus(kept, corpus)
    return 1 if errors else 0


def read_drafts(folder: Path) -> tuple[list[dict[str, object]], list[str]]:
    """All records of a folder, in the order of their ids, and what is wrong with the lines left out."""
    records, errors = [], []
    for path in sorted(folder.glob("*-*.txt")):
        for place, line in _lines(path):
            try:
                records.append(
                    {"id": _record_id(path, place), "writer": path.stem.split("-")[0], **parse(line)}
                )
            except ValueError as error:
                errors.append(f"{path.name}:{place}: {error}")
    return records, errors


def parse(line: str) -> dict[str, object]:
    """One draft line as a record. Raises ValueError when it breaks the format or the guide's floors."""
    fields = [field.strip() for field in line.rstrip("\n").split("|")]
    if len(fields) != 6:
        raise ValueError(f"{len(fields)} fields, want 6")
    urgency, intents, flags, language, medications, body = fields
    if urgency not in _URGENCIES or language not in _LANGUAGES:
        raise ValueError(f"unknown urgency or language: {urgency} {language}")
    intent_sets, flag_sets = _labels(intents, Intent), _labels(flags, Flag)
    _check_guide(_URGENCIES[urgency], *intent_sets, flag_sets[0], body)
    extras = _CRISIS_EXTRAS if urgency == "E" else set()
    return {
        "body": body.replace("\\n", "\n"),
        "lang": language,
        "urgency": _URGENCIES[urgency].value,
        "flags": sorted(flag_sets[0]),
        "flags_allowed": sorted(flag_sets[1]),
        "intents": sorted(intent_sets[0]),
        "intents_allowed": sorted(intent_sets[1] | extras),
        "medications": [name.strip().lower() for name in medications.split(",") if name.strip()],
    }


def write_corpus(records: list[dict[str, object]], folder: Path) -> None:
    """One JSON-lines file for each writer."""
    folder.mkdir(parents=True, exist_ok=True)
    for writer in sorted({str(record["writer"]) for record in records}):
        lines = [json.dumps(record, ensure_ascii=False) for record in records if record["writer"] == writer]
        (folder / f"{writer}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for place, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            yield place, line


def _record_id(path: Path, place: int) -> str:
    writer, number = path.stem.split("-")
    return f"{writer}-{number}{place:03d}"


def _labels(field: str, kind: type[Intent] | type[Flag]) -> tuple[set[str], set[str]]:
    """The labels that must be read, and those that may be."""
    names = [name.strip() for name in field.split(",") if name.strip()]
    allowed = {kind(name.rstrip("?")).value for name in names}
    return {kind(name).value for name in names if not name.endswith("?")}, allowed


def _check_guide(urgency: Urgency, intents: set[str], allowed: set[str], flags: set[str], body: str) -> None:
    for flag in flags:
        if urgency.rank < Flag(flag).least_urgency.rank:
            raise ValueError(f"{urgency} is below the floor of {flag}")
    if (Intent.CRISIS in intents) != (urgency is Urgency.EMERGENCY):
        raise ValueError("crisis exactly when emergency")
    if Intent.UNCLEAR in intents and len(allowed) > 1:
        raise ValueError("unclear stands alone")
    if not intents or not (body or Intent.UNCLEAR in intents):
        raise ValueError("no intent, or an empty body that is not unclear")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
