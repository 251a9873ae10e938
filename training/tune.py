"""Chooses the thresholds by which the learned part joins the rules: writes rules/thresholds.toml.

Usage: python -m training.tune [FILE…]   (default: corpus/dev)

Each threshold in turn is moved to where the figures of the whole engine, rules and all, fall least short of
the aims, which lie a little inside the bars of `smsbot.evaluation.bars`; until no move helps. A missed
emergency costs most. Run it after new weights.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from smsbot.domain import Flag, Intent
from smsbot.evaluation.examples import Example, read_examples
from smsbot.evaluation.figures import measure
from smsbot.evaluation.readers import engine_reader, read_all
from smsbot.triage import Engine, load_engine
from smsbot.triage.learned import Learned, Model
from smsbot.triage.rulebook import RULES_DIR

FILE = RULES_DIR / "thresholds.toml"
STEPS = (0.2, 0.1, 0.05, 0.02)
# Name of the figure, the value to reach, whether from below, and what a hundredth short of it costs.
AIMS = (
    ("emergency_recall", 0.98, True, 4.0),
    ("emergency_as_urgent", 0.995, True, 4.0),
    ("urgent_recall", 0.95, True, 1.5),
    ("false_emergency", 0.035, False, 2.0),
    ("over_triage", 0.07, False, 1.5),
    ("intents_f1", 0.92, True, 1.0),
    ("flags_f1", 0.92, True, 1.0),
)


class Remembering:
    """A model that reads every text once, and points at no words: figures do not look at them."""

    def __init__(self, model: Model) -> None:
        """`model` reads what was not read before."""
        self.version = model.version
        self._model = model
        self._read: dict[str, Learned] = {}

    def read(self, body: str) -> Learned:
        """What the model says of `body`."""
        if body not in self._read:
            self._read[body] = self._model.read(body)
        return self._read[body]

    def explain(self, body: str, label: Intent | Flag) -> tuple[int, int]:
        """No words."""
        return (0, 0)


def main(arguments: Sequence[str]) -> int:
    """0 when the thresholds are written."""
    parser = argparse.ArgumentParser(prog="python -m training.tune", description="Chooses the thresholds.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    files = parser.parse_args(arguments).files or sorted(Path("corpus/dev").glob("*.jsonl"))
    engine = load_engine()
    assert engine.model is not None
    remembering = Engine(engine.book, Remembering(engine.model))  # type: ignore[arg-type]
    chosen = choose(remembering, read_examples(files))
    FILE.write_text(with_values(FILE.read_text(encoding="utf-8"), chosen), encoding="utf-8")
    return 0


def choose(engine: Engine, examples: Sequence[Example]) -> dict[str, float]:
    """The thresholds at which the engine falls least short; starts from those of its rulebook."""
    best = dict(engine.book.thresholds)
    cost = _cost(engine, examples, best)
    for step in STEPS:
        has_moved = True
        while has_moved:
            has_moved = False
            for name in best:
                for way in (-step, step):
                    moved = best | {name: round(min(0.99, max(0.01, best[name] + way)), 2)}
                    tried = _cost(engine, examples, moved)
                    if tried < cost - 1e-9:
                        best, cost, has_moved = moved, tried, True
                        sys.stderr.write(f"{cost:.4f} {best}\n")
    return best


def _cost(engine: Engine, examples: Sequence[Example], thresholds: Mapping[str, float]) -> float:
    tried = replace(engine, book=replace(engine.book, thresholds=thresholds))
    figures = measure(read_all(examples, engine_reader(tried)))
    cost = 0.0
    for name, aim, is_floor, weight in AIMS:
        value = figures[name].value
        if value is not None:
            cost += weight * max(0.0, aim - value if is_floor else value - aim)
    return cost


def with_values(text: str, thresholds: Mapping[str, float]) -> str:
    """The file's text with these values; its comments stay."""
    for name, value in thresholds.items():
        text = re.sub(rf"(?m)^{name} = [\d.]+ *", f"{name} = {value}".ljust(26), text)
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
