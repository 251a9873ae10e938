"""Triage and handlers, bounded: a text whose reading fails or takes too long is put before a person."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field, replace
from threading import get_ident

import structlog

from smsbot.domain import ConsentChange, Inbound, Intent, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.words import STOP_WORDS, whole_word

TOO_LONG_CPU_SECONDS = 0.25
TOO_LONG_WALL_SECONDS = 2.0  # a busy machine is not a slow rule: only processor time counts until here
_LOOK_SECONDS = 0.05

log = structlog.get_logger()

Reader = Callable[[Inbound, Situation], Triage]
Decider = Callable[[Inbound, Triage, Situation], Outcome]
Policy = Callable[[Outcome, Inbound, Situation], Outcome]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about a text. `error`: why nobody but a person has read it."""

    triage: Triage
    outcome: Outcome
    error: str | None = None


@dataclass
class Deciding:
    """Runs triage and handlers in a thread of their own, so that a runaway rule cannot hold the answer.

    `policy` has the last word on what is answered, also when nothing could be read.
    """

    read: Reader
    decide: Decider
    policy: Policy
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=8, thread_name_prefix="deciding")
    )

    def __call__(self, inbound: Inbound, situation: Situation) -> Decision:
        """Decide; never raises for what a text holds."""
        run = _Run()
        future = self._threads.submit(run, self.read, self.decide, inbound, situation)
        try:
            decision = _wait(future, run)
            return replace(decision, outcome=self.policy(decision.outcome, inbound, situation))
        except NotYet:
            future.cancel()
            error = "too_slow"
        except Exception as raised:
            error = type(raised).__name__
        log.error("triage_failed", provider_sid=inbound.provider_sid, error=error)
        return Decision(UNREAD, self.policy(_unread(inbound), inbound, situation), error)


class _Run:
    """One run, which knows how much processor time its thread has spent on it."""

    def __init__(self) -> None:
        self._thread: int | None = None
        self._began = 0.0

    def __call__(self, read: Reader, decide: Decider, inbound: Inbound, situation: Situation) -> Decision:
        self._began = time.thread_time()
        self._thread = get_ident()
        triage = read(inbound, situation)
        return Decision(triage, decide(inbound, triage, situation))

    def cpu_seconds(self) -> float:
        """Processor time spent so far; the platforms without such clocks count wall time."""
        if self._thread is None or not hasattr(time, "pthread_getcpuclockid"):
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(self._thread)) - self._began


def _wait(future: Future[Decision], run: _Run) -> Decision:
    deadline = time.monotonic() + TOO_LONG_WALL_SECONDS
    while True:
        try:
            return future.result(timeout=_LOOK_SECONDS)
        except NotYet:
            if future.done():
                raise  # triage itself raised a TimeoutError
            if run.cpu_seconds() > TOO_LONG_CPU_SECONDS or time.monotonic() > deadline:
                raise


def _unread(inbound: Inbound) -> Outcome:
    """What is done about a text that was not read. A STOP needs no reading."""
    if inbound.opt_out_type != "STOP" and whole_word(inbound.body) not in STOP_WORDS:
        return PUT_BEFORE_A_PERSON
    return replace(PUT_BEFORE_A_PERSON, consent=ConsentChange.STOP, replies=(Reply("consent.stop"),))


UNREAD = Triage(
    urgency=Urgency.URGENT,
    intents=(Intent.UNCLEAR,),
    language="und",
    languages=("und",),
    confidence=0.0,
    engine="none",
)
PUT_BEFORE_A_PERSON = Outcome(
    urgency=Urgency.URGENT,
    opens_case=True,
    tells_staff=True,
    replies=(Reply("received.neutral", times=True), Reply("also.emergency")),
    notes=("This text could not be read by the system: please read it yourself.",),
)
