"""Every text a patient can get: true about time and team, short, silent about what others must not see."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from functools import cache

import pytest
from opening_hours import OpeningHours

from smsbot.clinic import Clinic, load_clinic
from smsbot.domain import Reply
from smsbot.replies import load_wording, preview, render, segments
from smsbot.replies.facts import spoken_phone
from smsbot.replies.reading import Shown
from smsbot.replies.segments import is_gsm
from smsbot.replies.situations import SITUATIONS, most_segments

CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)
DAY, NIGHT = "2026-12-02T10:00", "2026-12-04T18:00"
RECEIVED = (Reply("received.neutral", times=True),)


@cache
def every_text() -> tuple[Shown, ...]:
    """Every text of every situation, of a clinic with night cover and of one without."""
    covered = replace(CLINIC, night_cover=True)
    return (*preview(covered, WORDING), *preview(CLINIC, WORDING))


def said(
    replies: tuple[Reply, ...],
    at: str = DAY,
    languages: tuple[str, ...] = ("en",),
    clinic: Clinic = CLINIC,
    team_alerted: bool = False,
) -> str:
    now = datetime.fromisoformat(at).replace(tzinfo=clinic.zone)
    office = clinic.office_at(now)
    return render(WORDING, replies, languages, office, clinic, now=now, team_alerted=team_alerted)


@pytest.mark.parametrize(
    ("at", "language", "sentence"),
    [
        ("2026-12-02T10:00", "en", "We read texts today until 5 PM."),
        ("2026-12-02T07:00", "en", "We read texts today from 9 AM."),
        ("2026-12-04T18:00", "en", "We read texts from Monday 9 AM."),
        ("2026-11-25T18:00", "en", "We read texts from Friday 9 AM."),  # Thanksgiving is told
        ("2026-10-31T12:00", "en", "We read texts from Monday 9 AM."),  # the clocks go back in between
        ("2027-03-13T12:00", "en", "We read texts from Monday 9 AM."),  # and forward
        ("2026-12-02T10:00", "es", "Hoy leemos mensajes hasta las 5 PM."),
        ("2026-12-04T18:00", "es", "Leemos mensajes desde el lunes a las 9 AM."),
        ("2026-12-01T18:00", "es", "Leemos mensajes desde el miércoles a las 9 AM."),
        ("2026-12-02T07:00", "ht", "Jodi a nou li mesaj apati 9 AM."),
        ("2026-12-04T18:00", "ht", "Nou li mesaj apati lendi a 9 AM."),
    ],
)
def test_the_time_is_when_the_office_reads_texts(at: str, language: str, sentence: str) -> None:
    assert sentence in said(RECEIVED, at, (language,))


def test_a_day_more_than_a_week_away_is_a_date() -> None:
    away = replace(CLINIC, calendar=_calendar("Dec 14-31 Mo 13:30-17:00"))
    assert "We read texts from December 14, 1:30 PM." in said(RECEIVED, "2026-12-02T10:00", clinic=away)
    assert "desde el 14 de diciembre a la 1:30 PM." in said(RECEIVED, "2026-12-02T10:00", ("es",), away)


def test_an_opening_on_the_same_weekday_next_week_is_a_date() -> None:
    weekly = replace(CLINIC, calendar=_calendar("We 09:00-17:00"))
    assert "from December 9, 9 AM" in said(RECEIVED, "2026-12-02T18:00", clinic=weekly)


def test_a_saturday_in_spanish_is_told_in_the_cheap_alphabet() -> None:
    saturdays = replace(CLINIC, calendar=_calendar("Sa 09:00-13:00"))
    text = said(
        SITUATIONS["an appointment asked for, moved or dropped"], "2026-12-04T18:00", ("es",), saturdays
    )
    assert "el 5 de diciembre a las 9 AM" in text and is_gsm(text)
    assert "el sábado a las 9 AM" in said(RECEIVED[:1], "2026-12-04T18:00", ("es",), saturdays) or is_gsm(
        text
    )


def test_no_time_is_said_when_the_clinic_does_not_want_it_or_it_is_not_known() -> None:
    quiet = replace(CLINIC, say_when_read=False)
    assert said(RECEIVED, DAY, clinic=quiet) == "We got your message."
    always = replace(CLINIC, calendar=_calendar("24/7"))
    assert said(RECEIVED, DAY, clinic=always) == "We got your message."
    assert "No one reads texts" in said(RECEIVED, NIGHT, clinic=quiet)
    assert "No one reads texts" not in said(RECEIVED, NIGHT, clinic=replace(quiet, night_cover=True))


def test_no_reply_promises_that_this_text_will_be_read_or_answered() -> None:
    for situation, _, _, text, _ in every_text():
        assert not re.search(
            r"will (read|answer|call|reply|get back|see)|soon|shortly|pronto|byento", text
        ), situation


SAYS_911 = ("crisis.", "crisis_short.", "answer.", "notice.", "also.emergency")


def test_daytime_replies_to_routine_matters_name_no_crisis_line() -> None:
    routine = {
        name: replies
        for name, replies in SITUATIONS.items()
        if not any(one.key.startswith(SAYS_911) for one in replies)
    }
    assert len(routine) > 15
    for situation, replies in routine.items():
        for language in (*CLINIC.languages, ""):
            text = said(replies, DAY, (language,) if language else ())
            assert "911" not in text and "988" not in text, situation


def test_after_hours_every_answer_to_a_matter_names_911() -> None:
    for situation, replies in SITUATIONS.items():
        if any(one.key.startswith("received.") for one in replies):
            assert "911" in said(replies, NIGHT), situation


def test_several_matters_get_one_text_that_fits_them_all() -> None:
    both = (*RECEIVED, Reply("received.appointment", times=True), Reply("also.not_booked"))
    assert said(both) == (
        "We got your whole message. We read texts today until 5 PM. "
        "Nothing is booked or changed until we confirm."
    )


def test_emergency_words_stand_alone() -> None:
    text = said((*RECEIVED, Reply("crisis.medical"), Reply("also.not_booked")), NIGHT)
    assert "booked" not in text and "We read texts" not in text and text.count("911") == 1


@pytest.mark.parametrize(
    ("at", "night_cover", "alerted", "says"),
    [
        (DAY, False, True, "We are alerting our team now."),
        (DAY, False, False, "Do not wait for a text from us."),
        (NIGHT, True, True, "We are alerting our team now."),
        (NIGHT, True, False, "Do not wait for a text from us."),
        (NIGHT, False, True, "No one reads texts at this hour."),
        (NIGHT, False, False, "No one reads texts at this hour."),
    ],
)
def test_what_is_said_of_the_team_is_true(at: str, night_cover: bool, alerted: bool, says: str) -> None:
    clinic = replace(CLINIC, night_cover=night_cover)
    text = said((Reply("crisis.medical"),), at, clinic=clinic, team_alerted=alerted)
    assert text.endswith(says) or says in text
    assert ("alerting" in text) == (says.startswith("We are"))


@pytest.mark.parametrize("language", ["en", "es", "ht", ""])
@pytest.mark.parametrize("alerted", [True, False])
def test_a_phone_that_may_be_watched_shows_nothing_but_the_receipt(language: str, alerted: bool) -> None:
    text = said((Reply("crisis.private"),), NIGHT, (language,) if language else (), team_alerted=alerted)
    wanted = ["We got your message.", "Recibimos su mensaje.", "Nou resevwa mesaj ou a."]
    assert text in ([*wanted] if language else ["\n".join(wanted)])


def test_an_unknown_language_gets_all_of_the_clinics_a_line_each() -> None:
    text = said(RECEIVED, DAY, ())
    assert [line.split(".")[0] for line in text.splitlines()] == [
        "We got your message",
        "Recibimos su mensaje",
        "Nou resevwa mesaj ou a",
    ]
    assert said(RECEIVED, DAY, ("fr",)) == text
    assert said(RECEIVED, DAY, (), replace(CLINIC, languages=("en",))) == said(RECEIVED, DAY, ("en",))


def test_a_text_that_could_not_be_read_is_answered_in_plain_words_with_911() -> None:
    assert said((Reply("unread"),)) == (
        "We got your message. We read texts today until 5 PM. If this is an emergency, call 911."
    )
    assert said((Reply("no such key"),)) == "We got your message."
    assert said(()) == ""


def test_every_reply_there_is_keeps_to_its_segments_and_has_nothing_unfilled() -> None:
    assert len(every_text()) > 1000
    for situation, _, language, text, count in every_text():
        assert text and count == segments(text), situation
        urgent = situation.startswith("crisis") or "person" in situation
        assert count <= (3 if urgent else 2), (situation, language, text)
        assert "{" not in text and "  " not in text


ONE_SEGMENT = {
    "an appointment asked for, moved or dropped",
    "a question about an appointment",
    "medication, a symptom, anything unclear",
    "the same, urgent",
    "a refill, no name",
    "a refill, no pharmacy",
    "office matters",
    "several matters",
    "a number not on the list",
    *(f"crisis again: {kind}" for kind in ("lifeline", "medical", "overdose", "neutral")),
    "crisis, later: somebody has taken it",
}


def test_what_is_said_most_takes_one_segment_in_one_language() -> None:
    counts = [
        (one.situation, one.language, one.segments)
        for one in preview(CLINIC, WORDING)
        if one.language != "all" and one.situation in ONE_SEGMENT and one.state == "open"
    ]
    assert {name for name, _, _ in counts} == ONE_SEGMENT
    assert [count for count in counts if count[2] != 1] == []


FORBIDDEN = (
    r"medic|clinic|clínic|klinik|psych|psiq|sikyat|ketamin|infus|depress|depres|therap|terap|doctor|dokt|"
    r"nurse|enfermer|enfim|prescri|recet|refill|pill|pastil|grenn|dose|dosis|drug|delray|integrative|"
    r"suicid|swisid|overdose|sobredosis|police|polic|lapolis|patient|pacient|pasyan|symptom|diagnos|treat"
)


def test_no_reply_names_the_kind_of_clinic_a_finding_or_a_drug() -> None:
    for situation, _, language, text, _ in every_text():
        found = re.search(FORBIDDEN, text.casefold())
        assert found is None, (situation, language, found)


def test_crisis_replies_take_three_segments_at_most_and_others_two() -> None:
    assert most_segments((Reply("crisis.all"),)) == 3
    assert most_segments(RECEIVED) == 2


def test_the_office_phone_is_written_as_people_write_it() -> None:
    assert spoken_phone("+15615550100") == "(561) 555-0100"
    assert spoken_phone("+50928123456").startswith("+509 ")


def _calendar(hours: str) -> OpeningHours:
    return OpeningHours(hours, auto_country=False, auto_timezone=False)
