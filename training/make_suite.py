"""Makes the frozen emergency suite: what the triage guide makes an emergency, in three languages, misspelt.

Usage: python -m training.make_suite
Reads training/suite/*.txt, writes corpus/emergency_suite.jsonl. The same input gives the same file; a row
keeps its id as long as its text stays, wherever other lines are added.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smsbot.domain import Flag, Intent, Urgency
from training.noise import NOISES

ROOT = Path(__file__).parents[1]
BASES = Path(__file__).parent / "suite"
SUITE = ROOT / "corpus/emergency_suite.jsonl"
NOISY = {"red": 2}  # noisy versions of each text, of the kinds of noise that change it; for other sources:
USUALLY_NOISY = 3


@dataclass(frozen=True)
class Base:
    """A text that is an emergency by the guide, as it is written in training/suite."""

    language: str
    flags: tuple[Flag, ...]
    source: str
    body: str

    @property
    def id(self) -> str:
        """Language and the head of the text's checksum."""
        return f"{self.language}-{_digest(self.language, self.body)[:8]}"


def main() -> int:
    """Writes the suite and says how many rows it has."""
    rows = make_rows()
    SUITE.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    print(f"{SUITE.name}: {len(rows)} rows from {len(read_bases())} texts")
    return 0


def read_bases() -> list[Base]:
    """Every text once, language by language. Raises ValueError for a line that breaks the form."""
    found: dict[tuple[str, str], Base] = {}
    for path in sorted(BASES.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                base = parse(line, path.stem)
                found.setdefault((base.language, base.body.lower()), base)
    return list(found.values())


def parse(line: str, language: str) -> Base:
    """`flags | source | text`. Raises ValueError."""
    fields = [field.strip() for field in line.split(" | ", 2)]
    if len(fields) != 3 or not fields[2]:
        raise ValueError(f"want flags | source | text: {line}")
    flags = () if fields[0] == "-" else tuple(Flag(name.strip()) for name in fields[0].split(","))
    return Base(language, flags, fields[1], fields[2])


def make_rows() -> list[dict[str, object]]:
    """Every text as it is, and misspelt."""
    return [_row(base, noise, body) for base in read_bases() for noise, body in _versions(base)]


def _versions(base: Base) -> Iterator[tuple[str, str]]:
    yield "none", base.body
    made = 0
    most = NOISY.get(base.source.split(":")[0], USUALLY_NOISY)
    # Curly apostrophes are rare here and everywhere on phones: wherever they can be, they are.
    for name in sorted(NOISES, key=lambda name: (name != "curly", _digest(name, base.body))):
        dice = random.Random(_digest("dice", name, base.body))
        noisy = NOISES[name](base.body, base.language, dice)
        if noisy != base.body and made < most:
            made += 1
            yield name, noisy


def _row(base: Base, noise: str, body: str) -> dict[str, object]:
    return {
        "id": base.id if noise == "none" else f"{base.id}-{noise}",
        "writer": "suite",
        "base": base.body,
        "noise": noise,
        "source": base.source,
        "body": body,
        "lang": base.language,
        "urgency": Urgency.EMERGENCY.value,
        "flags": [flag.value for flag in base.flags],
        "flags_allowed": [flag.value for flag in base.flags],
        "intents": [Intent.CRISIS.value],
        "intents_allowed": [
            intent.value for intent in (Intent.CRISIS, Intent.MEDICATION_SIDE_EFFECT, Intent.SYMPTOM)
        ],
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
