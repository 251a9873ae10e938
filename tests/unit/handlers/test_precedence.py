"""Opt-out, then emergency, then nuisance: whatever the situation. And every reply fits its segments."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from smsbot.clinic import load_clinic
from smsbot.domain import (
    Consent,
    ConsentChange,
    EarlierReply,
    Flag,
    Intent,
    OpenCase,
    Silence,
    Situation,
    Triage,
    Urgency,
    Window,
)
from smsbot.handlers import ReplyPolicy
from smsbot.handlers.limits import BETWEEN
from smsbot.replies import load_wording, render, segments
from smsbot.replies.situations import most_segments
from tests.unit.handlers.parts import CLOSED, EMERGENCY, NOW, OPEN, after, keys

CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)
HOUR = timedelta(hours=1)
FULL = ["crisis.lifeline", "crisis.medical", "crisis.both", "crisis.unsure", "crisis.overdose"]
KEYS = [*FULL, "crisis_short.both", "received.neutral", "ask.times", "consent.help", "answer.bot"]
BODIES = ["some words", "is this a real person?", "STOP", "cancel", "👍", "no more reminders please",
          "don't text me here, my husband reads it", "Automatic reply: away"]  # fmt: skip

replies = some.lists(
    some.builds(
        EarlierReply,
        at=some.integers(0, 7200).map(lambda second: NOW - timedelta(seconds=second)),
        keys=some.lists(some.sampled_from(KEYS), min_size=1, max_size=2, unique=True).map(tuple),
        case_id=some.sampled_from(["case", "other", None]),
    ),
    max_size=8,
).map(lambda found: tuple(sorted(found, key=lambda one: one.at)))
cases = some.none() | some.builds(
    OpenCase,
    id=some.just("case"),
    urgency=some.sampled_from(Urgency),
    intents=some.just(()),
    flags=some.sampled_from([(), (Flag.SUICIDE,), (Flag.DANGER_FROM_OTHERS,)]),
    is_taken=some.booleans(),
    asked=some.sampled_from([None, "times"]),
)
situations = some.builds(
    Situation,
    now=some.just(NOW),
    consent=some.sampled_from(Consent),
    open_case=cases,
    recent_case=cases,
    office=some.sampled_from([OPEN, CLOSED]),
    replies=replies,
    sent=some.sampled_from([(), ("some words",), ("We got your message.",)]),
    staff_wrote_at=some.sampled_from([None, NOW - timedelta(minutes=5), NOW - timedelta(hours=2)]),
    silence=some.none() | some.sampled_from(Silence),
    was_told=some.booleans(),
    has_list=some.booleans(),
    patients=some.integers(0, 2),
    question=some.sampled_from([None, "times"]),
)
triages = some.builds(
    Triage,
    urgency=some.sampled_from(Urgency),
    intents=some.lists(some.sampled_from(Intent), min_size=1, max_size=3, unique=True).map(tuple),
    flags=some.lists(some.sampled_from(Flag), max_size=2, unique=True).map(tuple),
    confidence=some.sampled_from([0.4, 0.9]),
    medications=some.sampled_from([(), ("escitalopram",)]),
    windows=some.sampled_from([(), (Window("2026-12-08T12:00", "2026-12-08T17:00"),)]),
)
policies = some.builds(
    ReplyPolicy,
    replies=some.sampled_from(["all", "crisis", "off"]),
    opt_out_replies=some.sampled_from(["provider", "ours"]),
    names_topic=some.booleans(),
)
a_text = given(triages, situations, some.sampled_from(BODIES), policies)
often = settings(max_examples=150, deadline=None, derandomize=True)


@often
@a_text
def test_an_opted_out_number_gets_nothing_but_its_welcome_back(
    triage: Triage, situation: Situation, body: str, policy: ReplyPolicy
) -> None:
    outcome = after(triage, situation, body, policy)
    if situation.consent is Consent.OPTED_OUT and outcome.consent is not ConsentChange.START:
        assert outcome.replies == ()
    if Silence.PRIVATE in (situation.silence, outcome.silence):
        assert outcome.replies == ()


@often
@a_text
def test_an_emergency_is_answered_within_its_limits_whatever_the_nuisance_rules_say(
    triage: Triage, situation: Situation, body: str, policy: ReplyPolicy
) -> None:
    outcome = after(triage, situation, body, policy)
    told = [key for key in keys(outcome) if key.startswith("crisis")]
    case = situation.open_case or situation.recent_case
    watched = case is not None and Flag.DANGER_FROM_OTHERS in case.flags
    refused = (
        situation.consent is Consent.OPTED_OUT
        or Silence.PRIVATE in (situation.silence, outcome.silence)
        or watched
        or outcome.consent is not None
        or policy.replies == "off"
        or body == situation.last_reply
    )
    recent = [
        NOW - one.at
        for one in situation.replies
        if any(key in FULL + ["crisis_short.both"] for key in one.keys)
    ]
    limited = any(age < BETWEEN for age in recent) or sum(age < HOUR for age in recent) >= 3
    if outcome.urgency is EMERGENCY and not refused and not limited:
        assert len(told) == 1
    if limited and told:  # only what is a new danger to this case is said all the same
        assert told[0].startswith("crisis.")
    assert len(told) <= 1


@often
@a_text
def test_there_are_never_more_than_three_other_replies_an_hour_and_one_question(
    triage: Triage, situation: Situation, body: str, policy: ReplyPolicy
) -> None:
    outcome = after(triage, situation, body, policy)
    sent = keys(outcome)
    if sum(NOW - one.at < HOUR for one in situation.replies) >= 3:
        assert all(key.startswith("crisis") or key == "answer.bot" for key in sent)
    questions = [key for key in sent if key.startswith("ask.")]
    assert len(questions) <= 1
    assert (outcome.asks is not None) is bool(questions)
    if situation.open_case is not None and (situation.open_case.asked or situation.open_case.is_taken):
        assert not questions
    if outcome.urgency.rank > Urgency.ROUTINE.rank:
        assert not questions
    assert (
        outcome.urgency.rank >= triage.urgency.rank
        or body.startswith("Automatic")
        or body == situation.last_reply
    )


@often
@given(triages, situations, some.sampled_from(BODIES), some.sampled_from(["en", "es", "ht", ""]))
def test_every_reply_that_leaves_fits_its_segments(
    triage: Triage, situation: Situation, body: str, language: str
) -> None:
    outcome = after(triage, situation, body)
    languages = (language,) if language else ()
    text = render(WORDING, outcome.replies, languages, CLINIC.office_at(NOW), CLINIC, now=NOW)
    assert segments(text) <= most_segments(outcome.replies)
    assert bool(text) is bool(outcome.replies)
