"""Days and times that follow each other, joined: which time of day goes with which day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from smsbot.triage.times_clock import Span, combine
from smsbot.triage.times_dates import Day
from smsbot.triage.times_items import Item
from smsbot.triage.times_marks import COMMA, STOP
from smsbot.triage.times_roles import Clause, Role


@dataclass(slots=True)
class Entry:
    """Days named together, and the times of day that go with them."""

    day: Day
    spans: list[Span] = field(default_factory=list)
    place: int = 0  # in the text
    clause: int = 0  # its number


@dataclass(frozen=True, slots=True)
class Step:
    """A day or time in a run, and how it is joined to the one before: or, comma, word, none or stop."""

    item: Item
    joint: str
    place: int
    clause: int


def read_entries(clauses: list[Clause], role: Role) -> tuple[list[Entry], list[Span]]:
    """Entries of that role, and spans that stand without any day."""
    entries: list[Entry] = []
    loose: list[Span] = []
    for run in find_runs(clauses, role):
        made, lonely = _Run(run).entries()
        entries += made
        loose += lonely
    return entries, loose


def find_runs(clauses: list[Clause], role: Role) -> Iterator[list[Step]]:
    """Runs of days and times of one role; a full stop ends a run."""
    run: list[Step] = []
    joint = "stop"
    place = 0
    for number, clause in enumerate(clauses):
        if clause.border is not None:
            joint = _harder(joint, "stop" if clause.border.has(STOP) else "comma")
        for item, given in zip(clause.items, clause.roles, strict=True):
            place += 1
            if given is role:
                if joint == "stop" and run:
                    yield run
                    run = []
                run.append(Step(item, joint, place, number))
                joint = "none"
            else:
                joint = _harder(joint, _joint_of(item))
    if run:
        yield run


_HARDNESS = ("none", "glue", "word", "comma", "or", "stop")


def _harder(first: str, second: str) -> str:
    return max(first, second, key=_HARDNESS.index)


def _joint_of(item: Item) -> str:
    if item.has(STOP, "otherwise"):
        return "stop"  # today, otherwise tomorrow morning
    if item.has("or", "and"):
        return "or"
    if item.has(COMMA):
        return "comma"
    return "glue" if item.has("glue", "at", "the", "of", "any") else "word"


@dataclass(slots=True)
class _Run:
    """Days and times of one role that follow each other; joins each time to its days."""

    steps: list[Step]
    made: list[Entry] = field(default_factory=list)
    lead: list[Span] = field(default_factory=list)  # times said before their days
    loose: list[Span] = field(default_factory=list)  # times said beside a choice of days
    open: list[Entry] = field(default_factory=list)  # days still without a time
    closed: list[Entry] = field(default_factory=list)  # days that took the last time

    def entries(self) -> tuple[list[Entry], list[Span]]:
        """Entries, and the times that found no day."""
        for at, step in enumerate(self.steps):
            if step.item.day is not None:
                self._add_day(at, step, step.item.day)
            elif step.item.span is not None:
                self._add_span(at, step, step.item.span)
        return self.made, [*self.loose, *([] if self.made else self.lead)]

    def _add_day(self, at: int, step: Step, day: Day) -> None:
        last = self.made[-1] if self.made else None
        if last is not None and self._claims(at, step, last, day):
            return
        if step.joint == "or" and self.lead and not self.made:
            self.loose, self.lead = self.lead, []
        spans = [day.span] if day.span else list(self.lead)
        entry = Entry(self._in_same_week(last, day), spans, step.place, step.clause)
        self.made.append(entry)
        if entry.spans:
            self.closed = [entry] if not self.lead else [*self.closed, entry]
            self.open = self.open if self.lead else []
        else:
            after_time = at > 0 and self.steps[at - 1].item.span is not None
            self.open = [entry] if after_time else [*self.open, entry]

    def _claims(self, at: int, step: Step, last: Entry, day: Day) -> bool:
        """A week beside bare weekdays says which; so does a weekday beside a week."""
        if step.joint == "or":
            return False
        if day.claims:
            bare = [entry for entry in self.made if entry.day.is_bare]
            for entry in bare:
                entry.day = among(entry.day, day.claims)
            return bool(bare) or (bool(last.day.weekdays) and last.day.week == day.week is not None)
        if last.day.claims and (day.is_bare or is_within(day, last.day)):
            last.day = among(day, last.day.claims) if day.is_bare else day
            if day.span or (self.lead and not last.spans):
                last.spans = list(self.lead)
            if not last.spans:
                self.open = [*[entry for entry in self.open if entry is not last], last]
            return True
        return False

    def _in_same_week(self, last: Entry | None, day: Day) -> Day:
        """Monday next week or Wednesday: both next week."""
        if last is None or not day.is_bare or last.day.week is None or not last.day.weekdays:
            return day
        moved = _moved(day, last.day.week)
        return moved if moved.dates >= day.dates else day  # "this saturday, or tuesday" is the next one

    def _add_span(self, at: int, step: Step, span: Span) -> None:
        before = self.steps[at - 1].item if at else None
        is_ahead = self._is_ahead(at, step)
        if before is not None and before.span is not None and not (is_ahead and self.made):
            self._join_spans(step, span)
        elif is_ahead:
            self.lead, self.open, self.closed = [span], [], []
        elif self.open:
            for entry in self.open:
                entry.spans = [span]
            self.closed, self.open = self.open, []
        elif self.closed:
            direct = bool(self.lead) and step.joint in ("none", "glue")
            for entry in self.closed[-1:] if direct and len(self.closed) > 1 else self.closed:
                entry.spans = [*entry.spans, span] if step.joint == "or" else _refined(entry.spans, span)
        else:
            self.lead.append(span)

    def _join_spans(self, step: Step, span: Span) -> None:
        """Two times side by side: a choice ("9 or 10") or one made narrower ("morning, after 10")."""
        targets = [entry.spans for entry in self.closed] or [self.lead]
        for spans in targets:
            together = combine(spans[-1], span) if spans and _narrows(step, spans[-1], span) else None
            if together is not None:
                spans[-1] = together
            elif step.joint in ("or", "comma") or not spans:
                spans.append(span)

    def _is_ahead(self, at: int, step: Step) -> bool:
        """The time in "Monday, or after 3 on Tuesday" belongs to what follows."""
        if at + 1 >= len(self.steps):
            return False
        after = self.steps[at + 1]
        return (
            step.joint in ("or", "comma", "stop")
            and after.item.day is not None
            and after.joint in ("none", "glue")
        )


def _narrows(step: Step, first: Span, second: Span) -> bool:
    both_bounds = {first.form, second.form} == {"after", "before"}
    return both_bounds or step.joint != "or"


def _refined(spans: list[Span], span: Span) -> list[Span]:
    return [combine(each, span) or span for each in spans]


def among(day: Day, days: tuple[date, ...]) -> Day:
    """Bare weekdays as days of a week, or of the piece of a month that was named."""
    dates = tuple(each for each in days if each.weekday() in day.weekdays)
    monday = dates[0] - timedelta(days=dates[0].weekday()) if dates else None
    return replace(day, dates=dates, week=monday)


def is_within(day: Day, week: Day) -> bool:
    """next week, like the 14th"""
    return week.is_week and not day.is_week and bool(day.dates) and set(day.dates) <= set(week.dates)


def _moved(day: Day, monday: date) -> Day:
    dates = tuple(monday + timedelta(days=weekday) for weekday in day.weekdays)
    return replace(day, dates=dates, week=monday)
