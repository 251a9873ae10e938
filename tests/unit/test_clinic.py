"""The clinic profile: its hours on the awkward days of a year, and every error of a file at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from smsbot.clinic import SAMPLE, Clinic, ClinicError, load_clinic
from smsbot.domain import Intent, Urgency

CLINIC = load_clinic(None)


def at(text: str) -> datetime:
    """A wall time of the sample clinic, aware."""
    return datetime.fromisoformat(text).replace(tzinfo=CLINIC.zone)


def edited(folder: Path, *changes: tuple[str, str]) -> Path:
    """The sample with some text exchanged, as a file of its own."""
    text = SAMPLE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    return path


def errors_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(ClinicError) as caught:
        load_clinic(path)
    return caught.value.errors


def with_hours(folder: Path, hours: str, holidays: str = "none", closed: str = "[]") -> Clinic:
    return load_clinic(
        edited(
            folder,
            ('hours = "Mo-Fr 09:00-17:00; PH off"', f'hours = "{hours}"'),
            ('holidays = "US"', f'holidays = "{holidays}"'),
            ("\nclosed = []", f"\nclosed = {closed}"),
        )
    )


def test_the_sample_is_the_delray_clinic_and_says_what_is_still_an_example() -> None:
    assert (CLINIC.name, CLINIC.place) == ("Delray Integrative Medicine", "Delray Beach, Florida")
    assert (CLINIC.text_line, CLINIC.zone.key) == ("+15614097296", "America/New_York")
    assert CLINIC.languages == ("en", "es", "ht")
    assert (CLINIC.replies, CLINIC.opt_out_replies, CLINIC.say_when_read) == ("all", "provider", True)
    assert (CLINIC.emergency_minutes, CLINIC.urgent_minutes) == (5, 60)
    assert set(CLINIC.examples) == {"office_phone", "hours"}
    assert CLINIC.night_cover is False


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        ("2026-11-25T09:00", "2026-11-25T17:00"),
        ("2026-11-25T16:59:59.999", "2026-11-25T17:00"),
        ("2026-11-27T12:00", "2026-11-27T17:00"),  # the day after Thanksgiving
        ("2026-11-02T16:30", "2026-11-02T17:00"),  # the Monday after the clocks went back
        ("2027-03-15T09:30", "2027-03-15T17:00"),  # the Monday after they went forward
    ],
)
def test_an_open_office_knows_when_it_closes(now: str, closes: str) -> None:
    office = CLINIC.office_at(at(now))
    assert office.is_open
    assert (office.closes_at, office.opens_at) == (at(closes), None)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-25T17:00", "2026-11-27T09:00"),  # over Thanksgiving
        ("2026-11-26T12:00", "2026-11-27T09:00"),
        ("2026-12-31T20:00", "2027-01-04T09:00"),  # New Year's Day is a Friday
        ("2026-10-30T20:00", "2026-11-02T09:00"),  # over the change back
        ("2026-11-01T01:30", "2026-11-02T09:00"),
        ("2027-03-12T20:00", "2027-03-15T09:00"),  # over the change forward
        ("2027-03-14T01:59", "2027-03-15T09:00"),
        ("2026-11-24T08:59:59", "2026-11-24T09:00"),
    ],
)
def test_a_closed_office_knows_when_it_opens(now: str, opens: str) -> None:
    office = CLINIC.office_at(at(now))
    assert not office.is_open
    assert (office.closes_at, office.opens_at) == (None, at(opens))


def test_opening_times_over_a_clock_change_carry_the_new_offset() -> None:
    autumn = CLINIC.office_at(at("2026-10-30T20:00")).opens_at
    spring = CLINIC.office_at(at("2027-03-12T20:00")).opens_at
    assert autumn is not None and autumn.astimezone(UTC) == datetime(2026, 11, 2, 14, tzinfo=UTC)
    assert spring is not None and spring.astimezone(UTC) == datetime(2027, 3, 15, 13, tzinfo=UTC)


@pytest.mark.parametrize("hours", ["Su 01:15-01:45,02:15-02:45", "Mo-Su 00:00-24:00", "Sa,Su 22:00-06:00"])
@pytest.mark.parametrize(
    "night", [datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2027, 3, 14, 5, tzinfo=UTC)]
)
def test_no_minute_of_a_night_of_clock_changes_raises(tmp_path: Path, hours: str, night: datetime) -> None:
    clinic = with_hours(tmp_path, hours)
    for minute in range(240):
        now = night + timedelta(minutes=minute)
        office = clinic.office_at(now)
        edge = office.closes_at if office.is_open else office.opens_at
        assert edge is None or edge > now
        look_by = clinic.look_by(Urgency.ROUTINE, now)
        assert look_by is not None and look_by > now


def test_the_second_half_past_one_of_an_autumn_night_is_told_from_the_first(tmp_path: Path) -> None:
    clinic = with_hours(tmp_path, "Su 01:15-01:45")
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6))
    for now in (first, second):
        closes = clinic.office_at(now).closes_at
        assert closes is not None and closes.astimezone(UTC) == now + timedelta(minutes=15)


def test_an_opening_at_a_time_that_is_skipped_begins_an_hour_later(tmp_path: Path) -> None:
    opens = with_hours(tmp_path, "Su 02:15-05:00").office_at(at("2027-03-14T01:00")).opens_at
    assert opens == at("2027-03-14T03:15")


def test_an_extra_closed_day_is_closed(tmp_path: Path) -> None:
    clinic = with_hours(tmp_path, "Mo-Fr 09:00-17:00; PH off", "US", "[2026-11-27, 2026-12-24]")
    assert clinic.closed == (date(2026, 11, 27), date(2026, 12, 24))
    assert clinic.office_at(at("2026-11-25T18:00")).opens_at == at("2026-11-30T09:00")
    assert clinic.office_at(at("2026-12-23T18:00")).opens_at == at("2026-12-28T09:00")


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-11-24T10:00", "2026-11-25T17:00"),  # open: the next day's close
        ("2026-11-25T10:00", "2026-11-27T17:00"),  # open before Thanksgiving: Friday's
        ("2026-11-26T12:00", "2026-11-27T17:00"),  # closed: the end of the next opening's day
        ("2026-11-24T07:00", "2026-11-24T17:00"),  # before opening: today's
        ("2026-10-30T16:00", "2026-11-02T17:00"),
        ("2027-03-12T18:00", "2027-03-15T17:00"),
    ],
)
def test_a_routine_matter_is_looked_at_by_the_next_working_day(now: str, wanted: str) -> None:
    look_by = CLINIC.look_by(Urgency.ROUTINE, at(now))
    assert look_by == at(wanted)
    assert look_by is not None and look_by.tzinfo is UTC


def test_a_lunch_break_does_not_end_the_working_day(tmp_path: Path) -> None:
    clinic = with_hours(tmp_path, "Mo-Fr 09:00-12:00,13:00-17:00")
    assert clinic.look_by(Urgency.ROUTINE, at("2026-11-24T18:00")) == at("2026-11-25T17:00")


def test_an_office_that_never_closes_looks_at_routine_matters_within_a_day(tmp_path: Path) -> None:
    clinic = with_hours(tmp_path, "24/7")
    now = at("2026-11-24T18:00")
    assert clinic.office_at(now).is_open and clinic.office_at(now).closes_at is None
    assert clinic.look_by(Urgency.ROUTINE, now) == now + timedelta(days=1)


def test_urgent_matters_and_emergencies_have_minutes_even_at_night() -> None:
    night = at("2026-11-01T01:30").astimezone(UTC)
    assert CLINIC.look_by(Urgency.EMERGENCY, night) == night + timedelta(minutes=5)
    assert CLINIC.look_by(Urgency.URGENT, night) == night + timedelta(minutes=60)
    assert CLINIC.look_by(Urgency.NONE, night) is None


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        CLINIC.office_at(datetime(2026, 11, 24, 10))  # noqa: DTZ001 (what is tested)


@pytest.mark.parametrize(
    ("intents", "team"),
    [
        ([Intent.ADMIN], "front_desk"),
        ([Intent.ADMIN, Intent.SYMPTOM], "nurse"),
        ([Intent.APPOINTMENT_REQUEST, Intent.MEDICATION_INEFFECTIVE, Intent.SYMPTOM], "prescriber"),
        ([], "nurse"),
    ],
)
def test_the_most_clinical_team_gets_the_text(intents: list[Intent], team: str) -> None:
    assert CLINIC.team_for(intents, Urgency.ROUTINE) == team


@pytest.mark.parametrize("intent", list(Intent))
def test_every_intent_has_a_team_and_every_emergency_the_named_one(intent: Intent) -> None:
    assert CLINIC.team_for([intent], Urgency.URGENT) in CLINIC.order
    assert CLINIC.team_for([intent], Urgency.EMERGENCY) == "nurse"


def test_all_errors_are_told_at_once_each_with_file_line_key_and_remedy(tmp_path: Path) -> None:
    path = edited(
        tmp_path,
        ('text_line = "+1 561 409 7296"', 'text_line = "call us"'),
        ('time_zone = "America/New_York"', 'time_zone = "America/New_Yrok"'),
        ("night_cover = false", 'night_cover = "no"'),
        ("say_when_read", "say_when_raed"),
        ("urgent_minutes = 60", "urgent_minutes = 0"),
        ('"medication.refill"', '"medication.refil"'),
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    errors = errors_of(path)
    for key, says in [
        ("text_line", "country code"),
        ("time_zone", "IANA name"),
        ("night_cover", "true or false"),
        ("say_when_raed", "Did you mean say_when_read?"),
        ("look_by.urgent_minutes", "1 to 1440"),
        ("teams.nurse.intents", "Did you mean medication.refill?"),
        ("teams.intents", "no team has medication.refill."),
    ]:
        (error,) = [error for error in errors if f": {key}: " in error]
        assert says in error
        name, number, _ = error.split(":", 2)
        assert name == "clinic.toml"
        wanted = {"teams.nurse.intents": '"medication.refil"', "teams.intents": "[teams]"}
        assert wanted.get(key, key.rsplit(".")[-1]) in lines[int(number) - 1]
    assert len(errors) == 7


@pytest.mark.parametrize(
    ("old", "new", "line_has", "says"),
    [
        ("format = 1", "format = 2", "format", "update the software"),
        ('name = "Delray Integrative Medicine"\n', "", "#", "is missing"),
        ('hours = "Mo-Fr 09:00-17:00; PH off"', 'hours = "Mo-Fr 9-5; PH off"', "hours", "cannot be read"),
        ('hours = "Mo-Fr 09:00-17:00; PH off"', 'hours = "off; PH off"', "hours", "never open"),
        (
            'hours = "Mo-Fr 09:00-17:00; PH off"',
            'hours = "2020 Mo 09:00-17:00; PH off"',
            "hours",
            "never open",
        ),
        ('hours = "Mo-Fr 09:00-17:00; PH off"', 'hours = "Mo-Fr 09:00-17:00"', "hours", "PH off"),
        ('holidays = "US"', 'holidays = "none"', "hours", "PH off"),
        ('holidays = "US"', 'holidays = "Florida"', "holidays", "two capital letters"),
        ("\nclosed = []", '\nclosed = ["2026-11-27"]', "closed", "without quotes"),
        ('languages = ["en", "es", "ht"]', 'languages = ["English"]', "languages", "two small letters"),
        ('languages = ["en", "es", "ht"]', "languages = []", "languages", "one language at least"),
        ('replies = "all"', 'replies = "crises"', "replies", "Did you mean crisis?"),
        ('opt_out_replies = "provider"', 'opt_out_replies = "us"', "opt_out_replies", "ours"),
        ('emergencies = "nurse"', 'emergencies = "doctor"', "emergencies", "not known"),
        ('order = ["prescriber", "nurse", "front_desk"]', 'order = ["nurse"]', "order", "leaves out"),
        ("[teams.nurse]", "[teams.nurses]", "[teams.nurses]", "Did you mean nurse?"),
        ('  "symptom",', '  "symptom",\n  "admin",', '"admin"', "belongs to front_desk already"),
        ("[look_by]", "[lookby]", "[lookby]", "Did you mean look_by?"),
        ("urgent_minutes = 60", "urgent_minutes = true", "urgent_minutes", "whole minutes"),
    ],
)
def test_each_error_names_its_line_and_what_to_do(
    tmp_path: Path, old: str, new: str, line_has: str, says: str
) -> None:
    path = edited(tmp_path, (old, new))
    lines = path.read_text(encoding="utf-8").splitlines()
    hits = [
        error
        for error in errors_of(path)
        if says in error and line_has in lines[int(error.split(":")[1]) - 1]
    ]
    assert hits, errors_of(path)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    assert "Check the path" in errors_of(tmp_path / "absent.toml")[0]
    broken = tmp_path / "clinic.toml"
    broken.write_text('format = 1\nname = "x\n', encoding="utf-8")
    assert errors_of(broken)[0].startswith("clinic.toml:2: ")
    broken.write_bytes(b'name = "caf\xe9"')
    assert "UTF-8" in errors_of(broken)[0]


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert load_clinic(path) == CLINIC
