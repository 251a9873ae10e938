"""Everything the page shows: what stands on top, and the charts in their order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from smsbot.clinic import Clinic
from smsbot.domain import Urgency
from smsbot.numbers import charts, more_charts
from smsbot.numbers.arithmetic import Span, Waits, percentile, waits
from smsbot.numbers.chart import Chart
from smsbot.numbers.charts import Plain
from smsbot.numbers.facts import Facts
from smsbot.numbers.office import open_spans
from smsbot.numbers.period import Period
from smsbot.numbers.reading import read_facts
from smsbot.numbers.words import TOO_FEW, URGENCIES, counted, minutes_in_words, percent


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the figures on top; `is_bad` when somebody should do something about it now."""

    figure: str
    words: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class NumbersPage:
    """The page. `is_empty`: not one text came and not one case was opened."""

    period: Period
    headlines: tuple[Headline, ...]
    charts: tuple[Chart, ...]
    is_empty: bool

    def chart(self, key: str) -> Chart | None:
        """One of its charts."""
        return next((one for one in self.charts if one.key == key), None)


def read_numbers(
    session: Session, clinic: Clinic, period: Period, now: datetime, plain: Plain = str
) -> NumbersPage:
    """Read the period and work everything out. `plain` says an intent or a flag in plain English."""
    facts = read_facts(session, clinic, period, now)
    # a day to spare: an opening that began before the period reaches into it
    spans = open_spans(clinic, period.starts_at - timedelta(days=1), period.ends_at)
    return make_page(facts, clinic, period, now, plain, spans)


def make_page(
    facts: Facts, clinic: Clinic, period: Period, now: datetime, plain: Plain, spans: list[Span]
) -> NumbersPage:
    """The page of these facts."""
    looked = waits(facts.needs, facts.looks, facts.looks, now.timestamp())
    taken = waits(facts.needs, facts.takes, facts.resolved, now.timestamp())
    shown = (
        charts.look_chart(looked, clinic),
        charts.taken_chart(taken, clinic),
        charts.intents_chart(facts, plain),
        charts.hours_chart(facts, clinic.zone),
        charts.after_hours_chart(facts, spans),
        more_charts.deliveries_chart(facts),
        more_charts.corrections_chart(facts),
        more_charts.classes_chart(facts, plain),
        more_charts.teams_chart(facts),
        more_charts.people_chart(facts),
    )
    is_empty = not facts.slots and not facts.needs
    return NumbersPage(period, headlines(facts, looked.get(Urgency.EMERGENCY)), shown, is_empty)


def headlines(facts: Facts, found: Waits | None) -> tuple[Headline, ...]:
    """What to see first: were emergencies (`found`) looked at in time, does anything wait too long."""
    part = found.share_in_time if found else None
    half = minutes_in_words(percentile(found.minutes, 50)) if found else TOO_FEW
    words = "of emergencies looked at in time" + (f"; half within {half}" if half != TOO_FEW else "")
    if part is None:
        count = found.count if found else 0
        words = f"emergencies, {TOO_FEW}" if count else "emergencies"
        first = Headline(str(count), words)
    else:
        first = Headline(percent(part), words)
    overdue = sum(facts.overdue.values())
    return (first, _overdue(overdue, facts), Headline(counted(sum(facts.slots.values())), "texts came in"))


def _overdue(count: int, facts: Facts) -> Headline:
    by_urgency = ", ".join(f"{facts.overdue[name]} {name}" for name in URGENCIES if facts.overdue.get(name))
    words = "overdue now" + (f" ({by_urgency})" if by_urgency else "")
    return Headline(counted(count), words, is_bad=count > 0)
