"""Whatever is decided, wherever and whenever: within its segments, filled in, in the cheap alphabet."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours

from smsbot.clinic import Clinic, load_clinic
from smsbot.domain import Reply
from smsbot.replies import load_wording, may_carry_notice, render, segments
from smsbot.replies.facts import spoken_phone
from smsbot.replies.render import KEYS, most_segments
from smsbot.replies.segments import is_gsm
from smsbot.replies.situations import SITUATIONS

CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)
HOURS = [
    OpeningHours(hours, auto_country=False, auto_timezone=False)
    for hours in ("Mo-Fr 09:00-17:00", "Sa 09:00-12:30", "24/7", "We 22:00-24:00", "Sep 15 13:30-17:45")
]
CLINICS = st.builds(
    lambda calendar, cover, tells, phone: replace(
        CLINIC, calendar=calendar, night_cover=cover, say_when_read=tells, office_phone=phone
    ),
    st.sampled_from(HOURS),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["+15615550100", "+50928123456", "+4915112345678"]),
)
START = datetime(2026, 11, 1, tzinfo=CLINIC.zone)
MOMENTS = st.integers(0, 425 * 24 * 4).map(lambda quarters: START + timedelta(minutes=15 * quarters))
AHEAD = st.none() | st.integers(-600, 60 * 24 * 40).map(lambda minutes: timedelta(minutes=minutes))
LANGUAGES = st.lists(st.sampled_from(["en", "es", "ht", "fr"]), max_size=3, unique=True).map(tuple)


def said(
    replies: tuple[Reply, ...],
    languages: tuple[str, ...],
    clinic: Clinic,
    now: datetime,
    ahead: timedelta | None,
    alerted: bool,
) -> str:
    look_by = None if ahead is None else now + ahead
    office = clinic.office_at(now)
    return render(WORDING, replies, languages, office, clinic, now=now, team_alerted=alerted, look_by=look_by)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SITUATIONS)), LANGUAGES, CLINICS, MOMENTS, AHEAD, st.booleans())
def test_every_reply_is_whole_and_within_its_segments(
    situation: str,
    languages: tuple[str, ...],
    clinic: Clinic,
    now: datetime,
    ahead: timedelta | None,
    alerted: bool,
) -> None:
    replies = SITUATIONS[situation]
    text = said(replies, languages, clinic, now, ahead, alerted)
    assert text and segments(text) <= most_segments(replies), text
    assert not re.search(r"[{}]|  |\bNone\b", text), text
    assert is_gsm(text.replace("sábado", "")), text  # the one word that has no plain other one


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*sorted(KEYS), "unread", "no.such", "crisis.no_such", ""]), max_size=8),
    LANGUAGES,
    MOMENTS,
    st.booleans(),
)
def test_no_list_of_keys_raises_or_leaves_anything_unfilled(
    keys: list[str], languages: tuple[str, ...], now: datetime, alerted: bool
) -> None:
    replies = tuple(Reply(key, times=True) for key in keys)
    text = said(replies, languages, CLINIC, now, None, alerted)
    assert "{" not in text
    if "crisis.private" in keys:
        assert not re.search(r"\d", text)
    elif any(key.startswith("crisis") for key in keys):
        assert "911" in text


@pytest.mark.parametrize("key", ["crisis.no_such", "crisis_short.no_such"])
def test_a_crisis_key_not_known_still_names_both_numbers(key: str) -> None:
    now = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
    text = said((Reply(key),), ("en",), CLINIC, now, None, False)
    assert "911" in text and "988" in text


@pytest.mark.parametrize("key", ["crisis.private", "crisis_short.private"])
def test_a_watched_phone_shows_no_number_whatever_stands_beside(key: str) -> None:
    now = datetime(2026, 12, 2, 22, tzinfo=CLINIC.zone)
    replies = (Reply("answer.bot"), Reply(key), Reply("crisis.both"), Reply("notice.privacy"))
    assert said(replies, ("en",), CLINIC, now, None, True) == "We got your message."


@pytest.mark.parametrize(
    ("keys", "may"),
    [
        (("received.neutral",), True),
        (("received.unknown", "also.emergency"), True),
        (("received.appointment", "also.not_booked", "ask.times"), True),
        (("unread",), True),
        (("crisis.unsure",), False),
        (("crisis_short.medical",), False),
        (("consent.help", "received.neutral"), False),
        (("answer.bot",), False),
        ((), False),
    ],
)
@pytest.mark.parametrize("languages", [("en",), ("es",), ("ht",), ()])
def test_the_notice_goes_with_a_receipt_and_never_with_emergency_words(
    keys: tuple[str, ...], may: bool, languages: tuple[str, ...]
) -> None:
    replies = tuple(Reply(key) for key in keys)
    assert may_carry_notice(replies) is may
    now = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
    text = said((*replies, Reply("notice.privacy")), languages, CLINIC, now, None, False)
    told = re.search("not private|no son privados|no es privado|pa prive", text)
    if replies:
        assert bool(told) is may
    if told:
        assert text.count("911") == (len(languages) or 3)  # once in each: the notice says it


def test_at_first_contact_an_unknown_number_learns_of_nobody() -> None:
    now = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
    phone = spoken_phone(CLINIC.office_phone)
    assert said(SITUATIONS["a number not on the list, first text"], ("en",), CLINIC, now, None, False) == (
        f"We got your message. To talk with our office, please call {phone}. "
        "Texts are not private, and not for emergencies: for those, call 911."
    )


@pytest.mark.parametrize(
    ("language", "crisis", "says"),
    [
        ("en", "lifeline", ["call or text 988", "911"]),
        ("es", "lifeline", ["oprima 2", "AYUDA", "988", "911"]),
        ("ht", "lifeline", ["rele 988", "entèprèt kreyòl", "911"]),
        ("en", "overdose", ["911", "1-800-222-1222"]),
        ("en", "unsure", ["If this is an emergency, call 911", "call or text 988"]),
        ("es", "unsure", ["oprima 2", "AYUDA", "911"]),
        ("ht", "unsure", ["rele 988", "entèprèt kreyòl", "911"]),
    ],
)
@pytest.mark.parametrize("form", ["crisis", "crisis_short"])
def test_988_is_named_as_it_works_in_each_language(
    language: str, crisis: str, says: list[str], form: str
) -> None:
    now = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
    text = said((Reply(f"{form}.{crisis}"),), (language,), CLINIC, now, None, False)
    assert all(part in text for part in says), text
    assert "danger" not in text or crisis != "unsure"
    if language == "ht":
        assert "tèks" not in text and "voye" not in text  # by voice alone


def test_is_this_a_person_is_answered_with_the_truth() -> None:
    now = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
    text = said((Reply("answer.bot"),), ("en",), CLINIC, now, None, True)
    assert text.startswith("This is an automatic reply, not a person.") and "988" in text and "911" in text
    night = said((Reply("answer.bot"),), ("en",), CLINIC, now.replace(hour=22), None, True)
    assert "No one reads texts at this hour." in night and "alerting" not in night


def test_a_further_emergency_text_gets_a_short_reply_that_claims_no_alert() -> None:
    now = datetime(2026, 12, 2, 10, tzinfo=CLINIC.zone)
    text = said((Reply("crisis_short.medical"),), ("en",), CLINIC, now, None, True)
    assert text == "We got your message. If this is an emergency, call 911 now."
