"""The charts about texts and waiting: what came in, when, and how soon a person had looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from smsbot.clinic import Clinic
from smsbot.domain import Urgency
from smsbot.numbers.arithmetic import Span, Waits, after_hours, hours_of_week, percentile, share
from smsbot.numbers.chart import Chart
from smsbot.numbers.drawing import Bar, bars, heat
from smsbot.numbers.facts import Facts
from smsbot.numbers.words import TOO_FEW, URGENCIES, counted, hour_name, minutes_in_words, percent

Plain = Callable[[str], str]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHOWN = 12  # bars of a chart; its table has all
_NO_TEXTS = "How many texts come in will be here, as soon as the first one does."
_JUDGED = URGENCIES[:3]


def intents_chart(facts: Facts, plain: Plain) -> Chart:
    """What patients wanted."""
    ordered = sorted(facts.intents.items(), key=lambda one: (-one[1], one[0]))
    texts, most = sum(facts.slots.values()), max(facts.intents.values(), default=1)
    shown = [Bar(plain(name), counted(count), count / most) for name, count in ordered[:_SHOWN]]
    rest = len(ordered) - len(shown)
    return Chart(
        "intents",
        "What patients wanted",
        f"{counted(texts)} texts came in. A text that wants two things counts for both.",
        ("Wish", "Texts"),
        tuple((plain(name), count) for name, count in ordered),
        bars("intents", "Texts by what patients wanted", shown),
        _NO_TEXTS,
        f"The table has {rest} more." if rest else "",
    )


def hours_chart(facts: Facts, zone: ZoneInfo) -> Chart:
    """When texts come in."""
    week = hours_of_week(facts.slots, zone)
    texts = sum(facts.slots.values())
    day, hour = max(((d, h) for d in range(7) for h in range(24)), key=lambda at: week[at[0]][at[1]])
    busiest = f"The fullest hour is {_DAYS[day]} from {hour_name(hour)}: {counted(week[day][hour])} texts."
    return Chart(
        "hours",
        "When texts come in",
        f"By hour of the week, in the clinic's time. {busiest}",
        ("Day", *(hour_name(hour) for hour in range(24))),
        tuple((_DAYS[day], *hours) for day, hours in enumerate(week)) if texts else (),
        heat("hours", "Texts by hour of the week", week, hour_name),
        _NO_TEXTS,
    )


def after_hours_chart(facts: Facts, open_spans: Sequence[Span]) -> Chart:
    """How much comes while the office is closed."""
    found = after_hours(facts.slots, open_spans)
    closed = sum(one for one, _ in found.values())
    every = sum(all_ for _, all_ in found.values())
    rows = [("All texts", closed, every)]
    rows += [(name.capitalize(), *found[name]) for name in URGENCIES if name in found]
    drawn = [
        Bar(name, f"{percent(share(one, of))} · {counted(one)} of {counted(of)}", share(one, of))
        for name, one, of in rows
    ]
    return Chart(
        "after_hours",
        "While the office was closed",
        "The share of texts that came outside opening hours, by the hours that hold today.",
        ("Texts", "While closed", "All", "Share"),
        tuple((name, one, of, percent(share(one, of))) for name, one, of in rows) if every else (),
        bars("after_hours", "Texts that came while the office was closed", drawn),
        _NO_TEXTS,
    )


def look_chart(found: Mapping[str, Waits], clinic: Clinic) -> Chart:
    """From a case becoming this urgent to the first person who looked: `waits` of the looks."""
    return _waits_chart(
        ("look", "Time to first look", "looked at"),
        "From when a case opened, rose or came back to when somebody opened, took or resolved it.",
        found,
        clinic,
    )


def taken_chart(found: Mapping[str, Waits], clinic: Clinic) -> Chart:
    """From a case becoming this urgent to a person taking it: `waits` of the takes."""
    return _waits_chart(
        ("taken", "Time to taken", "taken"),
        "From when a case opened, rose or came back to when somebody took it.",
        found,
        clinic,
    )


def targets(clinic: Clinic) -> dict[str, str]:
    """What the clinic has promised, in words."""
    return {
        Urgency.EMERGENCY: f"target {clinic.emergency_minutes} min",
        Urgency.URGENT: f"target {minutes_in_words(clinic.urgent_minutes)}",
        Urgency.ROUTINE: "as promised",
    }


def _waits_chart(names: tuple[str, str, str], says: str, found: Mapping[str, Waits], clinic: Clinic) -> Chart:
    key, title, done = names
    target = targets(clinic)
    shown = [(urgency, found[urgency]) for urgency in _JUDGED if urgency in found]
    drawn = [
        Bar(
            f"{urgency.capitalize()} · {target[urgency]}",
            f"{told} in time" if (told := percent(one.share_in_time)) != TOO_FEW else told,
            one.share_in_time,
            _half_and_most(one),
        )
        for urgency, one in shown
    ]
    return Chart(
        key,
        title,
        says,
        (
            *("Urgency", "Target", "Cases", "Median", "90th percentile", "In time", "Late", "Share in time"),
            *(f"Not {done} yet", f"Resolved, never {done}"),
        ),
        tuple(_waits_row(urgency, target[urgency], one) for urgency, one in shown),
        bars(key, f"{title}: the share within the target, by urgency", drawn),
        f"How soon cases are {done} will be here, as soon as there is one.",
        "Median: half were faster. 90th percentile: nine of ten were. A case that rose counts once for "
        "each urgency. Routine cases are promised a look by the end of the next working day.",
    )


def _half_and_most(one: Waits) -> str:
    half, most = percentile(one.minutes, 50), percentile(one.minutes, 90)
    if half is None or most is None:
        return f"{one.count} in all: too few for a median"
    words = f"median {minutes_in_words(half)} · 90th percentile {minutes_in_words(most)}"
    return f"{words} · {counted(one.late)} late" if one.late else words


def _waits_row(urgency: str, target: str, one: Waits) -> tuple[str | int, ...]:
    return (
        urgency.capitalize(),
        target,
        one.count,
        minutes_in_words(percentile(one.minutes, 50)),
        minutes_in_words(percentile(one.minutes, 90)),
        one.in_time,
        one.late,
        percent(one.share_in_time),
        one.waiting,
        one.passed_over,
    )
