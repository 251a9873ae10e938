"""The gate a retrained engine must pass: nothing lost of the emergency suite, no recall below the last.

Usage: python -m training.gate [FILE…] [--record | --shrink]
FILE holds labelled messages that no model was trained on; without one, the corpus' test part, if any.
  --record   keeps this recall as the one to hold, if the gate is passed
  --shrink   takes rows that are read rightly by now from corpus/suite_misses.txt; never adds one
Prints what is missed of the suite, and of the other messages figures alone: they stay unseen.
Exit 1 if the engine is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from smsbot.domain import Urgency
from smsbot.evaluation.examples import Example, read_examples
from smsbot.evaluation.figures import measure
from smsbot.evaluation.readers import engine_reader, read_all
from smsbot.triage import Engine, load_engine

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "corpus/emergency_suite.jsonl"
MISSES = ROOT / "corpus/suite_misses.txt"
LAST = Path(__file__).parent / "last_recall.json"
HELD = ("emergency_recall", "emergency_as_urgent", "urgent_recall")
_HEAD = """\
# Rows of the emergency suite that the engine does not read as emergency yet. This list may only shrink
# (python -m training.gate --shrink). An id, then the text.
"""


def main(arguments: Sequence[str]) -> int:
    """0 when the engine may replace the last one."""
    options = _options(arguments)
    engine = load_engine()
    missed = suite_misses(engine, read_examples([SUITE]))
    if options.shrink:
        shrink(missed)
    refusals = [f"suite: {row.id} is not read as emergency: {row.body}" for row in new_misses(missed)]
    files = options.files or sorted((ROOT / "corpus/test").glob("*.jsonl"))
    recall = recall_of(engine, files) if files else {}
    refusals += lost_recall(recall, last_recall(data_checksum(files)))
    for refusal in refusals:
        print(refusal)
    if options.record and not refusals and files:
        record(recall, data_checksum(files), engine)
    _say(engine, missed, recall, bool(refusals))
    return 1 if refusals else 0


def suite_misses(engine: Engine, rows: Sequence[Example]) -> list[Example]:
    """The rows that the engine does not read as emergency."""
    pairs = read_all(rows, engine_reader(engine))
    return [pair.example for pair in pairs if pair.read.urgency is not Urgency.EMERGENCY]


def listed_misses() -> list[str]:
    """The ids that may be missed for now."""
    lines = MISSES.read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def new_misses(missed: Sequence[Example]) -> list[Example]:
    """What is missed and not listed."""
    listed = set(listed_misses())
    return [row for row in missed if row.id not in listed]


def shrink(missed: Sequence[Example]) -> None:
    """Rewrites the list without what is read rightly by now."""
    listed = set(listed_misses())
    write_misses([row for row in missed if row.id in listed])


def write_misses(rows: Sequence[Example]) -> None:
    """Writes the list."""
    lines = [f"{row.id}  {' '.join(row.body.split())}\n" for row in rows]
    MISSES.write_text(_HEAD + "".join(lines), encoding="utf-8")


def recall_of(engine: Engine, files: Sequence[Path]) -> dict[str, float]:
    """The recall figures that are held, over labelled messages."""
    figures = measure(read_all(read_examples(files), engine_reader(engine)))
    return {name: round(value, 6) for name in HELD if (value := figures[name].value) is not None}


def lost_recall(recall: dict[str, float], last: dict[str, float]) -> list[str]:
    """A line for each figure that fell."""
    return [
        f"{name} fell from {last[name]:.4f} to {recall.get(name, 0.0):.4f}"
        for name in last
        if recall.get(name, 0.0) < last[name]
    ]


def last_recall(data: str) -> dict[str, float]:
    """The recall to hold on messages with this checksum; empty when none was recorded for them."""
    if not LAST.exists():
        return {}
    recorded = json.loads(LAST.read_text(encoding="utf-8")).get(data, {})
    return {name: float(recorded[name]) for name in HELD if name in recorded}


def record(recall: dict[str, float], data: str, engine: Engine) -> None:
    """Keeps the recall for messages with this checksum."""
    kept = json.loads(LAST.read_text(encoding="utf-8")) if LAST.exists() else {}
    kept[data] = {**recall, "engine": engine.name}
    LAST.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def data_checksum(files: Sequence[Path]) -> str:
    """SHA-256 over the bytes of the files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return f"sha256:{total.hexdigest()}"


def _say(engine: Engine, missed: Sequence[Example], recall: dict[str, float], is_refused: bool) -> None:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in recall.items())
    print(f"{engine.name}: {len(missed)} rows of the suite missed")
    print(f"recall: {figures or 'NOT CHECKED, for no unseen messages were given'}")
    print("REFUSED" if is_refused else "passed")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.gate", description="Refuses a worse engine.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--record", action="store_true", help="keep this recall as the one to hold")
    choice.add_argument("--shrink", action="store_true", help="take repaired rows off the list of misses")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
