"""The charts about what went wrong and who did the work."""

from __future__ import annotations

from collections import Counter

from smsbot.numbers.arithmetic import confusion, misread, share
from smsbot.numbers.chart import Chart
from smsbot.numbers.charts import Plain
from smsbot.numbers.drawing import Bar, bars, grid
from smsbot.numbers.facts import Facts
from smsbot.numbers.words import URGENCIES, capital, counted, percent, team_name, why_lost

_SHOWN = 10


def deliveries_chart(facts: Facts) -> Chart:
    """What never arrived, and why. An alert that failed went on by another way at once."""
    to_patients: Counter[tuple[str, str]] = Counter()
    to_staff: Counter[tuple[str, str]] = Counter()
    for one in facts.lost:
        (to_patients if one.purpose == "reply" else to_staff)[why_lost(one.error)] += one.count
    reasons = to_patients + to_staff
    ordered = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    most = max(reasons.values(), default=1)
    lost, tried = to_patients.total(), facts.tried.get("reply", 0)
    return Chart(
        "deliveries",
        "What did not arrive",
        f"Of {counted(tried)} texts to patients, {counted(lost)} did not arrive "
        f"({percent(share(lost, tried))}). Alerts to staff that fail go on by another way at once.",
        ("Reason", "What to do", "Texts to patients", "Messages and calls to staff"),
        tuple(
            (capital(why), capital(act), to_patients[why, act], to_staff[why, act]) for why, act in ordered
        ),
        bars(
            "deliveries",
            "What did not arrive, by reason",
            [
                Bar(capital(why), counted(reasons[why, act]), reasons[why, act] / most)
                for why, act in ordered[:_SHOWN]
            ],
        ),
        "Everything has arrived. What does not will be here, with its reason and what to do.",
    )


def corrections_chart(facts: Facts) -> Chart:
    """Urgency as it was read against urgency as a person corrected it."""
    found = confusion(facts.changed)
    raised, lowered = _moved(found)
    counts = [[found[was, now] for now in URGENCIES] for was in URGENCIES]
    names = [name.capitalize() for name in URGENCIES]
    texts = sum(facts.slots.values())
    return Chart(
        "corrections",
        "Corrections of urgency",
        f"Staff corrected {counted(len(facts.changed))} readings while {counted(texts)} texts came in: "
        f"{raised} were more urgent than read, {lowered} less. Down: as read. Across: as corrected.",
        ("Read as", *(f"Corrected to {name.lower()}" for name in names)),
        tuple((name, *row) for name, row in zip(names, counts, strict=True)) if facts.changed else (),
        grid("corrections", "Urgency as read (down) and as corrected (across)", names, counts),
        "Nobody has corrected a reading. Where the readings are wrong will be here.",
        "A text that nobody corrected was not necessarily read right.",
    )


def _moved(found: Counter[tuple[str, str]]) -> tuple[int, int]:
    """How many were corrected upwards and downwards."""
    rank = {name: -place for place, name in enumerate(URGENCIES)}
    steps = {pair: rank[pair[1]] - rank[pair[0]] for pair in found if rank.keys() >= set(pair)}
    up = sum(found[pair] for pair, step in steps.items() if step > 0)
    return up, sum(found[pair] for pair, step in steps.items() if step < 0)


def classes_chart(facts: Facts, plain: Plain) -> Chart:
    """Which intents and flags were missed, or read where there were none."""
    found = misread(facts.changed)
    most = max((sum(pair) for pair in found.values()), default=1)
    return Chart(
        "classes",
        "Corrections of wishes and dangers",
        "What was missed, and what was read where it was not.",
        ("Wish or danger", "Missed", "Read, and was not there"),
        tuple((plain(name), *pair) for name, pair in found.items()),
        bars(
            "classes",
            "Wishes and dangers that staff corrected",
            [
                Bar(plain(name), f"{missed} missed · {wrong} wrong", (missed + wrong) / most)
                for name, (missed, wrong) in list(found.items())[:_SHOWN]
            ],
        ),
        "Nobody has corrected a wish or a danger. Which are misread will be here.",
    )


def teams_chart(facts: Facts) -> Chart:
    """Cases by team."""
    teams = sorted(facts.opened.keys() | facts.open_now.keys(), key=lambda team: -facts.opened.get(team, 0))
    most = max(facts.opened.values(), default=1)
    rows = [(team_name(team), facts.opened.get(team, 0), facts.open_now.get(team, 0)) for team in teams]
    return Chart(
        "teams",
        "Cases by team",
        f"{counted(sum(facts.opened.values()))} cases were opened; "
        f"{counted(sum(facts.open_now.values()))} are open now.",
        ("Team", "Opened in this period", "Open now"),
        tuple(rows),
        bars(
            "teams",
            "Cases opened, by team",
            [
                Bar(name, f"{counted(opened)} opened · {counted(now)} open", opened / most)
                for name, opened, now in rows
            ],
        ),
        "How the cases are shared between the teams will be here.",
    )


def people_chart(facts: Facts) -> Chart:
    """What each person did. Who works nights or part of the week does less: it is no ranking."""
    work = sorted(facts.work, key=lambda one: one.name.casefold())
    most = max((one.all for one in work), default=1)
    return Chart(
        "people",
        "Work by person",
        "Cases taken, replies written and cases resolved. It shows load, not how well somebody works.",
        ("Person", "Cases taken", "Replies", "Cases resolved"),
        tuple((one.name, one.taken, one.replied, one.resolved) for one in work),
        bars(
            "people",
            "Work by person",
            [
                Bar(
                    one.name,
                    "",
                    one.all / most,
                    f"{counted(one.taken)} taken · {counted(one.replied)} replies · "
                    f"{counted(one.resolved)} resolved",
                )
                for one in work
            ],
        ),
        "Who took, answered and resolved cases will be here.",
    )
