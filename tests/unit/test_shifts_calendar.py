"""What is read out of an iCalendar file, and every way in which one can be malformed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from smsbot.shifts.calendar import Listed, read_calendar
from smsbot.shifts.errors import ShiftError

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NIGHT = "DTSTART;TZID=America/New_York:20261127T170000\nDTEND;TZID=America/New_York:20261128T080000"
OUR_ZONE = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:20201101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE"""


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test", *head.splitlines()]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT"]
        lines += [] if "UID:" in event else [f"UID:{number}"]
        lines += [*event.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(raw: bytes) -> list[tuple[str, str, tuple[str, ...]]]:
    """The shifts, with their times as `11-27 22:00` in UTC."""
    return [
        (f"{listed.starts_at:%m-%d %H:%M}", f"{listed.ends_at:%m-%d %H:%M}", listed.people)
        for listed in read_calendar(raw, NEW_YORK, NOW)
    ]


@pytest.mark.parametrize(
    ("times", "starts", "ends"),
    [
        (NIGHT, "11-27 22:00", "11-28 13:00"),
        ("DTSTART:20261127T220000Z\nDTEND:20261128T130000Z", "11-27 22:00", "11-28 13:00"),
        ("DTSTART:20261127T220000Z\nDURATION:PT15H", "11-27 22:00", "11-28 13:00"),
        # without a zone: the clinic's
        ("DTSTART:20261127T170000\nDTEND:20261128T080000", "11-27 22:00", "11-28 13:00"),
        # another zone, one as Outlook names it, and one that the file describes itself
        (NIGHT.replace("America/New_York", "America/Los_Angeles"), "11-28 01:00", "11-28 16:00"),
        (NIGHT.replace("America/New_York", "Eastern Standard Time"), "11-27 22:00", "11-28 13:00"),
        (NIGHT.replace("America/New_York", "Ours"), "11-27 22:00", "11-28 13:00"),
        # whole days are the clinic's, from midnight to midnight
        ("DTSTART;VALUE=DATE:20261127\nDTEND;VALUE=DATE:20261130", "11-27 05:00", "11-30 05:00"),
        ("DTSTART;VALUE=DATE:20261127", "11-27 05:00", "11-28 05:00"),
        ("DTSTART;VALUE=DATE:20270314", "03-14 05:00", "03-15 04:00"),
        # 1:30 comes twice that night
        ("DTSTART:20271106T170000\nDTEND:20271107T013000", "11-06 21:00", "11-07 06:30"),
        # one that has begun already
        ("DTSTART:20261123T100000Z\nDTEND:20261123T160000Z", "11-23 10:00", "11-23 16:00"),
    ],
)
def test_an_event_is_read_with_its_times(times: str, starts: str, ends: str) -> None:
    assert read(calendar(f"{times}\nSUMMARY:Rosa Example", head=OUR_ZONE)) == [
        (starts, ends, ("Rosa Example",))
    ]


def test_a_series_keeps_the_time_on_the_wall_when_the_clocks_change() -> None:
    weekly = "DTSTART;TZID=America/New_York:20261204T170000\nDTEND;TZID=America/New_York:20261205T080000"
    found = read(calendar(f"{weekly}\nRRULE:FREQ=WEEKLY;UNTIL=20270401T000000Z\nSUMMARY:Rosa"))
    assert len(found) == 17
    assert found[0][:2] == ("12-04 22:00", "12-05 13:00")
    assert found[13][:2] == ("03-05 22:00", "03-06 13:00")
    assert found[15][:2] == ("03-19 21:00", "03-20 12:00")


def test_a_night_over_the_change_of_the_clocks_ends_at_its_time_on_the_wall() -> None:
    spring = "DTSTART;TZID=America/New_York:20270313T170000\nDTEND;TZID=America/New_York:20270314T080000"
    assert read(calendar(f"{spring}\nSUMMARY:Rosa")) == [("03-13 22:00", "03-14 12:00", ("Rosa",))]


def test_exceptions_moves_and_cancellations_of_a_series_are_kept() -> None:
    series = f"UID:s\n{NIGHT}\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=America/New_York:20261128T170000"
    moved = (
        "UID:s\nRECURRENCE-ID;TZID=America/New_York:20261129T170000\n"
        "DTSTART;TZID=America/New_York:20261129T200000\nDTEND;TZID=America/New_York:20261130T080000"
    )
    off = (
        "UID:s\nRECURRENCE-ID;TZID=America/New_York:20261130T170000\nSTATUS:CANCELLED\n"
        "DTSTART;TZID=America/New_York:20261130T170000\nDTEND;TZID=America/New_York:20261201T080000"
    )
    found = read(calendar(f"{series}\nSUMMARY:Rosa", f"{moved}\nSUMMARY:Paul", f"{off}\nSUMMARY:Rosa"))
    assert found == [("11-27 22:00", "11-28 13:00", ("Rosa",)), ("11-30 01:00", "11-30 13:00", ("Paul",))]


def test_a_series_without_an_end_is_read_a_year_ahead_and_what_is_over_is_left_out() -> None:
    old = "DTSTART;VALUE=DATE:20200101\nDTEND;VALUE=DATE:20200102\nRRULE:FREQ=DAILY\nSUMMARY:Rosa"
    found = read_calendar(calendar(old), NEW_YORK, NOW)
    assert 366 <= len(found) <= 367
    assert found[0].starts_at <= NOW < found[0].ends_at


@pytest.mark.parametrize(
    ("who", "people"),
    [
        ("SUMMARY: Rosa Example ", ("Rosa Example",)),
        ("SUMMARY:rosa@example.com", ("rosa@example.com",)),
        ("ATTENDEE:mailto:rosa@example.com\nSUMMARY:On call", ("rosa@example.com",)),
        ("ATTENDEE;CN=Rosa:MAILTO:Rosa@Example.com", ("Rosa@Example.com",)),
        ("ATTENDEE:mailto:b@example.com\nATTENDEE:mailto:a@example.com", ("a@example.com", "b@example.com")),
        (
            "ATTENDEE;PARTSTAT=DECLINED:mailto:b@example.com\nATTENDEE:mailto:a@example.com",
            ("a@example.com",),
        ),
        ("ATTENDEE;CUTYPE=ROOM:mailto:room@example.com\nSUMMARY:Rosa", ("Rosa",)),
    ],
)
def test_the_person_is_the_one_invited_or_the_title(who: str, people: tuple[str, ...]) -> None:
    assert read(calendar(f"{NIGHT}\n{who}")) == [("11-27 22:00", "11-28 13:00", people)]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (NIGHT, "Fri Nov 27 5 PM names nobody"),
        (f"{NIGHT}\nATTENDEE;PARTSTAT=DECLINED:mailto:b@example.com\nSUMMARY:x", "names nobody"),
        ("SUMMARY:x", r"'x': it has no start \(DTSTART\)"),
        ("DTSTART:20261127T220000Z\nSUMMARY:x", r"'x': it has no end \(DTEND\)"),
        ("DTSTART:banana\nSUMMARY:x", "DTSTART cannot be read"),
        ("DTSTART:20261127T220000Z\nDTEND:banana\nSUMMARY:x", "DTEND cannot be read"),
        ("DTSTART:20261127T220000Z\nDTEND:20261127T210000Z\nSUMMARY:x", "ends before it begins"),
        ("DTSTART:20261127T220000Z\nDTEND:20261127T220000Z\nSUMMARY:x", "ends before it begins"),
        ("DTSTART:20261127T220000Z\nDTEND;VALUE=DATE:20261128\nSUMMARY:x", "a day, the other a time"),
        ("DTSTART:20261127T220000Z\nDTEND:20261128T080000\nSUMMARY:x", "has a time zone, the other none"),
        (
            NIGHT.replace("America/New_York", "Mars/Base") + "\nSUMMARY:x",
            "time zone 'Mars/Base' is not known",
        ),
        (f"{NIGHT}\nRRULE:FREQ=BANANA\nSUMMARY:x", "RRULE cannot be read"),
        (f"{NIGHT}\nRRULE:BANANA\nSUMMARY:x", "RRULE cannot be read"),
        (f"{NIGHT}\nRRULE:FREQ=SECONDLY\nSUMMARY:x", "repeats within a day"),
        (f"{NIGHT}\nRRULE:FREQ=DA\n ILY;BYMIN\n UTE=1,2,3\nSUMMARY:x", "repeats within a day"),
        ("DTSTART:20251127T220000Z\nDTEND:20251128T130000Z\nSUMMARY:x", "no shift that is still to come"),
    ],
)
def test_an_event_that_cannot_be_read_for_sure_is_an_error(event: str, says: str) -> None:
    good = f"{NIGHT}\nSUMMARY:Rosa" if "still to come" not in says else event
    with pytest.raises(ShiftError, match=says):
        read_calendar(calendar(good, event), NEW_YORK, NOW)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>not here</html>",
        b"\xff\xfe\x00\x01",
        calendar(NIGHT)[:-40],
        calendar(NIGHT) * 2,
        b"BEGIN:VTODO\r\nEND:VTODO\r\n",
        b"BEGIN:VCALENDAR\r\n",
    ],
    ids=["empty", "html", "bytes", "cut", "doubled", "other", "begun"],
)
def test_what_is_no_calendar_is_an_error(raw: bytes) -> None:
    with pytest.raises(ShiftError, match="no iCalendar file"):
        read_calendar(raw, NEW_YORK, NOW)


def test_a_calendar_without_events_is_an_error_and_not_an_empty_rota() -> None:
    with pytest.raises(ShiftError, match="no shift that is still to come"):
        read_calendar(calendar(), NEW_YORK, NOW)


def test_every_fault_is_named_at_once_and_titles_cannot_command_a_terminal() -> None:
    with pytest.raises(ShiftError) as caught:
        read_calendar(calendar("SUMMARY:a\x1b[31m", f"{NIGHT}\nRRULE:BANANA\nSUMMARY:b"), NEW_YORK, NOW)
    assert len(str(caught.value).splitlines()) == 2
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("count", [2_001, 40])
def test_a_calendar_with_too_many_shifts_is_refused_in_time(count: int) -> None:
    rule = "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) if count == 40 else ""
    event = f"DTSTART:20261127T220000Z\nDURATION:PT1H\nSUMMARY:x\n{rule}"
    with pytest.raises(ShiftError, match="a calendar of the shifts alone"):
        read_calendar(calendar(*[event] * count), NEW_YORK, NOW)


def test_events_come_in_order_and_doubled_ones_once() -> None:
    early = "DTSTART:20261124T220000Z\nDTEND:20261125T130000Z\nSUMMARY:Rosa"
    found = read_calendar(calendar(f"{NIGHT}\nSUMMARY:Paul", early, early), NEW_YORK, NOW)
    assert [listed.people for listed in found] == [("Rosa",), ("Paul",)]
    assert isinstance(found[0], Listed)
