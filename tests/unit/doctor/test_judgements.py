"""What the doctor makes of what it finds: pure judgements, each with a remedy unless all is well."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from smsbot.clinic import ClinicError, GoLive, load_clinic
from smsbot.config import load_settings
from smsbot.doctor.account import account_lines, number_lines
from smsbot.doctor.clocks import clock_line
from smsbot.doctor.fix import number_changes, service_changes
from smsbot.doctor.go_live import baa_line, examples_line, night_line
from smsbot.doctor.hooks import hook_line, shown, wanted
from smsbot.doctor.line import Line, State
from smsbot.doctor.opt_out import opt_out_line
from smsbot.doctor.other_routes import unset_lines
from smsbot.doctor.public_url import Heard, heard_line
from smsbot.doctor.redis import safety_lines
from smsbot.doctor.refused import refused_lines
from smsbot.doctor.storage import disk_line
from smsbot.twilio.account import AccountFacts, Hook, NumberFacts, ServiceFacts
from tests.conftest import MONDAY_MORNING
from tests.unit.test_clinic import edited

CLINIC = load_clinic(None)
TODAY = date(2026, 11, 23)
OURS = wanted("https://sms.example.com")
RIGHT = NumberFacts(
    sid="PN" + "1" * 32,
    sms=Hook(OURS.sms),
    sms_fallback=Hook(OURS.sms_fallback),
    voice=Hook(OURS.voice),
    has_sms_application=False,
    has_voice_application=False,
    can_text=True,
    can_call=True,
)
SERVICE = ServiceFacts("MG" + "1" * 32, by_number=False, sms=Hook(), sms_fallback=Hook())
PATIENT = "+15615550110"


def states(lines: list[Line]) -> list[State]:
    assert all(line.remedy for line in lines if line.state is not State.OK)
    return [line.state for line in lines]


def test_the_addresses_wanted_are_those_of_the_readme() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert OURS.sms in readme
    assert OURS.sms_fallback in readme


@pytest.mark.parametrize(
    ("found", "state", "says"),
    [
        (Hook(OURS.sms), State.OK, "ours, with retries"),
        (Hook(OURS.sms.replace("rc=3", "rc=1")), State.OK, "ours"),
        (Hook(OURS.sms.partition("#")[0]), State.WARN, "without retries"),
        (Hook(OURS.sms.replace("rc=3", "rc=0")), State.WARN, "without retries"),
        (Hook(OURS.sms, "GET"), State.BAD, "by GET"),
        (Hook(), State.BAD, "not set"),
        (Hook("https://sms.example.com/twilio/sms/"), State.BAD, "not ours"),
        (Hook("http://sms.example.com/twilio/sms#rc=3&rp=all"), State.BAD, "not ours"),
        (Hook("https://old.example.com/sms"), State.BAD, "https://old.example.com/sms"),
    ],
)
def test_a_webhook_is_ours_letter_by_letter(found: Hook, state: State, says: str) -> None:
    line = hook_line("The webhook", found, OURS.sms)
    assert (line.state, says in line.what) == (state, True)
    assert (OURS.sms in line.remedy) == (state is not State.OK)


def test_an_address_is_shown_without_its_password_and_query() -> None:
    assert shown("https://user:secret@x.example:8443/a?token=secret#b") == "https://x.example:8443/a"


def test_a_number_set_up_right_has_nothing_to_fix() -> None:
    assert set(states(number_lines(RIGHT, "https://sms.example.com", None))) == {State.OK}
    assert number_changes(RIGHT, OURS, texts=True) == {}


def test_a_messaging_service_with_addresses_of_its_own_counts_instead_of_the_number() -> None:
    lines = number_lines(RIGHT, "https://sms.example.com", SERVICE)
    assert states(lines) == [State.BAD, State.BAD, State.OK]
    assert service_changes(SERVICE, OURS) == {
        "inbound_request_url": OURS.sms,
        "inbound_method": "POST",
        "fallback_url": OURS.sms_fallback,
        "fallback_method": "POST",
    }
    by_number = replace(SERVICE, by_number=True)
    assert set(states(number_lines(RIGHT, "https://sms.example.com", by_number))) == {State.OK}


def test_an_application_in_the_way_is_bad_and_is_taken_out() -> None:
    found = replace(RIGHT, has_sms_application=True)
    assert states(number_lines(found, "https://sms.example.com", None))[0] is State.BAD
    assert number_changes(found, OURS, texts=True) == {"sms_application_sid": ""}


@pytest.mark.parametrize(
    ("voice", "is_set"),
    [
        (Hook(), True),
        (Hook("https://demo.twilio.com/welcome/voice/"), True),
        (Hook("https://old.example.com/twilio/voice/incoming"), True),
        (Hook("https://pbx.example.com/calls"), False),
    ],
)
def test_calls_that_go_to_another_system_are_told_and_left_alone(voice: Hook, is_set: bool) -> None:
    found = replace(RIGHT, voice=voice)
    assert ("voice_url" in number_changes(found, OURS, texts=True)) is is_set
    assert states(number_lines(found, "https://sms.example.com", None))[-1] is (
        State.BAD if is_set else State.WARN
    )


@pytest.mark.parametrize(
    ("status", "kind", "state"),
    [
        ("active", "Full", State.OK),
        ("suspended", "Full", State.BAD),
        ("closed", "Full", State.BAD),
        ("active", "Trial", State.BAD),
    ],
)
def test_an_account_that_cannot_text_is_bad(status: str, kind: str, state: State) -> None:
    assert states(account_lines(AccountFacts(status, kind, None))) == [state]


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, State.OK), (4, State.OK), (-4, State.OK), (7, State.WARN), (-7, State.WARN), (90, State.BAD)],
)
def test_the_clock_may_be_off_by_less_than_five_seconds(seconds: int, state: State) -> None:
    theirs = MONDAY_MORNING - timedelta(seconds=seconds)
    line = clock_line(MONDAY_MORNING, MONDAY_MORNING, theirs)
    assert states([line]) == [state]
    if state is not State.OK:
        assert ("ahead" in line.what) == (seconds > 0)


@pytest.mark.parametrize(
    ("config", "wanted_states"),
    [
        ({"appendonly": "yes", "maxmemory-policy": "noeviction"}, [State.OK, State.OK]),
        ({"appendonly": "no", "maxmemory-policy": "noeviction"}, [State.BAD, State.OK]),
        ({"appendonly": "yes", "maxmemory-policy": "allkeys-lru"}, [State.OK, State.BAD]),
        ({}, [State.BAD, State.BAD]),
    ],
)
def test_redis_must_keep_everything(config: dict[str, str], wanted_states: list[State]) -> None:
    assert states(safety_lines(config))[1:] == wanted_states


@pytest.mark.parametrize(("free_mb", "state"), [(5000, State.OK), (999, State.WARN), (10, State.BAD)])
def test_a_disk_that_fills_up_is_told_in_time(free_mb: int, state: State) -> None:
    assert states([disk_line(free_mb * 1_000_000)]) == [state]


@pytest.mark.parametrize(
    ("last", "week", "state"),
    [
        ({}, {"bad_signature": 70}, State.OK),
        ({"bad_signature": 2}, {}, State.WARN),
        ({"bad_signature": 5}, {}, State.BAD),
        ({"bad_signature": 12}, {"bad_signature": 70}, State.WARN),
        ({"bad_signature": 30}, {"bad_signature": 70}, State.BAD),
        ({"other_account": 30}, {"bad_signature": 700}, State.BAD),
    ],
)
def test_a_rise_in_refused_webhooks_is_bad(last: dict[str, int], week: dict[str, int], state: State) -> None:
    assert states(refused_lines(Counter(last), Counter(week))) == [state]


def test_refused_signatures_say_what_to_compare() -> None:
    (line,) = refused_lines(Counter(bad_signature=9), Counter())
    assert "PUBLIC_URL" in line.remedy
    assert "token" in line.remedy


@pytest.mark.parametrize(
    ("setting", "theirs", "ours", "state"),
    [
        ("provider", True, False, State.OK),
        ("provider", False, False, State.WARN),
        ("ours", True, True, State.BAD),
        ("ours", True, False, State.BAD),
        ("ours", False, True, State.OK),
        ("ours", False, False, State.WARN),
    ],
)
def test_stop_and_help_are_answered_by_one_side_alone(
    setting: str, theirs: bool, ours: bool, state: State
) -> None:
    asked = [(PATIENT, MONDAY_MORNING)]
    answer = [(PATIENT, MONDAY_MORNING + timedelta(seconds=3))]
    elsewhere = [(PATIENT, MONDAY_MORNING + timedelta(hours=3)), ("+15615550111", MONDAY_MORNING)]
    line = opt_out_line(setting, asked, answer if theirs else elsewhere, answer if ours else elsewhere)
    assert states([line]) == [state]
    assert PATIENT not in line.what + line.remedy


def test_nobody_asked_for_help_yet_is_no_proof() -> None:
    assert states([opt_out_line("provider", [], [], [])]) == [State.WARN]


@pytest.mark.parametrize(
    ("heard", "says"),
    [
        (
            Heard(301, location="https://www.example.com/twilio/status"),
            "https://www.example.com/twilio/status",
        ),
        (Heard(200, "<html>Welcome"), "something else"),
        (Heard(404), "another path"),
        (Heard(403, "other_account"), "another account"),
        (Heard(403, "<html>Blocked"), "something else"),
        (Heard(415, "not_a_form"), "body or type"),
        (Heard(502), "502"),
        (Heard(0, "ssl"), "certificate"),
        (Heard(0, "timeout"), "15 s"),
        (Heard(0, "no_connection"), "Nobody answers"),
    ],
)
def test_every_wrong_answer_of_our_own_address_has_its_own_advice(
    heard: Heard, says: str, tmp_path: Path
) -> None:
    line = heard_line(heard, "https://example.com/twilio/status", load_settings({}, root=tmp_path))
    assert states([line]) == [State.BAD]
    assert says in f"{line.what} {line.remedy}"


def test_a_route_that_the_ladder_names_must_be_set_up(tmp_path: Path) -> None:
    rung = CLINIC.ladder.rules[0].rungs[0]
    rule = replace(CLINIC.ladder.rules[0], rungs=(replace(rung, by=("email", "push")),))
    clinic = replace(CLINIC, ladder=replace(CLINIC.ladder, rules=(rule,)))
    settings = load_settings({}, root=tmp_path)
    assert states(unset_lines(clinic, settings)) == [State.BAD, State.BAD]
    assert unset_lines(CLINIC, settings) == []


def test_the_sample_is_not_ready_for_patients() -> None:
    lines = [examples_line(CLINIC), night_line(CLINIC, TODAY), baa_line(CLINIC, TODAY)]
    assert states(lines) == [State.BAD] * 3
    assert "hours" in lines[0].what


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"night_cover": True}, State.OK),
        ({"go_live": GoLive(night_cover_declined=date(2026, 11, 1))}, State.OK),
        ({"go_live": GoLive(night_cover_declined=date(2027, 1, 1))}, State.BAD),
        ({"go_live": GoLive(baa_signed=date(2026, 11, 1))}, State.BAD),
    ],
)
def test_night_cover_is_declared_or_declined_by_a_dated_decision(changes: dict, state: State) -> None:
    assert states([night_line(replace(CLINIC, **changes), TODAY)]) == [state]


@pytest.mark.parametrize(
    ("signed", "state"),
    [(None, State.BAD), (date(2026, 11, 24), State.BAD), (TODAY, State.OK), (date(2026, 1, 1), State.OK)],
)
def test_an_agreement_is_dated_and_not_ahead(signed: date | None, state: State) -> None:
    assert states([baa_line(replace(CLINIC, go_live=GoLive(baa_signed=signed)), TODAY)]) == [state]


def test_the_dates_of_the_gate_stand_in_clinic_toml(tmp_path: Path) -> None:
    table = "[go_live]\nbaa_signed = 2026-11-01\nmedical_director_signed = 2026-11-02\n\n[look_by]"
    found = load_clinic(edited(tmp_path, ("[look_by]", table))).go_live
    assert found == GoLive(date(2026, 11, 1), date(2026, 11, 2))
    assert load_clinic(None).go_live == GoLive()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('baa_signed = "2026-11-01"', "without quotes"),
        ("baa_signed = 2026-11-01T10:00:00Z", "without quotes"),
        ("baa_signd = 2026-11-01", "Did you mean baa_signed?"),
    ],
)
def test_a_wrong_date_is_told_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    path = edited(tmp_path, ("[look_by]", f"[go_live]\n{line}\n\n[look_by]"))
    with pytest.raises(ClinicError) as raised:
        load_clinic(path)
    (error,) = raised.value.errors
    assert says in error
    assert line in path.read_text(encoding="utf-8").splitlines()[int(error.split(":")[1]) - 1]
