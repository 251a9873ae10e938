"""Conversations as readable files: who texts what when, what comes back, what staff see.

Each `conversations/*.toml` is played on a stopped clock through the real webhook. docs/journeys.md explains
the file; a word that is not known there is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CONVERSATIONS = Path(__file__).parent / "conversations"
ZONE = ZoneInfo("America/New_York")
_PAGE = {"title", "shows", "starts", "clinic", "patient", "step"}
_STEP = {
    *("at", "who", "text", "media", "opt_out", "staff", "does", "words"),
    *("answer", "says", "says_not", "case", "cases", "alerted", "consent", "silence"),
}
_CASE = {"urgency", "state", "flags", "intents", "team", "asked", "notes", "owner", "texts"}
_SPAN = re.compile(r"\+(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Conversation:
    """One file."""

    name: str
    title: str
    starts: datetime  # aware
    clinic: dict[str, Any] = field(default_factory=dict)
    patients: tuple[dict[str, Any], ...] = ()
    steps: tuple[dict[str, Any], ...] = ()

    def moment(self, step: dict[str, Any], before: datetime) -> datetime:
        """When the step happens: `+5m` after the last one, `HH:MM` of its day, or a date and time."""
        at = step.get("at", "+10s")
        if isinstance(at, datetime):
            return at.replace(tzinfo=ZONE)
        if found := _SPAN.fullmatch(at):
            return before + timedelta(**{_UNITS[found[2]]: int(found[1])})
        hour, minute = map(int, at.split(":"))
        moment = before.astimezone(ZONE).replace(hour=hour, minute=minute, second=0)
        return moment if moment >= before else moment + timedelta(days=1)


def read_conversations(folder: Path = CONVERSATIONS) -> list[Conversation]:
    """All conversations, by name. Raises ValueError for a word that means nothing."""
    return [read_conversation(path) for path in sorted(folder.glob("*.toml"))]


def read_conversation(path: Path) -> Conversation:
    """One conversation."""
    page = tomllib.loads(path.read_text())
    _refuse_unknown(path, page, _PAGE)
    for step in page["step"]:
        _refuse_unknown(path, step, _STEP)
        _refuse_unknown(path, step.get("case", {}), _CASE)
    return Conversation(
        name=path.stem,
        title=page["title"],
        starts=page["starts"].replace(tzinfo=ZONE),
        clinic=page.get("clinic", {}),
        patients=tuple(page.get("patient", ())),
        steps=tuple(page["step"]),
    )


def _refuse_unknown(path: Path, found: Iterable[str], known: set[str]) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise ValueError(f"{path.name}: unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
