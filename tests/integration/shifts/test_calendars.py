"""A calendar that is imported: whom it puts on call, and what it replaces."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import select

from smsbot import people
from smsbot.models import Duty, Shift
from smsbot.models.people import Role
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
)


def test_a_calendar_puts_people_on_call_by_address_and_by_exact_name(
    smsbot: CliRunner, wiring: Wiring, tmp_path: Path
) -> None:
    run(smsbot, "add", DESK, *NIGHT)
    file = calendar(
        tmp_path,
        ("20261127T170000", "20261128T080000", "NURSE@example.com"),
        ("20261128T080000", "20261129T080000", "Paul (prescriber)"),
    )
    done = run(smsbot, "import", file)
    assert (done.stdout, "2 shifts imported, 0 replaced" in done.stderr) == ("", True)
    assert "From Fri Nov 27 5 PM to Sun Nov 29 8 AM." in done.stderr
    assert told(wiring, "2026-11-28 02:00") == ["nurse"]
    assert told(wiring, "2026-11-28 18:00") == ["prescriber"]
    assert told(wiring, "2026-11-30 02:00") == ["desk"]
    run(smsbot, "swap", DESK, "--from", "2026-11-27T17:00", "--to", "2026-11-27T18:00")
    assert told(wiring, "2026-11-27 22:30") == ["desk"]  # a swap goes before the calendar


def test_unknown_people_are_named_and_nothing_is_imported(
    smsbot: CliRunner, wiring: Wiring, tmp_path: Path
) -> None:
    disable(wiring, DESK)
    night = ("20261127T170000", "20261128T080000")
    file = calendar(
        tmp_path,
        (*night, NURSE),
        (*night, "Zoe"),
        (*night, "paul (prescriber)"),
        (*night, DESK),
        (*night, "Zoe"),
    )
    done = run(smsbot, "import", file, exit_code=1)
    assert done.stderr.count("'Zoe' is nobody here") == 1
    assert "'paul (prescriber)' is nobody here" in done.stderr  # a name has to be exact
    assert "'desk@example.com' is disabled" in done.stderr
    assert "Nothing was imported." in done.stderr
    assert told(wiring, "2026-11-28 02:00") == []
    assert audited(wiring) == []


def test_a_name_that_several_people_have_is_refused(
    smsbot: CliRunner, wiring: Wiring, tmp_path: Path
) -> None:
    with wiring.db.writing() as session:
        people.add_staff(
            session,
            wiring.vault,
            email="other@example.com",
            name="Nadia (nurse)",
            phone="+15615550160",
            role=Role.NURSE,
            is_on_call=False,
        )
    file = calendar(tmp_path, ("20261127T170000", "20261128T080000", "Nadia (nurse)"))
    assert "the name of several people" in run(smsbot, "import", file, exit_code=1).stderr


def test_an_import_replaces_the_one_before_in_its_span_and_leaves_no_hole_at_its_edges(
    smsbot: CliRunner, wiring: Wiring, tmp_path: Path, time: Clock
) -> None:
    run(smsbot, "import", calendar(tmp_path, ("20261123T170000", "20261130T080000", NURSE)))
    run(smsbot, "import", calendar(tmp_path, ("20261205T170000", "20261206T080000", NURSE)))
    run(
        smsbot,
        "import",
        calendar(tmp_path, ("20261124T000000", "20261124T080000", NURSE)),
        "--duty",
        "backup",
    )
    run(smsbot, "swap", DESK, "--from", "2026-11-25T17:00", "--to", "2026-11-25T18:00")
    done = run(
        smsbot,
        "import",
        calendar(
            tmp_path,
            ("20261124T170000", "20261125T080000", PRESCRIBER),
            ("20261126T170000", "20261127T080000", PRESCRIBER),
        ),
    )
    assert "2 shifts imported, 1 replaced" in done.stderr
    assert "3 imported earlier lie outside of that and stay" in done.stderr
    assert told(wiring, "2026-11-24 21:59") == ["nurse"]  # what reached out of the span stays there
    assert told(wiring, "2026-11-24 22:00") == ["prescriber"]
    assert told(wiring, "2026-11-25 15:00") == []  # the new calendar has nobody here
    assert told(wiring, "2026-11-25 22:30") == ["desk"]  # swaps stay
    assert told(wiring, "2026-11-27 13:00") == ["nurse"]
    assert told(wiring, "2026-12-06 02:00") == ["nurse"]
    assert told(wiring, "2026-11-24 10:00", Duty.BACKUP) == ["nurse"]


def test_importing_the_same_calendar_again_changes_nothing(
    smsbot: CliRunner, wiring: Wiring, tmp_path: Path
) -> None:
    night = ("20261127T170000", "20261128T080000")
    file = calendar(tmp_path, (*night, NURSE), (*night, PRESCRIBER))
    for _ in range(2):
        run(smsbot, "import", file)
        assert told(wiring, "2026-11-28 02:00") == ["nurse", "prescriber"]
    with wiring.db.reading() as session:
        assert len(session.scalars(select(Shift.id)).all()) == 2
