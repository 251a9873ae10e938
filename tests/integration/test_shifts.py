"""The rota as staff keep it: on the command line and in the database, seen through who is on call."""

from __future__ import annotations

import json
import threading
import time as real_time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from smsbot import people
from smsbot.cli import main
from smsbot.models import Duty, Event, Rota, Shift
from smsbot.models.people import Role
from smsbot.shifts import fetch, gaps, is_kept, on_duty
from smsbot.shifts.errors import ShiftError
from smsbot.wiring import Wiring
from tests.conftest import Clock

NURSE, PRESCRIBER, DESK = "nurse@example.com", "prescriber@example.com", "desk@example.com"
NIGHT = ("--days", "mon-sun", "--from", "17:00", "--to", "08:00")


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.fixture
def smsbot(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A runner whose environment is this home's."""
    settings = wiring.settings
    for name, value in (
        ("SMSBOT_HOME", str(settings.home)),
        ("PORT", str(settings.port)),
        ("DATABASE_URL", settings.database_url),
    ):
        monkeypatch.setenv(name, value)
    yield CliRunner()


def run(smsbot: CliRunner, *words: str, exit_code: int = 0) -> Result:
    done = smsbot.invoke(main, ["shifts", *words])
    assert done.exit_code == exit_code, done.output
    return done


def told(wiring: Wiring, at: str, duty: Duty = Duty.ON_CALL) -> list[str]:
    """The addresses of those on duty at a moment (UTC), without their domain."""
    with wiring.db.reading() as session:
        staff = on_duty(session, wiring.clinic.zone, utc(at), duty)
        return sorted(person.email.partition("@")[0] for person in staff)


def disable(wiring: Wiring, email: str) -> None:
    with wiring.db.writing() as session:
        person = people.find_by_email(session, wiring.vault, email)
        assert person is not None
        people.disable(session, person)


def audited(wiring: Wiring) -> list[Event]:
    kinds = ("rota_added", "rota_removed", "shift_swapped", "shift_removed", "shifts_imported")
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)))


def calendar(folder: Path, *events: tuple[str, str, str]) -> str:
    """A file with events of (start, end, title), times as 20261127T170000 of the clinic."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test"]
    for number, (starts, ends, title) in enumerate(events):
        zone = "TZID=America/New_York"
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART;{zone}:{starts}", f"DTEND;{zone}:{ends}"]
        lines += [f"SUMMARY:{title}", "END:VEVENT"]
    path = folder / "rota.ics"
    path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), encoding="utf-8")
    return str(path)


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


class Host:
    """A web server on this machine that answers by path."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.seen: list[str] = []

    def __call__(self, environ: dict[str, object], start: object) -> object:
        request = Request(environ)  # type: ignore[arg-type]
        self.seen.append(request.path)
        leads = {"/moved": "/rota.ics", "/round": "/round", "/file": "file:///etc/hostname",
                 "/out": "http://198.51.100.7/rota.ics", "/up": "https://localhost/rota.ics"}  # fmt: skip
        if request.path in leads:
            response = Response(status=302, headers={"Location": leads[request.path]})
            response.autocorrect_location_header = False
        elif request.path == "/rota.ics":
            response = Response(self.body, mimetype="text/calendar")
        elif request.path == "/huge":
            response = Response(b"x" * 65_536 for _ in range(1_000))
        elif request.path == "/drip":
            response = Response(self._drip())
        else:
            response = Response(status=404)
        return response(environ, start)  # type: ignore[arg-type]

    def _drip(self) -> Iterator[bytes]:
        for _ in range(100):
            real_time.sleep(0.1)
            yield b"x"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Host, str]]:
    """The server and its address."""
    file = calendar(tmp_path, ("20261127T170000", "20261128T080000", NURSE))
    served = Host(Path(file).read_bytes())
    server = make_server("127.0.0.1", 0, served, threaded=True)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_calendar_is_imported_from_an_address(
    smsbot: CliRunner, wiring: Wiring, host: tuple[Host, str]
) -> None:
    for path in ("/rota.ics", "/moved"):
        assert "1 shifts imported" in run(smsbot, "import", host[1] + path).stderr
    assert told(wiring, "2026-11-28 02:00") == ["nurse"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/round", "leads on and on"),
        ("/file", "cannot be used"),
        ("/out", "cannot be used"),  # plain http to another machine
        ("/up", "leads from http to https"),
        ("/missing?key=canary-9431", "answered 404"),
        ("/huge", "larger than 1 MB"),
        ("/drip", "takes too long"),
    ],
)
def test_an_address_that_misbehaves_is_left_and_its_secret_part_is_not_shown(
    host: tuple[Host, str], path: str, says: str
) -> None:
    began = real_time.monotonic()
    with pytest.raises(ShiftError, match=says) as caught:
        fetch.fetch(host[1] + path, seconds=0.5)
    assert real_time.monotonic() - began < 5
    assert len(host[0].seen) <= 4
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "place",
    ["http://198.51.100.7/a.ics", "ftp://localhost/a.ics", "file:///etc/hostname", "https://", "https://[::1/a",
     "HTTP://localhost.example/a.ics", "http://localhost@198.51.100.7/a.ics", "https://localhost:99999/"],
)  # fmt: skip
def test_an_address_that_is_not_https_or_this_machine_is_refused(place: str) -> None:
    with pytest.raises(ShiftError, match="cannot be used: give one that begins with https://"):
        fetch.fetch(place)


def test_a_host_that_is_not_there_and_a_file_too_large_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match=r"localhost did not answer \(ConnectionError\)"):
        fetch.fetch("webcal://localhost:9/secret.ics")
    (tmp_path / "large.ics").write_bytes(b"x" * (fetch.MOST_BYTES + 1))
    with pytest.raises(ShiftError, match="larger than 1 MB"):
        fetch.fetch(str(tmp_path / "large.ics"))
