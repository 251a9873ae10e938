"""Reads the [ladder] of clinic.toml."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

from smsbot.clinic.form import Form
from smsbot.clinic.ladder import CONDITIONS, PLACES, ROUTES, Ladder, LadderRule, Rung
from smsbot.clinic.page import nearest
from smsbot.domain import Flag, Urgency

_KEYS = (
    "fallback", "hold_minutes", "emergency_lapse_minutes", "other_lapse_minutes", "texts_an_hour", "rule",
)  # fmt: skip
_RULE_KEYS = (
    "name", "urgency", "when", "flags", "conditions", "teams", "starts", "again_minutes", "steps",
)  # fmt: skip
_STEP_KEYS = ("after", "tell", "by")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_URGENCIES = tuple(urgency.value for urgency in Urgency if urgency is not Urgency.NONE)


def read_ladder(form: Form, teams: tuple[str, ...]) -> Ladder:
    """The clinic's ladder; whatever is wrong is noted in the form."""
    form.only(_KEYS)
    fallback = form.text("fallback", "-")
    if fallback != "-" and not _ADDRESS.fullmatch(fallback):
        form.wrong("fallback", f'"{fallback}" is no e-mail address of a staff member.')
    rules = form.take("rule", list, None, "Write at least one [[ladder.rule]].") or []
    read = [_rule(form, table, number, teams) for number, table in enumerate(rules, start=1)]
    whole = tuple(rule for rule in read if rule is not None)
    if rules and len(whole) == len(rules):
        _check_emergencies(form, whole)
    return Ladder(
        rules=whole,
        fallback=None if fallback == "-" else fallback,
        hold=timedelta(minutes=form.minutes("hold_minutes", 5)),
        lapse=(
            timedelta(minutes=form.minutes("emergency_lapse_minutes", 30)),
            timedelta(minutes=form.minutes("other_lapse_minutes", 240)),
        ),
        texts_an_hour=form.minutes("texts_an_hour", 6),
    )


def _check_emergencies(form: Form, rules: tuple[LadderRule, ...]) -> None:
    """Emergencies must climb at once, whenever and of whatever kind."""
    for rule in rules:
        if rule.urgency is Urgency.EMERGENCY and rule.starts is not None:
            form.wrong("rule", f'"{rule.name}": an emergency cannot wait. Take `starts` out.')
    for is_open, words in ((True, "open"), (False, "closed")):
        if not any(
            rule.is_for_all and rule.fits(Urgency.EMERGENCY, (), "", is_open=is_open) for rule in rules
        ):
            form.wrong(
                "rule", f"no rule is for every emergency while {words}. Add one without flags and teams."
            )


def _rule(form: Form, table: Any, number: int, teams: tuple[str, ...]) -> LadderRule | None:
    if not isinstance(table, dict):
        form.wrong("rule", "is not a list of tables. Write [[ladder.rule]] above each rule.")
        return None
    before = len(form.errors)
    name = table.get("name") or f"rule {number}"

    def wrong(problem: str) -> None:
        form.wrong("rule", f'"{name}": {problem}')

    for key in table:
        if key not in _RULE_KEYS:
            wrong(f"{key} is not a key of a rule.{nearest(key, _RULE_KEYS)}")
    urgency, when = table.get("urgency"), table.get("when", "any")
    if urgency not in _URGENCIES:
        wrong(f"urgency must be one of {', '.join(_URGENCIES)}.")
    if when not in ("open", "closed", "any"):
        wrong('when must be "open", "closed" or "any".')
    flags, named = _words(table, "flags", wrong), _words(table, "teams", wrong)
    for flag in flags:
        if flag not in set(Flag):
            wrong(f'"{flag}" is no flag.{nearest(flag, list(Flag))}')
    conditions = _conditions(table, wrong)
    for team in named:
        if team not in teams:
            wrong(f'"{team}" is no team.{nearest(team, teams)}')
    starts = _starts(table.get("starts"), wrong)
    rungs = _rungs(table.get("steps"), teams, wrong)
    again = table.get("again_minutes", 10)
    if type(again) is not int or not 1 <= again <= 24 * 60:
        wrong("again_minutes must be whole minutes from 1 to 1440.")
    if len(form.errors) > before:
        return None
    return LadderRule(
        name=str(name),
        urgency=Urgency(str(urgency)),
        when=when,
        flags=frozenset(Flag(flag) for flag in flags),
        teams=tuple(named),
        starts=starts,
        rungs=rungs,
        again=timedelta(minutes=again),
        conditions=conditions,
    )


def _words(table: dict[str, Any], key: str, wrong: Any) -> list[str]:
    words = table.get(key, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        wrong(f"{key} must be a list of texts.")
        return []
    return words


def _conditions(table: dict[str, Any], wrong: Any) -> tuple[frozenset[str], ...]:
    """Each a condition, or several words joined by "and": "high_bp and visit_soon"."""
    known = (*CONDITIONS, *(flag.value for flag in Flag))
    read = [frozenset(written.split(" and ")) for written in _words(table, "conditions", wrong)]
    for word in sorted(word for needed in read for word in needed):
        if word not in known:
            wrong(f'"{word}" is no condition and no flag.{nearest(word, known)}')
    return tuple(read)


def _starts(value: Any, wrong: Any) -> time | str | None:
    if value is None or value == "opening":
        return value  # type: ignore[no-any-return]
    if type(value) is time:
        return value
    wrong('starts must be a time without quotes, for instance 07:00:00, or "opening".')
    return None


def _rungs(value: Any, teams: tuple[str, ...], wrong: Any) -> tuple[Rung, ...]:
    if not isinstance(value, list) or not value:
        wrong('steps is missing. Write steps = [{ after = 0, tell = ["on_call"], by = ["sms"] }].')
        return ()
    rungs, last = [], -1
    for place, step in enumerate(value, start=1):
        if not isinstance(step, dict) or set(step) - set(_STEP_KEYS):
            wrong(f"step {place} must hold after, tell and by alone.")
            continue
        after, tell, by = step.get("after"), _words(step, "tell", wrong), _words(step, "by", wrong)
        if type(after) is not int or not 0 <= after <= 7 * 24 * 60 or after <= last:
            wrong(f"step {place}: after must be whole minutes, more than the step before.")
            continue
        last = after
        for whom in tell:
            if whom not in (*PLACES, *teams) and not _ADDRESS.fullmatch(whom):
                wrong(f'step {place}: "{whom}" is nobody to tell.{nearest(whom, (*PLACES, *teams))}')
        for route in by:
            if route not in ROUTES:
                wrong(f'step {place}: "{route}" is no route.{nearest(route, ROUTES)}')
        if not tell or not by:
            wrong(f"step {place}: tell and by must name somebody and a route.")
        rungs.append(Rung(timedelta(minutes=after), tuple(tell), tuple(by)))
    return tuple(rungs)
