"""The ladder as tables: which rule fits, when a step is due, when a night ends; a form that explains."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from smsbot.clinic import SAMPLE, Clinic, ClinicError, LadderRule, load_clinic
from smsbot.clinic.ladder import LAST_RESORT, next_wall_time
from smsbot.domain import Flag, Urgency

CLINIC = load_clinic(None)
LADDER = CLINIC.ladder
EMERGENCY, URGENT, ROUTINE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE
AT_NIGHT = "urgent by night"


def at(text: str) -> datetime:
    """A wall time of the sample clinic, aware; `+1` after it for the second of two."""
    wall, _, fold = text.partition("+")
    return datetime.fromisoformat(wall).replace(tzinfo=CLINIC.zone, fold=int(fold or 0))


def rule(name: str) -> LadderRule:
    return next(one for one in LADDER.rules if one.name == name)


@pytest.mark.parametrize(
    ("urgency", "flags", "is_open", "name"),
    [
        (EMERGENCY, (), True, "emergency by day"),
        (EMERGENCY, (), False, "emergency by night"),
        (EMERGENCY, (Flag.CHEST_PAIN,), False, "emergency by night"),
        (EMERGENCY, (Flag.HARM_TO_OTHERS,), True, "danger to others"),
        (EMERGENCY, (Flag.SUICIDE, Flag.HARM_TO_OTHERS), False, "danger to others"),
        (EMERGENCY, (Flag.PSYCHOSIS,), False, "emergency by night"),  # the flag of an urgent rule
        (URGENT, (), True, "urgent by day"),
        (URGENT, (Flag.PSYCHOSIS,), True, "urgent by day"),
        (URGENT, (), False, AT_NIGHT),
        (URGENT, (Flag.OUT_OF_MEDICATION,), False, AT_NIGHT),
        (
            URGENT,
            (Flag.OUT_OF_MEDICATION, Flag.VOMITING),
            False,
            "urgent by night, cannot wait for the morning",
        ),
        (ROUTINE, (), True, "routine, nearly overdue"),
        (ROUTINE, (), False, "routine, nearly overdue"),
        (Urgency.NONE, (), True, "last resort"),
    ],
)
def test_the_first_rule_that_fits_is_the_ladder(
    urgency: Urgency, flags: tuple[Flag, ...], is_open: bool, name: str
) -> None:
    assert LADDER.rule_for(urgency, flags, "nurse", is_open=is_open).name == name


CANNOT_WAIT = "urgent by night, cannot wait for the morning"


@pytest.mark.parametrize(
    ("flags", "conditions", "is_open", "name"),
    [
        ((Flag.HIGH_BP,), (), False, AT_NIGHT),
        ((Flag.HIGH_BP,), ("visit_soon",), False, CANNOT_WAIT),
        ((Flag.HIGH_BP,), ("runs_out",), False, AT_NIGHT),
        ((Flag.RASH,), ("visit_soon",), False, AT_NIGHT),
        ((Flag.OUT_OF_MEDICATION,), (), False, AT_NIGHT),
        ((Flag.OUT_OF_MEDICATION,), ("visit_soon",), False, AT_NIGHT),
        ((Flag.OUT_OF_MEDICATION,), ("runs_out",), False, CANNOT_WAIT),
        ((), ("plea",), False, CANNOT_WAIT),
        ((Flag.PSYCHOSIS,), ("visit_soon",), False, CANNOT_WAIT),
        ((), ("visit_soon", "runs_out"), False, AT_NIGHT),
        ((), ("plea",), True, "urgent by day"),
    ],
)
def test_conditions_of_the_night(
    flags: tuple[Flag, ...], conditions: tuple[str, ...], is_open: bool, name: str
) -> None:
    found = LADDER.rule_for(URGENT, flags, "nurse", is_open=is_open, conditions=conditions)
    assert found.name == name


def test_a_rule_for_a_team_is_for_no_other() -> None:
    own = replace(rule("urgent by day"), name="desk", teams=("front_desk",))
    ladder = replace(LADDER, rules=(own, *LADDER.rules))
    assert ladder.rule_for(URGENT, (), "front_desk", is_open=True).name == "desk"
    assert ladder.rule_for(URGENT, (), "nurse", is_open=True).name == "urgent by day"


@pytest.mark.parametrize("urgency", [EMERGENCY, URGENT, ROUTINE])
@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("flag", [None, *Flag])
def test_every_alert_climbs_by_a_rule_of_the_clinic(
    urgency: Urgency, is_open: bool, flag: Flag | None
) -> None:
    found = LADDER.rule_for(urgency, [flag] if flag else [], "nurse", is_open=is_open)
    assert found in LADDER.rules
    assert found.urgency is urgency


def test_without_rules_everyone_is_told_at_once() -> None:
    found = replace(LADDER, rules=()).rule_for(EMERGENCY, (), "nurse", is_open=True)
    assert found is LAST_RESORT
    assert (found.due(0), found.rung(0).tell, found.starts) == (timedelta(0), ("everyone",), None)


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("danger to others", [0, 2, 5, 10, 20, 30, 40]),
        ("emergency by day", [0, 1, 2, 4, 9, 14, 19]),
        ("emergency by night", [0, 2, 4, 8, 18, 28, 38]),
        ("urgent by day", [0, 15, 30, 45, 75, 105]),
        ("urgent by night, cannot wait for the morning", [0, 10, 20, 40, 70]),
        (AT_NIGHT, [0, 20, 40, 55, 85, 115]),
        ("routine, nearly overdue", [0, 60, 540, 1020]),
    ],
)
def test_a_step_is_due_after_its_minutes_and_the_last_one_again_and_again(
    name: str, minutes: list[int]
) -> None:
    found = rule(name)
    assert [found.due(step) for step in range(len(minutes))] == [timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize("found", [*LADDER.rules, LAST_RESORT], ids=lambda one: one.name)
def test_the_last_step_is_repeated_and_tells_everyone(found: LadderRule) -> None:
    last = found.rungs[-1]
    assert "everyone" in last.tell
    assert all(found.rung(len(found.rungs) - 1 + more) is last for more in range(50))


def test_an_emergency_at_night_calls_at_once_again_in_three_minutes_and_then_others() -> None:
    found = rule("emergency by night")
    done = [(found.due(step).seconds // 60, found.rung(step)) for step in range(5)]
    assert done[0][0] == 0
    assert "call" in done[0][1].by
    assert done[1][0] <= 3
    assert [rung.tell for _, rung in done] == [
        ("on_call",), ("on_call",), ("backup",), ("everyone",), ("everyone",),
    ]  # fmt: skip
    assert all("call" in rung.by for _, rung in done)


@pytest.mark.parametrize(
    ("alerted", "begins"),
    [
        ("2026-11-24T22:00", "2026-11-25T07:00"),
        ("2026-11-25T00:00", "2026-11-25T07:00"),
        ("2026-11-25T06:59:59", "2026-11-25T07:00"),
        ("2026-11-25T07:00", "2026-11-25T07:00"),
        ("2026-11-25T22:00", "2026-11-26T07:00"),  # Thanksgiving morning: seven is seven
        # spring 2027: 02:00 becomes 03:00
        ("2027-03-13T23:00", "2027-03-14T07:00"),
        ("2027-03-14T01:59", "2027-03-14T07:00"),
        ("2027-03-14T03:00", "2027-03-14T07:00"),
        # autumn 2026: 01:30 comes twice
        ("2026-10-31T23:00", "2026-11-01T07:00"),
        ("2026-11-01T01:30", "2026-11-01T07:00"),
        ("2026-11-01T01:30+1", "2026-11-01T07:00"),
    ],
)
def test_a_night_ends_at_seven_by_the_wall_clock(alerted: str, begins: str) -> None:
    found = CLINIC.ladder_begins(rule(AT_NIGHT), at(alerted))
    assert found == at(begins).astimezone(UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "alerted",
    [
        "2026-11-23T07:00:01",  # a Monday before opening: the wall time "from which on it climbs" has come
        "2026-11-23T08:30",
        "2026-11-21T10:00",  # a Saturday morning
    ],
)
def test_what_comes_in_after_seven_by_day_does_not_wait_for_the_next_seven(alerted: str) -> None:
    assert CLINIC.ladder_begins(rule(AT_NIGHT), at(alerted)) - at(alerted) < timedelta(hours=2)


@pytest.mark.parametrize(
    ("alerted", "wall", "hours"),
    [
        ("2027-03-13T22:00", time(7), 8),  # the spring night is an hour shorter
        ("2026-10-31T22:00", time(7), 10),  # the autumn night an hour longer
        ("2026-11-01T01:45", time(1, 30), 0.75),  # its second 01:30
        ("2026-11-01T01:45+1", time(1, 30), 24 - 0.25),
    ],
)
def test_the_next_wall_time_counts_real_hours(alerted: str, wall: time, hours: float) -> None:
    passed = next_wall_time(at(alerted), wall).astimezone(UTC) - at(alerted).astimezone(UTC)
    assert passed == timedelta(hours=hours)


def test_a_wall_time_that_a_spring_night_leaves_out_comes_all_the_same() -> None:
    found = next_wall_time(at("2027-03-14T01:00"), time(2, 30))
    assert at("2027-03-14T03:00") <= found.astimezone(UTC) <= at("2027-03-14T03:30").astimezone(UTC)


@pytest.mark.parametrize(
    ("alerted", "begins"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),  # open: at once
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-11-25T17:00", "2026-11-27T09:00"),  # over Thanksgiving
        ("2026-11-27T18:00", "2026-11-30T09:00"),  # over a week end
        ("2026-12-31T18:00", "2027-01-04T09:00"),  # New Year's Day and a week end
        ("2027-03-12T18:00", "2027-03-15T09:00"),  # over the spring night
        ("2026-10-30T18:00", "2026-11-02T09:00"),  # over the autumn night
        ("2026-11-23T08:30", "2026-11-23T09:00"),
    ],
)
def test_opening_is_the_next_opening_over_holidays_and_week_ends(alerted: str, begins: str) -> None:
    waiting = replace(rule(AT_NIGHT), starts="opening")
    assert CLINIC.ladder_begins(waiting, at(alerted)) == at(begins).astimezone(UTC)


def test_an_emergency_never_waits() -> None:
    for moment in ("2026-11-23T10:00", "2026-12-25T03:00", "2026-11-01T01:30+1"):
        is_open = CLINIC.office_at(at(moment)).is_open
        for flags in ((), (Flag.HARM_TO_OTHERS,)):
            found = LADDER.rule_for(EMERGENCY, flags, "nurse", is_open=is_open)
            assert CLINIC.ladder_begins(found, at(moment)) + found.due(0) == at(moment).astimezone(UTC)


def test_taking_lapses_sooner_for_an_emergency() -> None:
    assert LADDER.lapse_of(EMERGENCY) == timedelta(minutes=30)
    assert LADDER.lapse_of(URGENT) == LADDER.lapse_of(ROUTINE) == timedelta(hours=4)
    assert LADDER.hold == timedelta(minutes=5)


RULE = '[[ladder.rule]]\nname = "mine"\nurgency = "urgent"\n'
STEPS = 'steps = [{ after = 0, tell = ["on_call"], by = ["sms"] }]\n'
BOTH = """
[[ladder.rule]]
name = "all"
urgency = "emergency"
steps = [{ after = 0, tell = ["everyone"], by = ["call"] }]
"""


def written(folder: Path, ladder: str) -> Path:
    """The sample with this in the place of its own ladder."""
    text = SAMPLE.read_text(encoding="utf-8")
    path = folder / "clinic.toml"
    path.write_text(text[: text.index("[ladder]")] + ladder, encoding="utf-8")
    return path


def clinic_with(folder: Path, ladder: str) -> Clinic:
    return load_clinic(written(folder, ladder))


@pytest.mark.parametrize(
    ("ladder", "where", "what"),
    [
        ("[ladder]\n", "[ladder]", "at least one [[ladder.rule]]"),
        (f"[ladder]\nhold_minute = 5\n{BOTH}", "hold_minute", "Did you mean hold_minutes"),
        (f"[ladder]\nhold_minutes = 0\n{BOTH}", "hold_minutes", "1 to 1440"),
        (f'[ladder]\nfallback = "nobody"\n{BOTH}', "fallback", '"nobody" is no e-mail address'),
        (f'[ladder]\n[[ladder.rule]]\nname = "mine"\n{STEPS}{BOTH}', '"mine"', "urgency must be one of"),
        (
            f'[ladder]\n{RULE}when = "night"\n{STEPS}{BOTH}',
            '"mine"',
            'when must be "open", "closed" or "any"',
        ),
        (f'[ladder]\n{RULE}flags = ["phycosis"]\n{STEPS}{BOTH}', '"mine"', "Did you mean psychosis?"),
        (f'[ladder]\n{RULE}flags = "psychosis"\n{STEPS}{BOTH}', '"mine"', "flags must be a list"),
        (f'[ladder]\n{RULE}teams = ["nurses"]\n{STEPS}{BOTH}', '"mine"', "Did you mean nurse?"),
        (f'[ladder]\n{RULE}conditions = ["plee"]\n{STEPS}{BOTH}', '"mine"', "Did you mean plea?"),
        (f'[ladder]\n{RULE}conditions = "plea"\n{STEPS}{BOTH}', '"mine"', "conditions must be a list"),
        (
            f'[ladder]\n{RULE}conditions = ["high_bp and visit_son"]\n{STEPS}{BOTH}',
            '"mine"',
            "Did you mean visit_soon?",
        ),
        (
            "[ladder]\n" + BOTH.replace("steps", 'conditions = ["plea"]\nsteps'),
            "rule",
            "no rule is for every emergency while open",
        ),
        (
            f'[ladder]\n{RULE}starts = "07:00"\n{STEPS}{BOTH}',
            '"mine"',
            "starts must be a time without quotes",
        ),
        (
            f"[ladder]\n{RULE}again_minutes = 0\n{STEPS}{BOTH}",
            '"mine"',
            "again_minutes must be whole minutes",
        ),
        (f"[ladder]\n{RULE}again = 5\n{STEPS}{BOTH}", '"mine"', "Did you mean again_minutes?"),
        (f"[ladder]\n{RULE}{BOTH}", '"mine"', "steps is missing"),
        (
            f'[ladder]\n{RULE}steps = [{{ after = 0, tell = ["oncall"], by = ["sms"] }}]\n{BOTH}',
            '"mine": step 1',
            "Did you mean on_call?",
        ),
        (
            f'[ladder]\n{RULE}steps = [{{ after = 0, tell = ["on_call"], by = ["fax"] }}]\n{BOTH}',
            '"mine": step 1',
            '"fax" is no route',
        ),
        (
            f"[ladder]\n{RULE}steps = [{{ after = 0, tell = [], by = [] }}]\n{BOTH}",
            '"mine": step 1',
            "must name somebody and a route",
        ),
        (
            f'[ladder]\n{RULE}steps = [{{ after = 5, tell = ["on_call"], by = ["sms"] }}, '
            f'{{ after = 5, tell = ["everyone"], by = ["sms"] }}]\n{BOTH}',
            '"mine": step 2',
            "more than the step before",
        ),
        (f"[ladder]\n{RULE}{STEPS}", "rule", "no rule is for every emergency while open"),
        (f"[ladder]\n{RULE}{STEPS}", "rule", "no rule is for every emergency while closed"),
        (
            "[ladder]\n" + BOTH.replace("steps", 'when = "closed"\nsteps'),
            "rule",
            "no rule is for every emergency while open",
        ),
        (
            "[ladder]\n" + BOTH.replace("steps", "starts = 07:00:00\nsteps"),
            '"all"',
            "an emergency cannot wait",
        ),
    ],
)
def test_an_error_names_what_and_where(tmp_path: Path, ladder: str, where: str, what: str) -> None:
    with pytest.raises(ClinicError) as caught:
        clinic_with(tmp_path, ladder)
    named = [error for error in caught.value.errors if what in error]
    assert named, caught.value.errors
    file = re.match(r"clinic\.toml:(\d+): ", named[0])
    assert file, named[0]
    line = (tmp_path / "clinic.toml").read_text().splitlines()[int(file[1]) - 1]
    assert "ladder" in line or where in line
    assert where.strip("[]") in named[0]


def test_all_errors_of_a_ladder_are_named_at_once(tmp_path: Path) -> None:
    ladder = f'[ladder]\ntexts_an_hour = 0\n{RULE}when = "x"\nagain_minutes = "y"\n{STEPS}{BOTH}'
    with pytest.raises(ClinicError) as caught:
        clinic_with(tmp_path, ladder)
    assert len(caught.value.errors) == 3


def test_a_file_without_a_ladder_has_the_samples(tmp_path: Path) -> None:
    assert clinic_with(tmp_path, "").ladder == LADDER
