"""How fast an alert reaches the provider: idle, behind a thousand sends, without Redis, and in a storm.

    python -m bench.alerts [--idle 100] [--routine 1000] [--emergencies 50] [--steps 5000]
                           [--only alone,idle,dead,routine,both,steps] [--without-receipts]

Real processes on a fresh home each, SQLite, the simulator's stand-in provider on the same machine. "Accepted"
is by the provider's own ledger. Waits count from the moment at which the webhook's answer came back and, in
brackets, from the moment at which the text was posted; a step of the ladder is late from its due time.
Loopback only; ends what it started.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figures import share, table
from bench.load import codes_of, is_on_call, new_phone, queue_routine, queue_steps, wiring_of
from tests.system import NURSE, System, eventually, new_sid, system_on

EMERGENCY = "chest pain right now"
PARTS = {"gunicorn": "web", "--queue emergencies": "worker", "--queue rest": "rest", "smsbot sweep": "sweep"}
PARTS |= {"simulator.provider": "provider"}
_CODE = re.compile(r"case (\w{4}),")
_HEAD = ("measure", "n", "p50", "p99", "longest", "since posted: p99", "bar", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Times are seconds; `remark` says under what."""

    name: str
    waits: Sequence[float]
    bar: float
    posted: Sequence[float] = ()
    remark: str = ""

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        p99 = share(self.waits, 0.99)
        return (
            self.name,
            str(len(self.waits)),
            f"{share(self.waits, 0.5):.3f}",
            f"{p99:.3f}",
            f"{max(self.waits):.3f}",
            f"({share(self.posted, 0.99):.3f})" if self.posted else "",
            f"{self.bar:g} {'met' if p99 < self.bar else 'MISSED'}",
            self.remark,
        )


def measure_idle(system: System, count: int, name: str = "idle") -> Row:
    """Emergencies of new phones, one when everything of the one before is over."""
    system.run()
    texts = [post_emergency(system, settle=True) for _ in range(count)]
    return row_of(system, name, texts, 1.0 if name == "idle" else 5.0)


def measure_idle_dead(system: System, count: int) -> Row:
    """The same without Redis."""
    with_redis = system.run
    system.run = lambda: (with_redis(), end_redis(system))[0]  # type: ignore[method-assign]
    return measure_idle(system, count, "idle, Redis dead")


def measure_behind(system: System, routine: int, count: int, *, is_dead: bool = False) -> Row:
    """Ten emergencies a second, all of them while routine sends wait."""
    system.run()
    with wiring_of(system) as parts:
        if is_dead:
            end_redis(system)
        queue_routine(parts, routine)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            waiting = []
            for number in range(count):
                time.sleep(max(0.0, began + number / 10 - time.monotonic()))
                waiting.append(pool.submit(post_emergency, system))
            texts = [one.result() for one in waiting]
    name = f"behind {routine} routine" + (", Redis dead" if is_dead else "")
    return row_of(system, name, texts, 5.0)


def measure_steps(system: System, count: int, *, has_receipts: bool) -> Row:
    """Steps of the ladder that fall due within one minute."""
    system.run()
    if not has_receipts:
        system.provider.faults({"do": "receipts_never"})
    with wiring_of(system) as parts:
        assert is_on_call(parts)
        begins = datetime.now(UTC) + timedelta(seconds=5 + count / 100)
        due = queue_steps(parts, begins, count)
        assert datetime.now(UTC) < begins, "the rows took too long to write"
    time.sleep(max(0.0, (begins - datetime.now(UTC)).total_seconds()))
    before = cpu_seconds(system)
    time.sleep(60)
    used = {part: seconds - before.get(part, 0) for part, seconds in cpu_seconds(system).items()}
    done_in_time = len(system.alerts())
    with suppress(AssertionError):  # what has not arrived by then is late by that much
        eventually(lambda: len(system.alerts()) >= count, seconds=60 + count / 25, every=2)
    accepted, ended = accepted_at(system), time.time()
    late = [accepted.get(code, ended) - at.timestamp() for code, at in due.items()]
    spent = ", ".join(f"{part} {seconds:.0f}" for part, seconds in sorted(used.items()) if seconds >= 1)
    lost = sum(code not in accepted for code in due)
    remark = f"{done_in_time} accepted in the minute, {lost} never; CPU seconds in it: {spent}"
    name = f"{count} steps in 60 s" + ("" if has_receipts else ", no receipts")
    return Row(name, late, 2.0, remark=remark)


def post_emergency(system: System, *, settle: bool = False) -> tuple[str, float, float]:
    """Post one emergency: its id, when it was posted, when the answer came. `settle`: until it is over."""
    sid, posted = new_sid(), time.time()
    answer = system.post(system.form(EMERGENCY, new_phone(), sid))
    answered = time.time()
    assert answer.ok, answer.status_code
    if settle:  # until its receipts have come, and out of step with the sweep's cycles
        time.sleep(0.9 + random.random() * 0.5)
    return sid, posted, answered


def row_of(system: System, name: str, texts: list[tuple[str, float, float]], bar: float) -> Row:
    """How long each of these texts waited for its alert, and what still waited behind the last of them."""
    with wiring_of(system) as parts:
        codes = codes_of(parts, [sid for sid, _, _ in texts])

    def all_accepted() -> bool:
        return set(codes.values()) <= set(accepted_at(system))

    eventually(all_accepted, seconds=120, every=0.5)
    accepted = accepted_at(system)
    waits = [accepted[codes[sid]] - answered for sid, _, answered in texts]
    posted = [accepted[codes[sid]] - began for sid, began, _ in texts]
    last = max(accepted[code] for code in codes.values())
    sent = [seconds_of(one) for one in system.provider.ledger() if one["to"] != NURSE]
    remark = f"{sum(at < last for at in sent)} routine sent by then" if sent or "routine" in name else ""
    return Row(name, waits, bar, posted, remark)


def accepted_at(system: System) -> dict[str, float]:
    """When the first alert about each case was accepted, by the code in it."""
    found: dict[str, float] = {}
    for one in system.alerts():
        match = _CODE.search(one["body"])
        if match:
            found.setdefault(match[1], seconds_of(one))
    return found


def seconds_of(entry: dict[str, Any]) -> float:
    """When this was accepted, in seconds since 1970."""
    return datetime.fromisoformat(entry["at"]).timestamp()


def end_redis(system: System) -> None:
    """kill -9 of the embedded server, by its id; without its folder no other can start in its place."""
    folder = system.home / "redis"
    pids = [pid for pid in system.pids() if Path(f"/proc/{pid}/cwd").resolve() == folder]
    folder.rename(system.home / "redis-away")
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert len(pids) == 1, pids
    eventually(lambda: not system.pids().keys() & set(pids))


def cpu_seconds(system: System) -> dict[str, float]:
    """CPU time so far, by part."""
    used: dict[str, float] = {}
    for pid, command in system.pids().items():
        part = next((name for words, name in PARTS.items() if words in command), "others")
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used[part] = used.get(part, 0) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def provider_alone(system: System, count: int = 200) -> str:
    """What the stand-in takes for one create request when nothing else is asked of it."""
    system.run()
    system.provider.faults({"do": "receipts_never"})
    with wiring_of(system) as parts:
        send = parts.outbox._routes["sms"].send  # noqa: SLF001
        took = [timed(lambda: send(_letter())) for _ in range(count)]
        began = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: send(_letter()), range(count * 2)))
        rate = count * 2 / (time.monotonic() - began)
    return (
        f"The stand-in alone: one create request takes p50 {share(took, 0.5) * 1000:.1f} ms, "
        f"p99 {share(took, 0.99) * 1000:.1f} ms; 8 threads of one process bring it to {rate:.0f} a second."
    )


def _letter() -> Any:
    from smsbot.routes import Letter

    return Letter(new_sid(), NURSE, "How fast is the stand-in?", datetime.now(UTC))


def timed(work: Callable[[], object]) -> float:
    """How many seconds this takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Run the measures asked for, each on a fresh home, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--idle", type=int, default=100)
    parser.add_argument("--routine", type=int, default=1000)
    parser.add_argument("--emergencies", type=int, default=50)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--without-receipts", action="store_true", help="the stand-in posts none of steps")
    parser.add_argument("--only", default="alone,idle,dead,routine,both,steps")
    parser.add_argument("--source", type=Path, help="another tree whose code is measured")
    options = parser.parse_args()
    measures: dict[str, Callable[[System], Row | str]] = {
        "alone": provider_alone,
        "idle": lambda system: measure_idle(system, options.idle),
        "dead": lambda system: measure_idle_dead(system, options.idle),
        "routine": lambda system: measure_behind(system, options.routine, options.emergencies),
        "both": lambda system: measure_behind(system, options.routine, options.emergencies, is_dead=True),
        "steps": lambda system: measure_steps(
            system, options.steps, has_receipts=not options.without_receipts
        ),
    }
    source = {"source": options.source} if options.source else {}
    came = [on_fresh_home(measures[name], source) for name in options.only.split(",")]
    for line in came:
        if isinstance(line, str):
            print(line)
    print(table(_HEAD, [row for row in came if isinstance(row, Row)]))


def on_fresh_home(measure: Callable[[System], Row | str], options: dict[str, Any]) -> Row | str:
    """One measure on a home of its own, and the machine's load before it."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, system_on(Path(folder), **options) as system:
        came = measure(system)
    if isinstance(came, str):
        return f"{came} Load before: {load:.1f}."
    remark = f"load {load:.1f}" + (f"; {came.remark}" if came.remark else "")
    return Row(came.name, came.waits, came.bar, came.posted, remark)


if __name__ == "__main__":
    main()
