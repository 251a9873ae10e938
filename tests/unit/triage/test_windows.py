"""Times read out of appointment texts, by the triage guide, in three languages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from smsbot.triage.windows import read_windows

ZONE = "America/New_York"
HERE = Path(__file__).parent
PARTS = {"m": ("08:00", "12:00"), "a": ("12:00", "17:00"), "e": ("17:00", "20:00")}


def _rows(name: str) -> list[tuple[str, datetime, list[str], list[str]]]:
    rows = []
    moment = datetime(2026, 12, 4, 9, 37, tzinfo=ZoneInfo(ZONE))
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            moment = datetime.strptime(line[2:], "%a %Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(ZONE))
        elif line.strip() and not line.startswith("#"):
            body, wished, excluded = ([*line.split("|"), ""])[:3]
            rows.append((body.strip(), moment, _spelled(wished, moment), _spelled(excluded, moment)))
    return rows


def _spelled(cell: str, moment: datetime) -> list[str]:
    return sorted(
        window for part in cell.split(",") if part.strip() for window in _windows(part.split(), moment)
    )


def _windows(words: list[str], moment: datetime) -> list[str]:
    first, _, last = words[0].partition("..")
    start, end = PARTS.get(words[-1], ("08:00", "17:00"))
    if len(words) > 1 and words[1] not in PARTS:
        start, end = words[1].split("-")
    day, stop = _day(first, moment), _day(last or first, moment)
    days = [day + timedelta(days=ahead) for ahead in range((stop - day).days + 1)]
    return [f"{each}T{start}/{each}T{end}" for each in days]


def _day(text: str, moment: datetime) -> date:
    return date.fromisoformat(text if text.count("-") == 2 else f"{moment.year}-{text}")


FILES = ("windows_en.txt", "windows_es.txt", "windows_ht.txt", "windows_more.txt", "windows_mixed.txt")
TABLE = [row for name in FILES for row in _rows(name)]


@pytest.mark.parametrize(
    ("body", "moment", "wished", "excluded"), TABLE, ids=[f"{row[1]:%m%d} {row[0]}" for row in TABLE]
)
def test_the_table_of_texts_is_read_by_the_guide(
    body: str, moment: datetime, wished: list[str], excluded: list[str]
) -> None:
    windows, out = read_windows(body, moment, ZONE)
    assert [f"{window.start}/{window.end}" for window in windows] == wished
    assert [f"{window.start}/{window.end}" for window in out] == excluded


def _starts(body: str, moment: str, zone: str = ZONE) -> list[str]:
    return [window.start for window in read_windows(body, datetime.fromisoformat(moment), zone)[0]]


def test_the_day_is_counted_in_the_clinics_zone() -> None:
    late = "2026-12-05T03:30:00+00:00"  # still Friday evening in New York
    assert _starts("tomorrow at 9", late) == ["2026-12-05T09:00"]
    assert _starts("tomorrow at 9", late, "UTC") == ["2026-12-06T09:00"]


@pytest.mark.parametrize("moment", ["2026-10-31T12:00:00-04:00", "2027-03-13T12:00:00-05:00"])
def test_a_day_on_which_the_clocks_change_keeps_its_wall_time(moment: str) -> None:
    assert [start[11:] for start in _starts("tomorrow at 10", moment)] == ["10:00"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "?",
        "9:30",
        "took 2 at 9",
        "my number is 555-0142",
        "i owe $425",
        "bp 150/95",
        "i am 45 years old",
        "every night at 8",
        "thanks so much",
        "me tomé 3 pastillas",
        "m pran 2 grenn",
    ],
)
def test_a_text_without_a_wished_day_has_no_windows(body: str) -> None:
    assert read_windows(body, datetime(2026, 12, 4, 9, 37, tzinfo=ZoneInfo(ZONE)), ZONE) == ((), ())


HOSTILE = [
    "monday " * 230,
    "not " * 400,
    "9 to " * 320,
    "1," * 800,
    "12/9 " * 320,
    "between monday and " * 85,
    "a week from " * 133,
    "mon-" * 400,
    "after " * 270,
    "?" * 1600,
    "é" * 1600,
    "la semana que " * 115,
    "move my tues to " * 100,
    "\x00\u202e\U0001f600" * 500,
]


@pytest.mark.parametrize("body", HOSTILE, ids=[body[:12] for body in HOSTILE])
def test_a_hostile_text_is_read_in_bounded_work(body: str) -> None:
    moment = datetime(2026, 12, 4, 9, 37, tzinfo=ZoneInfo(ZONE))
    started = process_time()
    windows, excluded = read_windows(body, moment, ZONE)
    assert len(windows) <= 60
    assert len(excluded) <= 60
    assert process_time() - started < 0.5  # 0.02 on a quiet machine; a quadratic step takes seconds
