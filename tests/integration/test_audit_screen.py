"""Searching the audit log: by person, kind, case and day, in pages, by indexes, and as CSV without words."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from smsbot import audit, people
from smsbot.models import Case, Event
from smsbot.web.administration.audit_lines import Search, audit_query
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

AUDIT = "/administration/audit"


@pytest.fixture
def admin(browser: Browser) -> Browser:
    """An administrator's browser."""
    browser.sign_in("admin@example.com")
    return browser


def nurse_id(wiring: Wiring) -> str:
    with wiring.db.reading() as session:
        found = people.find_by_email(session, wiring.vault, "nurse@example.com")
    assert found is not None
    return found.id


def write(wiring: Wiring, kind: str, count: int = 1, **values: object) -> None:
    with wiring.db.writing() as session:
        for _ in range(count):
            audit.record(session, kind, **values)  # type: ignore[arg-type]


def lines(page: str) -> list[str]:
    """What stands in the list, newest first."""
    found = page.split('<ol class="audit">')[1].split("</ol>")[0] if '<ol class="audit">' in page else ""
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in found.split("<li>")[1:]]


def test_pages_of_a_hundred_hold_every_line_once_even_of_one_moment(
    admin: Browser, wiring: Wiring, time: Clock
) -> None:
    write(wiring, "drill_began", 130)
    time.forward(minutes=1)
    write(wiring, "drill_began", 120)
    path, seen = f"{AUDIT}?kind=drill_began", []
    for _ in range(3):
        page = admin.get(path).text
        seen.append(len(lines(page)))
        older = re.search(r'class="button" href="([^"]+)">Older', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == [100, 100, 50]
    assert path == ""
    export = admin.submit(AUDIT, f"{AUDIT}.csv", kind="drill_began").text
    rows = list(csv.DictReader(io.StringIO(export)))
    assert len({row["id"] for row in rows}) == 250
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_a_search_by_person_kind_case_and_day(admin: Browser, wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("chest tight since the infusion"))
    with wiring.db.reading() as session:
        case = session.scalars(select(Case)).one()
    write(wiring, "case_taken", case_id=case.id, staff_id=nurse_id(wiring), by="inbox")
    found = lines(admin.get(f"{AUDIT}?person={nurse_id(wiring)}&kind=case_taken").text)
    assert len(found) == 1
    assert "Nadia (nurse) took it" in found[0]
    assert case.code in found[0]
    by_case = lines(admin.get(f"{AUDIT}?code={case.code.lower()}").text)
    assert any("The case was opened" in line for line in by_case)
    assert not any("signed in" in line for line in by_case)
    time.forward(days=3)
    admin.submit("/sign-in", "/sign-in", email="admin@example.com", password="correct horse battery")
    today = lines(admin.get(f"{AUDIT}?from=2026-11-26").text)
    assert not any("took it" in line for line in today)
    assert any("signed in" in line for line in today)
    assert len(lines(admin.get(f"{AUDIT}?to=2026-11-25&kind=case_taken").text)) == 1


def test_what_an_event_holds_is_shown_in_the_clinics_time_and_ids_are_not(
    admin: Browser, wiring: Wiring
) -> None:
    details = {"change": "swap", "shift_id": "0" * 32, "starts_at": "2026-11-28T03:00:00+00:00"}
    write(wiring, "shifts_changed", staff_id=nurse_id(wiring), **details)
    (line,) = lines(admin.get(f"{AUDIT}?kind=shifts_changed").text)
    assert "Nadia (nurse) changed the" in line
    assert "swap" in line
    assert "starts at: Fri Nov 27 10 PM" in line
    assert "0000" not in line


def test_a_code_that_no_case_has_says_so(admin: Browser) -> None:
    page = admin.get(f"{AUDIT}?code=ZZZZ").text
    assert "No case has this code" in page
    assert lines(page) == []


def test_a_person_alone_is_searched_90_days_back_and_the_page_says_so(
    admin: Browser, wiring: Wiring, time: Clock
) -> None:
    now = time.at
    time.at = now - timedelta(days=91)
    write(wiring, "signed_in", staff_id=nurse_id(wiring))
    time.at = now
    page = admin.get(f"{AUDIT}?person={nurse_id(wiring)}").text
    assert "The last 90 days." in page
    assert not any("signed in" in line for line in lines(page))
    page = admin.get(f"{AUDIT}?person={nurse_id(wiring)}&from=2026-01-01").text
    assert any("signed in" in line for line in lines(page))


def test_odd_addresses_do_not_break_the_search(admin: Browser) -> None:
    for odd in ("after=x|y", "after=2026-11-23|1", "from=yesterday", "to=9999-12-31", "kind=%00", "person='"):
        assert admin.get(f"{AUDIT}?{odd}").status_code == 200


def test_an_export_holds_no_words_and_is_on_record(admin: Browser, wiring: Wiring) -> None:
    write(wiring, "note", staff_id=nurse_id(wiring), note="her sister called")
    response = admin.submit(AUDIT, f"{AUDIT}.csv", kind="note")
    assert response.mimetype == "text/csv"
    (row,) = csv.DictReader(io.StringIO(response.text))
    assert (row["kind"], row["person"]) == ("note", "Nadia (nurse)")
    assert "sister" not in response.text
    assert "sister" not in admin.get(AUDIT).text
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "audit_exported")).one()
    assert event.details == {"by": ["kind"]}


def test_only_administrators_search(browser: Browser) -> None:
    browser.sign_in("nurse@example.com")
    assert browser.get(AUDIT).status_code == 403
    assert browser.submit("/", f"{AUDIT}.csv").status_code == 403


@pytest.mark.parametrize(
    ("search", "case_id", "index"),
    [
        (Search(), None, "ix_events_at (at<?)"),
        (Search(kind="signed_in"), None, "ix_events_kind_at (kind=? AND at<?)"),
        (Search(staff_id="x"), None, "ix_events_at (at<?)"),
        (Search(), "x", "ix_events_case_id_at (case_id=? AND at<?)"),
        (Search(kind="signed_in", staff_id="x"), None, "ix_events_kind_at (kind=? AND at<?)"),
    ],
)
def test_every_search_goes_by_an_index(
    wiring: Wiring, time: Clock, search: Search, case_id: str | None, index: str
) -> None:
    if not wiring.db.is_sqlite:
        pytest.skip("the planner of PostgreSQL looks at how much there is")
    for after in (None, (time.at, "x")):
        query = audit_query(search, case_id, after).limit(101)
        compiled = query.compile(dialect=sqlite.dialect())
        with wiring.db.engine.connect() as connection:
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {compiled}", tuple("x" for _ in compiled.positiontup or ())
            )
            steps = [row[3] for row in plan]
        assert any(step == f"SEARCH events USING INDEX {index}" for step in steps), steps
        assert not any(step.startswith("SCAN") for step in steps)
