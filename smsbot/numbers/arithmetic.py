"""The figures, worked out of the facts. Nothing here reads a database, a clock or a setting."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from smsbot.numbers.facts import SLOT_SECONDS, Changed, Need

FEWEST = 5  # of fewer no share and no percentile is given: one more would turn it over
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the matters of one urgency waited. A matter is a case that opened, rose or came back.

    `in_time` and `late` are judged by the target; the rest has none, or may still make it. `passed_over`:
    settled without the step that is measured.
    """

    minutes: tuple[float, ...]  # of those that had it, in order
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    passed_over: int = 0

    @property
    def count(self) -> int:
        """All matters."""
        return len(self.minutes) + self.waiting + self.passed_over

    @property
    def share_in_time(self) -> float | None:
        """Of those judged; None when they are too few to say."""
        return share(self.in_time, self.in_time + self.late)


def share(part: int, of: int) -> float | None:
    """A part of a whole, 0 to 1; None when the whole is too small to say."""
    return part / of if of >= FEWEST else None


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest value that at least so many per cent do not exceed (nearest rank); None of too few."""
    if len(ordered) < FEWEST:
        return None
    return ordered[-(-len(ordered) * percent // 100) - 1]


def waits(
    needs: Iterable[Need],
    done: Mapping[str, Sequence[float]],
    over: Mapping[str, Sequence[float]],
    now: float,
) -> dict[str, Waits]:
    """By urgency, from each need to the first thing done about its case; moments in order, in seconds.

    `over`: when cases were settled; one that was settled without the thing is passed over.
    """
    found: dict[str, list[float]] = {}
    counts: dict[str, Counter[str]] = {}
    for need in needs:
        count = counts.setdefault(need.urgency, Counter())
        at = _first(done.get(need.case_id, ()), need.at)
        if at is not None:
            found.setdefault(need.urgency, []).append((at - need.at) / 60)
        elif _first(over.get(need.case_id, ()), need.at) is not None:
            count["passed_over"] += 1
            continue
        else:
            count["waiting"] += 1
        if need.due_at is not None and (at is not None or now > need.due_at):
            count["in_time" if at is not None and at <= need.due_at else "late"] += 1
    return {
        urgency: Waits(tuple(sorted(found.get(urgency, ()))), **count) for urgency, count in counts.items()
    }


def _first(moments: Sequence[float], since: float) -> float | None:
    place = bisect_left(moments, since)
    return moments[place] if place < len(moments) else None


def hours_of_week(slots: Mapping[tuple[int, str], int], zone: ZoneInfo) -> list[list[int]]:
    """Seven days from Monday, 24 hours each, on the clinic's wall clock: how many texts came in."""
    week = [[0] * 24 for _ in range(7)]
    for (slot, _), count in slots.items():
        local = datetime.fromtimestamp(slot * SLOT_SECONDS, zone)
        week[local.weekday()][local.hour] += count
    return week


def after_hours(
    slots: Mapping[tuple[int, str], int], open_spans: Sequence[Span]
) -> dict[str, tuple[int, int]]:
    """By urgency, how many texts came while the office was closed, and how many came at all."""
    starts = [start.timestamp() for start, _ in open_spans]
    ends = [end.timestamp() for _, end in open_spans]
    closed: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for (slot, urgency), count in slots.items():
        at = slot * SLOT_SECONDS
        place = bisect_right(starts, at) - 1
        every[urgency] += count
        closed[urgency] += 0 if place >= 0 and at < ends[place] else count
    return {urgency: (closed[urgency], every[urgency]) for urgency in every}


def confusion(changed: Iterable[Changed]) -> Counter[tuple[str, str]]:
    """How often an urgency was read, and what a person said it was: (read, right)."""
    return Counter((one.was_urgency, one.urgency) for one in changed)


def misread(changed: Iterable[Changed]) -> dict[str, tuple[int, int]]:
    """By intent or flag: how often it was missed, and how often it was read where it was not."""
    missed: Counter[str] = Counter()
    invented: Counter[str] = Counter()
    for one in changed:
        missed.update(one.now - one.was)
        invented.update(one.was - one.now)
    names = sorted(missed.keys() | invented.keys(), key=lambda name: (-missed[name] - invented[name], name))
    return {name: (missed[name], invented[name]) for name in names}
