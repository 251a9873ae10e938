"""Whatever reads a message: the engine, and the published recipes it is set against."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smsbot.domain import Intent, Triage, Urgency
from smsbot.evaluation.examples import Example
from smsbot.triage import Engine

Reader = Callable[[Example], Triage]

_WARM_UP = 20  # texts read before the clock runs: a process that serves is warm


@dataclass(frozen=True, slots=True)
class Pair:
    """A message and what was read out of it, in `seconds`."""

    example: Example
    read: Triage
    seconds: float


def engine_reader(engine: Engine) -> Reader:
    """Reads by the triage engine."""
    return lambda example: engine.triage(example.body, example.received_at, example.situation)


def alarm_reader(is_alarm: Callable[[str], bool], name: str) -> Reader:
    """Reads emergencies alone: everything else is `routine`, without an intent."""

    def read(example: Example) -> Triage:
        if is_alarm(example.body):
            return Triage(Urgency.EMERGENCY, (Intent.CRISIS,), engine=name)
        return Triage(Urgency.ROUTINE, (), engine=name)

    return read


def read_all(examples: Sequence[Example], reader: Reader) -> list[Pair]:
    """Every message read once, each timed by itself."""
    for example in examples[:_WARM_UP]:
        reader(example)
    return [_timed(example, reader) for example in examples]


def _timed(example: Example, reader: Reader) -> Pair:
    start = time.perf_counter()
    read = reader(example)
    return Pair(example, read, time.perf_counter() - start)
