"""A storm: texts keep coming, staff take cases, ladders climb, and every part is killed again and again.

The stand-in provider and the test's process outlive it. What these two wrote down is held against the
database afterwards: see `storm_proof`.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from smsbot import clock
from smsbot.models import Alert, AlertState, Case, Dispatch, DispatchState
from smsbot.reconcile import SETTLED
from tests.faults.crew import WEB, Crew
from tests.faults.parts import Parts, parts_on
from tests.faults.storm_people import Log, Patients, Takers
from tests.system import ROOT, eventually

TEXTS_A_SECOND = 6.0
TEXTS_BEFORE_WEB_DIES = 8  # a web server that is always starting takes none, and loses none
TEXTS_A_KILL = 2  # accepted, at least, before the storm may end
STEP_SECONDS = 0.4  # how often time passes for one of the ladders
IN_FLIGHT_SECONDS = 1.0  # by then the provider has done what a dead process had asked of it
UNDER_WAY = (DispatchState.PENDING, DispatchState.SENDING, DispatchState.UNKNOWN)
_MESSAGES, _CALLS = r"/Messages\.json$", r"/Calls\.json$"


def storm_clinic() -> str:
    """The sample clinic with a ladder of texts and calls to several people, and no limit on texts."""
    sample = (ROOT / "smsbot" / "defaults" / "clinic.toml").read_text(encoding="utf-8")
    head = sample.partition("[ladder]")[0]
    return head + (
        "[ladder]\ntexts_an_hour = 1440\n"
        + _rule("emergency", ('"on_call"', '"sms"'), ('"on_call"', '"call"'), ('"prescriber"', '"sms"'))
        + _rule("urgent", ('"prescriber"', '"sms"'), ('"front_desk"', '"sms"'))
        + _rule("routine", ('"front_desk"', '"sms"'))
    )


def _rule(urgency: str, *steps: tuple[str, str]) -> str:
    lines = [
        f"{{ after = {minute}, tell = [{who}], by = [{how}] }}" for minute, (who, how) in enumerate(steps)
    ]
    head = f'[[ladder.rule]]\nname = "{urgency}"\nurgency = "{urgency}"\n'
    return f"{head}steps = [{', '.join(lines)}]\nagain_minutes = 60\n"


def weather(seed: int) -> list[dict[str, object]]:
    """What goes wrong at the provider meanwhile. Few receipts come, so that its list must be asked."""
    faults: list[dict[str, object]] = [
        {"do": do, "match": {"method": "POST", "path": path, "rate": rate}, "seed": f"{seed} {do} {path}"}
        | more
        for path in (_MESSAGES, _CALLS)
        for do, rate, more in (
            ("500", 0.04, {}),
            ("500", 0.02, {"accept": True}),
            ("429", 0.02, {}),
            ("drop_after_accept", 0.03, {}),
        )
    ]
    return [*faults, {"do": "receipts_never", "match": {"rate": 0.6}, "seed": f"{seed} receipts"}]


@dataclass
class Storm:
    """One storm over one system. The seed gives the texts, the kills and their order."""

    parts: Parts
    seed: int
    pauses: tuple[float, float]  # seconds between two kills, at least and at most
    texts_a_second: float = TEXTS_A_SECOND

    def __post_init__(self) -> None:
        self.crew = Crew(self.parts)
        self.log = Log(self.parts.system.home.parent / "storm.jsonl")
        self.seconds = 0.0
        self._accepted_at_last_web_kill = 0
        self._chance = random.Random(f"{self.seed} kills")

    def rage(self, kills: int) -> None:
        """Kill until so many have been killed, amid texts; then everything is killed once more."""
        provider, began, stop = self.parts.system.provider, time.monotonic(), threading.Event()
        provider.faults(*weather(self.seed))
        takers = Takers(provider, self.log, self.seed)
        patients = Patients(provider, self.log, self.seed, self.texts_a_second)
        with ThreadPoolExecutor(3) as pool:
            about = [pool.submit(work, stop) for work in (patients.run, takers.run)]
            about.append(pool.submit(self._let_time_pass, stop, takers))
            try:
                while self.crew.kills.total() < kills or self._accepted() < TEXTS_A_KILL * kills:
                    self.crew.keep_for(self._chance.uniform(*self.pauses))
                    self._strike()
            finally:
                stop.set()
            for one in about:
                one.result()
        self.crew.kill_all()
        time.sleep(IN_FLIGHT_SECONDS)
        provider.clear_faults()
        self.seconds = time.monotonic() - began

    def _strike(self) -> None:
        """Kill one; the web server only when it has taken texts since it was killed last."""
        accepted = self._accepted()
        spares_web = accepted < self._accepted_at_last_web_kill + TEXTS_BEFORE_WEB_DIES
        if self.crew.strike(self._chance, WEB if spares_web else ()) in WEB:
            self._accepted_at_last_web_kill = accepted

    def _accepted(self) -> int:
        return sum(text.status == 200 for text in self.log.texts)

    def settle(self, seconds: float = 60.0) -> None:
        """Start everything once more and wait until everything owed has its fate."""
        self.crew.start()
        with contextlib.suppress(AssertionError):  # what is still owed then is for the proof to say
            eventually(lambda: not self._owed(), seconds, every=0.2)

    def take_in_missed(self) -> None:
        """What no webhook brought is found on the provider's list, once it is old enough."""
        youngest = max(text.sent_at for text in self.log.texts)
        time.sleep(max(0.0, youngest + SETTLED.total_seconds() + 2 - time.time()))
        done = self.parts.system.command("reconcile", "--since", "1", "--json")
        assert done.returncode == 0, done.stderr
        self.settle()

    def end_waiting(self) -> None:
        """A minute passes at once, as far as what is owed is concerned. Nothing of ours may be running."""
        now = clock.now()
        with self.parts.db.writing() as session:
            session.execute(
                update(Dispatch).where(Dispatch.state == DispatchState.SENDING).values(lease_until=now)
            )
            session.execute(update(Dispatch).where(Dispatch.state.in_(UNDER_WAY)).values(due_at=now))

    def push_all(self) -> None:
        """A day passes, as far as every climbing ladder is concerned, and what it brings is sent."""
        with self.parts.db.writing() as session:
            session.execute(
                update(Alert).where(Alert.state == AlertState.CLIMBING).values(next_at=clock.now())
            )
        due = select(func.count()).where(Alert.state == AlertState.CLIMBING, Alert.next_at <= clock.now())
        with contextlib.suppress(AssertionError):  # as above
            eventually(lambda: not self._count(due) and not self._owed(), 60, every=0.2)

    def _owed(self) -> int:
        soon = clock.now() + timedelta(minutes=5)
        return self._count(select(func.count()).where(Dispatch.state.in_(UNDER_WAY), Dispatch.due_at <= soon))

    def _count(self, query: object) -> int:
        with self.parts.db.reading() as session:
            return int(session.scalar(query) or 0)  # type: ignore[call-overload]

    def _let_time_pass(self, stop: threading.Event, takers: Takers) -> None:
        chance = random.Random(f"{self.seed} time")
        while not stop.wait(STEP_SECONDS):
            forgotten = takers.forgotten()
            query = (
                select(Alert.id, Alert.state, Case.code)
                .join(Case, Case.id == Alert.case_id)
                .where(Alert.next_at > clock.now(), Alert.state != AlertState.ENDED)
                .order_by(Alert.id)
            )
            with self.parts.db.reading() as session:
                waiting = [
                    (alert_id, state)
                    for alert_id, state, code in session.execute(query)
                    if state == AlertState.CLIMBING or code in forgotten
                ]
            if waiting:
                self._pass_for(*chance.choice(waiting))

    def _pass_for(self, alert_id: str, state: str) -> None:
        with self.parts.db.writing() as session:
            session.execute(
                update(Alert)
                .where(Alert.id == alert_id, Alert.state == state, Alert.next_at.is_not(None))
                .values(next_at=clock.now())
            )

    def title(self) -> str:
        """What is needed to play it again, and how much it was."""
        kills: Counter[str] = self.crew.kills
        by_part = ", ".join(f"{name} {count}" for name, count in sorted(kills.items()))
        return f"seed {self.seed}, {kills.total()} kills in {self.seconds:.0f} s ({by_part})"


@contextlib.contextmanager
def storm_on(folder: Path, seed: int, pauses: tuple[float, float], **settings: str) -> Iterator[Storm]:
    """A storm about to break on a fresh home, everything running."""
    with parts_on(folder, clinic=storm_clinic(), **settings) as parts:
        parts.provider()
        storm = Storm(parts, seed, pauses)
        storm.crew.start()
        yield storm
