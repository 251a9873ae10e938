"""The rota as staff keep it: on the command line and in the database, seen through who is on call."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from smsbot.models import Duty, Rota
from smsbot.shifts import gaps, is_kept, on_duty
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.shifts.parts import (
    DESK,
    NIGHT,
    NURSE,
    PRESCRIBER,
    audited,
    calendar,
    disable,
    run,
    told,
    utc,
)


def test_without_a_rota_nobody_is_on_duty_and_all_of_it_is_a_gap(wiring: Wiring, time: Clock) -> None:
    assert told(wiring, "2026-11-23 15:00") == []
    span = (time.at, time.at + timedelta(days=14))
    with wiring.db.reading() as session:
        assert gaps(session, wiring.clinic.zone, *span, Duty.ON_CALL) == [span]
        assert not is_kept(session, Duty.ON_CALL)


def test_a_weekly_duty_puts_somebody_on_call_over_midnight_and_the_change_of_the_clocks(
    smsbot: CliRunner, wiring: Wiring
) -> None:
    ids = run(smsbot, "add", NURSE, *NIGHT).stdout.split()
    assert len(ids) == 7
    assert told(wiring, "2026-11-23 21:59") == []
    assert told(wiring, "2026-11-23 22:00") == ["nurse"]
    assert told(wiring, "2026-11-24 12:59") == ["nurse"]
    assert told(wiring, "2026-11-24 13:00") == []
    assert told(wiring, "2026-11-01 05:30") == told(wiring, "2026-11-01 06:30") == ["nurse"]  # 1:30, twice
    assert told(wiring, "2027-03-14 06:59") == told(wiring, "2027-03-14 07:00") == ["nurse"]  # 1:59, 3:00
    assert told(wiring, "2026-11-24 03:00", Duty.BACKUP) == []
    with wiring.db.reading() as session:
        assert is_kept(session, Duty.ON_CALL)
        assert not is_kept(session, Duty.BACKUP)


def test_those_whose_weekly_duties_overlap_are_on_call_together_in_a_fixed_order(
    smsbot: CliRunner, wiring: Wiring
) -> None:
    run(smsbot, "add", PRESCRIBER, *NIGHT)
    run(smsbot, "add", NURSE, "--days", "mon", "--from", "20:00", "--to", "22:00")
    assert told(wiring, "2026-11-24 02:00") == ["nurse", "prescriber"]
    assert told(wiring, "2026-11-24 03:00") == ["prescriber"]
    with wiring.db.reading() as session:
        both = on_duty(session, wiring.clinic.zone, utc("2026-11-24 02:00"), Duty.ON_CALL)
        assert [person.id for person in both] == sorted(person.id for person in both)


def test_a_swap_replaces_the_rota_for_its_duty_and_time_alone(smsbot: CliRunner, wiring: Wiring) -> None:
    run(smsbot, "add", NURSE, *NIGHT)
    run(smsbot, "add", DESK, *NIGHT, "--duty", "backup")
    run(smsbot, "swap", PRESCRIBER, "--from", "2026-11-23T20:00", "--to", "2026-11-23T22:00")
    assert told(wiring, "2026-11-24 00:59") == ["nurse"]
    assert told(wiring, "2026-11-24 01:00") == ["prescriber"]
    assert told(wiring, "2026-11-24 01:00", Duty.BACKUP) == ["desk"]
    assert told(wiring, "2026-11-24 03:00") == ["nurse"]


def test_of_overlapping_swaps_the_newest_counts_and_removing_it_gives_back_the_older(
    smsbot: CliRunner, wiring: Wiring, time: Clock
) -> None:
    run(smsbot, "swap", PRESCRIBER, "--from", "2026-11-23T17:00", "--to", "2026-11-24T08:00")
    time.forward(minutes=1)
    newer = run(smsbot, "swap", DESK, "--from", "2026-11-23T22:00", "--to", "2026-11-24T12:00")
    assert told(wiring, "2026-11-24 02:59") == ["prescriber"]
    assert told(wiring, "2026-11-24 03:00") == told(wiring, "2026-11-24 16:59") == ["desk"]
    run(smsbot, "remove", newer.stdout.strip())
    assert told(wiring, "2026-11-24 03:00") == ["prescriber"]


def test_disabled_people_do_not_count_and_the_rota_holds_beneath_their_swap(
    smsbot: CliRunner, wiring: Wiring
) -> None:
    run(smsbot, "add", NURSE, *NIGHT)
    run(smsbot, "swap", PRESCRIBER, "--from", "2026-11-23T17:00", "--to", "2026-11-24T08:00")
    disable(wiring, PRESCRIBER)
    assert told(wiring, "2026-11-24 02:00") == ["nurse"]
    disable(wiring, NURSE)
    assert told(wiring, "2026-11-24 02:00") == []
    assert "disabled: does not count" in run(smsbot, "list").stdout
    for words in (("add", NURSE, *NIGHT), ("swap", NURSE, "--from", "2026-12-01", "--to", "2026-12-02")):
        assert "is disabled" in run(smsbot, *words, exit_code=1).stderr


def test_gaps_are_named_days_ahead_and_end_in_exit_1(smsbot: CliRunner) -> None:
    run(smsbot, "add", NURSE, "--days", "mon-sun", "--from", "08:00", "--to", "17:00")
    run(smsbot, "add", PRESCRIBER, "--days", "sun-thu", "--from", "17:00", "--to", "08:00")
    run(smsbot, "add", PRESCRIBER, "--days", "sat-sun", "--from", "00:00", "--to", "00:00")
    found = run(smsbot, "gaps", "--days", "7", exit_code=1)
    assert found.stdout.splitlines() == ["no one on call from Fri Nov 27 5 PM to Sat Nov 28 12 AM"]
    assert "NO ONE on call from Fri Nov 27 5 PM" in run(smsbot, "list").stdout
    run(smsbot, "swap", DESK, "--from", "2026-11-27T17:00", "--to", "2026-11-28T00:00")
    covered = run(smsbot, "gaps", "--days", "7")
    assert (covered.stdout, "Somebody is on call all through" in covered.stderr) == ("", True)


def test_the_list_names_people_and_its_json_does_not(smsbot: CliRunner, wiring: Wiring) -> None:
    ids = run(smsbot, "add", NURSE, *NIGHT).stdout.split()
    swap = run(smsbot, "swap", DESK, "--from", "2026-11-23T20:00", "--to", "2026-11-23T22:00").stdout.strip()
    page = run(smsbot, "list", "--days", "2").stdout
    assert "  Mon Nov 23 5 PM to Mon Nov 23 8 PM  Nadia (nurse)\n" in page
    assert "  Mon Nov 23 8 PM to Mon Nov 23 10 PM  Fern (front desk)\n" in page
    assert "  NO ONE on call from Tue Nov 24 8 AM to Tue Nov 24 5 PM\n" in page
    assert f"  {ids[0]}  on call  Mon 17:00 to 08:00 the next day  Nadia (nurse)\n" in page
    assert f"  {swap}  on call  Mon Nov 23 8 PM to Mon Nov 23 10 PM  Fern (front desk)  swap\n" in page
    assert "no backup is set" in page
    raw = run(smsbot, "list", "--days", "2", "--json").stdout
    rows = [json.loads(line) for line in raw.splitlines()]
    assert {row["kind"] for row in rows} == {"stretch", "rota", "shift"}
    first, second = rows[:2]
    assert (first["duty"], first["staff_ids"], first["ends_at"]) == (
        "on_call",
        [],
        "2026-11-23T22:00:00+00:00",
    )
    assert second["starts_at"] == first["ends_at"]
    assert len(second["staff_ids"]) == 1
    assert "Nadia" not in raw
    assert "@" not in raw


def test_a_weekly_duty_that_is_there_already_is_not_doubled(smsbot: CliRunner, wiring: Wiring) -> None:
    run(smsbot, "add", NURSE, "--days", "mon-tue", "--from", "17:00", "--to", "8:00")
    again = run(smsbot, "add", NURSE, "--days", "mon-wed", "--from", "17:00", "--to", "08:00")
    assert "1 added, 2 there already" in again.stderr
    with wiring.db.reading() as session:
        assert sorted(session.scalars(select(Rota.weekday))) == [0, 1, 2]


def test_removing_takes_all_or_none(smsbot: CliRunner, wiring: Wiring) -> None:
    ids = run(smsbot, "add", NURSE, *NIGHT).stdout.split()
    refused = run(smsbot, "remove", ids[0], "f" * 32, exit_code=1)
    assert "No duty has the id" in refused.stderr
    assert told(wiring, "2026-11-24 02:00") == ["nurse"]
    run(smsbot, "remove", *ids)
    assert told(wiring, "2026-11-24 02:00") == []


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (("add", NURSE, "--days", "someday", "--from", "8:00", "--to", "9:00"), 2, "write mon-fri"),
        (("add", NURSE, "--days", "mon", "--from", "8", "--to", "9:00"), 2, "is no time of day"),
        (("add", "who@example.com", *NIGHT), 1, "Nobody has the address"),
        (("add", NURSE, *NIGHT, "--duty", "boss"), 2, "on_call"),
        (("swap", NURSE, "--from", "soon", "--to", "later"), 2, "is no time: write 2026-11-27T17:00"),
        (("swap", NURSE, "--from", "2026-11-27T17:00", "--to", "2026-11-27T17:00"), 1, "ends before"),
        (("swap", NURSE, "--from", "2026-11-20", "--to", "2026-11-21"), 1, "over already"),
        (("swap", NURSE, "--from", "2026-11-20", "--to", "2062-11-21"), 1, "longer than a year"),
        (("list", "--days", "0"), 2, "--days"),
        (("import", "nowhere.ics"), 1, "cannot be read (No such file or directory)"),
        (("import", "."), 1, "cannot be read (Is a directory)"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(
    smsbot: CliRunner, wiring: Wiring, words: tuple[str, ...], exit_code: int, says: str
) -> None:
    assert says in run(smsbot, *words, exit_code=exit_code).stderr
    assert audited(wiring) == []


def test_every_change_is_audited_with_ids_and_times_and_no_names(
    smsbot: CliRunner, wiring: Wiring, tmp_path: Path
) -> None:
    entry = run(smsbot, "add", NURSE, "--days", "mon", "--from", "17:00", "--to", "08:00").stdout.strip()
    swap = run(smsbot, "swap", NURSE, "--from", "2026-11-27T17:00", "--to", "2026-11-28T08:00").stdout.strip()
    run(smsbot, "remove", entry, swap)
    run(smsbot, "import", calendar(tmp_path, ("20261127T170000", "20261128T080000", NURSE)))
    events = audited(wiring)
    assert sorted(event.kind for event in events) == [
        "rota_added", "rota_removed", "shift_removed", "shift_swapped", "shifts_imported",
    ]  # fmt: skip
    by_kind = {event.kind: event for event in events}
    assert by_kind["rota_added"].details == {
        "rota_id": entry, "duty": "on_call", "weekday": 0, "starts": "17:00", "ends": "08:00",
    }  # fmt: skip
    assert by_kind["shift_removed"].details["starts_at"] == "2026-11-27T22:00:00+00:00"
    assert by_kind["shift_removed"].staff_id == by_kind["rota_added"].staff_id is not None
    assert by_kind["shifts_imported"].details["written"] == 1
    written = json.dumps([event.details for event in events])
    assert "Nadia" not in written
    assert "@" not in written
