"""Labelled messages as the corpus keeps them: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from smsbot.domain import EarlierText, Flag, Intent, Situation, Urgency, Window

# For texts without a time of their own: a Monday morning in office hours, so that every run reads alike.
_USUAL_TIME = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

_Label = TypeVar("_Label", bound=StrEnum)


class CorpusError(ValueError):
    """A file that is not in the corpus format; the text names file, line and remedy."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. What a file does not say is None and is not counted.

    `…_allowed` are labels that neither help nor hurt, beside those that must be read.
    """

    id: str
    body: str
    language: str
    writer: str
    received_at: datetime
    situation: Situation
    urgency: Urgency | None = None
    intents: frozenset[Intent] | None = None
    intents_allowed: frozenset[Intent] = frozenset()
    flags: frozenset[Flag] | None = None
    flags_allowed: frozenset[Flag] = frozenset()
    medications: frozenset[str] | None = None
    windows: frozenset[Window] | None = None
    excluded: frozenset[Window] = frozenset()


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """All messages of the files, in their order. Raises CorpusError, OSError."""
    return [example for path in paths for example in _read_file(path)]


def read_bodies(path: Path) -> list[str]:
    """The texts alone, of lines with a `body` or a `text`. Raises CorpusError, OSError."""
    bodies = []
    for place, row in _rows(path):
        body = row.get("body", row.get("text"))
        if not isinstance(body, str):
            raise CorpusError(f"{path.name}:{place}: no `body`")
        bodies.append(body)
    return bodies


def _read_file(path: Path) -> list[Example]:
    examples = []
    for place, row in _rows(path):
        try:
            examples.append(_example(row, f"{path.stem}-{place:04d}"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorpusError(f"{path.name}:{place}: not in the corpus format: {error}") from error
    return examples


def _rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for place, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path.name}:{place}: not JSON") from error
            if not isinstance(row, dict):
                raise CorpusError(f"{path.name}:{place}: a line must be an object")
            yield place, row


def _example(row: dict[str, Any], fallback_id: str) -> Example:
    if not isinstance(row["body"], str):
        raise ValueError("`body` must be text")
    received_at = _time(row.get("received_at"))
    medications = row.get("medications")
    return Example(
        id=str(row.get("id", fallback_id)),
        body=row["body"],
        language=str(row.get("lang", "?")),
        writer=str(row.get("writer", "?")),
        received_at=received_at,
        situation=_situation(row.get("context") or {}, received_at),
        urgency=Urgency(row["urgency"]) if "urgency" in row else None,
        intents=_labels(row.get("intents"), Intent),
        intents_allowed=_labels(row.get("intents_allowed"), Intent) or frozenset(),
        flags=_labels(row.get("flags"), Flag),
        flags_allowed=_labels(row.get("flags_allowed"), Flag) or frozenset(),
        medications=None if medications is None else frozenset(name.lower() for name in medications),
        windows=_windows(row.get("windows")),
        excluded=_windows(row.get("excluded")) or frozenset(),
    )


def _labels(names: list[str] | None, kind: type[_Label]) -> frozenset[_Label] | None:
    return None if names is None else frozenset(kind(name) for name in names)


def _windows(entries: list[dict[str, str]] | None) -> frozenset[Window] | None:
    return None if entries is None else frozenset(Window(each["start"], each["end"]) for each in entries)


def _time(text: str | None) -> datetime:
    if text is None:
        return _USUAL_TIME
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("`received_at` needs its offset, such as -05:00")
    return at


def _situation(context: dict[str, Any], at: datetime) -> Situation:
    return Situation(
        now=at,
        earlier=tuple(EarlierText(body, at) for body in context.get("earlier") or ()),
        question=context.get("question"),
        language=context.get("language"),
    )
