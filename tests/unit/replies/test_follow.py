"""What goes out later in an emergency: true, with the first reply's numbers, never on a watched phone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from itertools import combinations

import pytest

from smsbot.clinic import load_clinic
from smsbot.domain import Flag
from smsbot.handlers.crisis import crisis_key
from smsbot.replies import follow_key, follow_up, load_wording, segments
from smsbot.replies.follow import FOLLOW_KEYS
from smsbot.replies.segments import is_gsm

CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)
DAY = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
NIGHT = datetime(2026, 12, 4, 22, tzinfo=CLINIC.zone)
NUMBERS = re.compile(r"1-800-222-1222|\b911\b|\b988\b")


def said(key: str, *languages: str, now: datetime = DAY) -> str:
    return follow_up(WORDING, key, languages, CLINIC, now=now)


@pytest.mark.parametrize(
    ("flags", "numbers"),
    [
        ((Flag.SUICIDE,), {"911", "988"}),
        ((Flag.SELF_HARM, Flag.BLEEDING), {"911", "988"}),
        ((Flag.CHEST_PAIN,), {"911"}),
        ((Flag.OVERDOSE,), {"911", "1-800-222-1222"}),
        ((Flag.OVERDOSE, Flag.SUICIDE), {"911", "988", "1-800-222-1222"}),
        ((Flag.HYPERTENSIVE_CRISIS,), {"911"}),
        ((), {"911", "988"}),
    ],
)
@pytest.mark.parametrize("language", ["en", "es", "ht", ""])
@pytest.mark.parametrize("now", [DAY, NIGHT])
def test_when_nobody_has_it_the_patient_is_told_whom_to_call_now(
    flags: tuple[Flag, ...], numbers: set[str], language: str, now: datetime
) -> None:
    key = follow_key(flags)
    assert key is not None
    text = said(key, *([language] if language else []), now=now)
    assert set(NUMBERS.findall(text)) == numbers
    assert is_gsm(text) and segments(text) <= (2 if language else 3)


def test_danger_from_others_is_followed_by_nothing() -> None:
    assert follow_key((Flag.DANGER_FROM_OTHERS, Flag.SUICIDE)) is None


def test_the_numbers_are_those_of_the_first_reply_for_every_three_flags() -> None:
    for count in range(4):
        for flags in combinations(Flag, count):
            first = crisis_key(frozenset(flags)).removeprefix("crisis.")
            assert follow_key(flags) == (None if first == "private" else f"follow.nobody_{first}"), flags


def test_flags_as_they_stand_in_the_database_will_do() -> None:
    assert follow_key([Flag(str(Flag.SUICIDE))]) == "follow.nobody_lifeline"


def test_somebody_has_it_is_said_in_one_segment_without_a_time_or_a_promise() -> None:
    assert (
        said("follow.taken", "en") == "A team member has your message. In an emergency do not wait: call 911."
    )
    for language in CLINIC.languages:
        assert segments(said("follow.taken", language)) == 1
    assert segments(said("follow.taken")) <= 2


def test_at_night_without_cover_it_is_said_that_nobody_reads() -> None:
    assert "No one reads texts at this hour." in said("follow.nobody_medical", "en", now=NIGHT)
    covered = follow_up(
        WORDING, "follow.nobody_medical", ("en",), replace(CLINIC, night_cover=True), now=NIGHT
    )
    assert "No one reads" not in covered and "No one reads" not in said("follow.nobody_medical", "en")


def test_a_key_not_known_names_both_numbers_and_an_unknown_language_gets_all() -> None:
    assert set(NUMBERS.findall(said("follow.nonsense", "en"))) == {"911", "988"}
    assert said("follow.nobody_medical", "fr").count("\n") == 2


def test_none_of_them_promises_or_names_a_finding() -> None:
    for key in FOLLOW_KEYS:
        for language in (*CLINIC.languages, ""):
            text = said(key, *([language] if language else []), now=NIGHT)
            assert not re.search(r"will (call|read|answer)|soon|police|suicid|polic|lapolis", text, re.I)
