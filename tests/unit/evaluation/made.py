"""Made-up readings for the tests of counting."""

from __future__ import annotations

from datetime import UTC, datetime

from smsbot.domain import Flag, Intent, Situation, Triage, Urgency, Window
from smsbot.evaluation.examples import Example
from smsbot.evaluation.readers import Pair

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def pair(
    truth: str | None,
    read: str,
    *,
    body: str = "hello",
    language: str = "en",
    writer: str = "w",
    flags: tuple[str, ...] = (),
    flags_allowed: tuple[str, ...] = (),
    read_flags: tuple[str, ...] = (),
    intents: tuple[str, ...] = (),
    read_intents: tuple[str, ...] = (),
    medications: tuple[str, ...] | None = None,
    read_medications: tuple[str, ...] = (),
    windows: tuple[Window, ...] | None = None,
    excluded: tuple[Window, ...] = (),
    read_windows: tuple[Window, ...] = (),
    confidence: float = 1.0,
    seconds: float = 0.001,
    id: str = "x",
) -> Pair:
    """A message and its reading; what is not named is empty."""
    example = Example(
        id=id,
        body=body,
        language=language,
        writer=writer,
        received_at=AT,
        situation=Situation(AT),
        urgency=None if truth is None else Urgency(truth),
        intents=frozenset(map(Intent, intents)),
        flags=frozenset(map(Flag, flags)),
        flags_allowed=frozenset(map(Flag, flags_allowed)),
        medications=None if medications is None else frozenset(medications),
        windows=None if windows is None else frozenset(windows),
        excluded=frozenset(excluded),
    )
    reading = Triage(
        urgency=Urgency(read),
        intents=tuple(map(Intent, read_intents)),
        flags=tuple(map(Flag, read_flags)),
        confidence=confidence,
        medications=read_medications,
        windows=read_windows,
    )
    return Pair(example, reading, seconds)
