"""The calendar of shifts: who looks, gaps in words, swaps, the weekly plan, and imports."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from smsbot import people, shift_changes
from smsbot.models import Duty, Event, Rota, Shift, Staff
from smsbot.shifts import on_duty
from smsbot.shifts.changes import add_to_rota, swap
from smsbot.shifts.errors import ShiftError
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser

SHIFTS = "/administration/shifts"
ADMIN, NURSE, PRESCRIBER = "admin@example.com", "nurse@example.com", "prescriber@example.com"


def id_of(wiring: Wiring, email: str) -> str:
    with wiring.db.reading() as session:
        found = people.find_by_email(session, wiring.vault, email)
    assert found is not None
    return found.id


def keep_rota(wiring: Wiring, email: str = NURSE, days: tuple[int, ...] = (0, 1, 2, 3)) -> None:
    """On call at every hour from Monday to Thursday."""
    with wiring.db.writing() as session:
        person = session.get_one(Staff, id_of(wiring, email))
        add_to_rota(session, person, Duty.ON_CALL, days, "00:00", "00:00")


def told(wiring: Wiring, written: str) -> list[str]:
    with wiring.db.reading() as session:
        at = datetime.fromisoformat(written).replace(tzinfo=UTC)
        return [one.email for one in on_duty(session, wiring.clinic.zone, at, Duty.ON_CALL)]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_everybody_sees_the_week_with_today_and_its_gaps_in_words(browser: Browser, wiring: Wiring) -> None:
    keep_rota(wiring)
    browser.sign_in("desk@example.com")
    page = browser.get(SHIFTS).text
    assert "November 22 to November 28" in page
    assert re.search(r'class="day today ".*?Nov 23', page, re.DOTALL)
    assert "No one on call from Fri Nov 27 12 AM to Sun Nov 29 12 AM." in words(page)
    assert "Alerts go to everybody on the staff list then." in words(page)
    assert "No one was on call" in page  # last Sunday is over, and no gap to close
    assert "Remove" not in page


def test_the_month_shows_whole_weeks(browser: Browser, wiring: Wiring) -> None:
    keep_rota(wiring)
    browser.sign_in()
    page = browser.get(f"{SHIFTS}?view=month&day=2026-12-05").text
    assert "December 2026" in page
    assert [re.findall(r'<time datetime="([0-9-]+)">', page)[place] for place in (0, -1)] == [
        "2026-11-29",
        "2027-01-02",
    ]
    for odd in ("view=year&day=soon", "day=9999-12-31", "day=0001-01-01"):
        assert browser.get(f"{SHIFTS}?{odd}").status_code == 200


def test_without_shifts_it_says_who_is_told(browser: Browser) -> None:
    browser.sign_in()
    assert "No shifts are kept yet. Alerts go first to Nadia (nurse)" in words(browser.get(SHIFTS).text)


def test_an_administrator_puts_somebody_on_duty_for_once(browser: Browser, wiring: Wiring) -> None:
    keep_rota(wiring)
    browser.sign_in(ADMIN)
    fields = {"duty": "on_call", "starts": "2026-11-27T17:00", "ends": "2026-11-28T08:00"}
    done = browser.submit(SHIFTS, f"{SHIFTS}/swap", staff_id=id_of(wiring, PRESCRIBER), **fields)
    assert done.status_code == 303
    assert told(wiring, "2026-11-28T02:00") == [PRESCRIBER]
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "shifts_changed")).one()
    assert event.staff_id == id_of(wiring, ADMIN)


def test_staff_hand_over_their_own_shift(browser: Browser, wiring: Wiring) -> None:
    keep_rota(wiring)
    browser.sign_in(NURSE)
    assert "Hand over" in browser.get(SHIFTS).text
    fields = {"duty": "on_call", "starts": "2026-11-25T17:00", "ends": "2026-11-26T08:00"}
    browser.submit(f"{SHIFTS}/swap", f"{SHIFTS}/swap", staff_id=id_of(wiring, PRESCRIBER), **fields)
    assert told(wiring, "2026-11-26T02:00") == [PRESCRIBER]
    assert told(wiring, "2026-11-26T15:00") == [NURSE]


@pytest.mark.parametrize(
    ("email", "starts", "ends", "says"),
    [
        (PRESCRIBER, "2026-11-25T17:00", "2026-11-26T08:00", "You are not on call during all of that time"),
        (NURSE, "2026-11-26T17:00", "2026-11-27T08:00", "You are not on call during all of that time"),
        (NURSE, "2026-11-22T17:00", "2026-11-23T08:00", "is over already"),
        (NURSE, "soon", "2026-11-26T08:00", "is no time"),
    ],
)
def test_nobody_hands_over_what_is_not_theirs(
    browser: Browser, wiring: Wiring, email: str, starts: str, ends: str, says: str
) -> None:
    keep_rota(wiring)
    browser.sign_in(email)
    fields = {"duty": "on_call", "starts": starts, "ends": ends, "staff_id": id_of(wiring, ADMIN)}
    response = browser.submit(f"{SHIFTS}/swap", f"{SHIFTS}/swap", **fields)
    assert response.status_code == 422
    assert says in response.text
    with wiring.db.reading() as session:
        assert list(session.scalars(select(Shift))) == []


def test_a_shared_shift_is_not_handed_over_for_the_other_one(browser: Browser, wiring: Wiring) -> None:
    keep_rota(wiring)
    keep_rota(wiring, PRESCRIBER)
    browser.sign_in(NURSE)
    fields = {"duty": "on_call", "starts": "2026-11-25T17:00", "ends": "2026-11-26T08:00"}
    page = browser.submit(f"{SHIFTS}/swap", f"{SHIFTS}/swap", staff_id=id_of(wiring, ADMIN), **fields)
    assert "Somebody else is on call with you" in page.text


def test_a_weekly_duty_is_added_and_removed_by_administrators_alone(browser: Browser, wiring: Wiring) -> None:
    fields = {"duty": "backup", "days": "5", "starts": "08:00", "ends": "08:00"}
    browser.sign_in(NURSE)
    refused = browser.submit(SHIFTS, f"{SHIFTS}/weekly", staff_id=id_of(wiring, NURSE), **fields)
    assert refused.status_code == 403
    browser.submit(SHIFTS, "/sign-out")
    browser.sign_in(ADMIN)
    browser.submit(SHIFTS, f"{SHIFTS}/weekly", staff_id=id_of(wiring, NURSE), **fields)
    assert "Saturdays, 8:00 AM to 8:00 AM the next day" in browser.get(SHIFTS).text
    with wiring.db.reading() as session:
        row = session.scalars(select(Rota)).one()
    assert (row.duty, row.weekday) == ("backup", 5)
    browser.submit(SHIFTS, f"{SHIFTS}/remove", row_id=row.id)
    again = browser.submit(SHIFTS, f"{SHIFTS}/remove", row_id=row.id)
    assert "Somebody has removed this already" in again.text


def test_a_calendar_is_imported_from_a_file_or_says_why_not(browser: Browser, wiring: Wiring) -> None:
    browser.sign_in(ADMIN)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test", "BEGIN:VEVENT", "UID:1"]
    lines += ["DTSTART:20261128T220000Z", "DTEND:20261129T130000Z", "SUMMARY:WHO", "END:VEVENT"]
    raw = "\r\n".join([*lines, "END:VCALENDAR", ""])
    for who, status in (("somebody@example.com", 422), (PRESCRIBER, 303)):
        file = (io.BytesIO(raw.replace("WHO", who).encode()), "rota.ics")
        response = browser.submit(SHIFTS, f"{SHIFTS}/import", duty="on_call", file=file)  # type: ignore[arg-type]
        assert response.status_code == status
    assert told(wiring, "2026-11-29T02:00") == [PRESCRIBER]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://localhost:8000/",
        "https://127.0.0.1/",
        "https://[::1]/",
    ],
)
def test_a_screen_reads_no_files_and_asks_no_machine_of_our_own_network(
    browser: Browser, wiring: Wiring, address: str
) -> None:
    browser.sign_in(ADMIN)
    response = browser.submit(SHIFTS, f"{SHIFTS}/import", duty="on_call", address=address)
    assert response.status_code == 422
    assert "Nothing was changed" in response.text


def test_a_disabled_person_is_not_put_on_duty(wiring: Wiring, time: Clock) -> None:
    with wiring.db.writing() as session:
        nurse = session.get_one(Staff, id_of(wiring, NURSE))
        admin = session.get_one(Staff, id_of(wiring, ADMIN))
        swap(session, nurse, Duty.ON_CALL, time.at, datetime(2026, 11, 25, tzinfo=UTC))
        nurse.disabled_at = time.at
        with pytest.raises(ShiftError, match="disabled"):
            shift_changes.put_on_duty(
                session, nurse, Duty.ON_CALL, time.at, datetime(2026, 11, 25, tzinfo=UTC), admin
            )
