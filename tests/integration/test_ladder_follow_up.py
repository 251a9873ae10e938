"""What the patient of an emergency is told later: that a person has it, or that nobody has yet."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from smsbot.domain import Consent, Flag, SenderKind, Silence, Urgency
from smsbot.escalation import note_acted
from smsbot.escalation.follow_up import FollowUp
from smsbot.models import ConsentEntry, Contact, Dispatch, DispatchState, Message, new_id
from smsbot.outbox import REPLY_TOO_OLD
from smsbot.receipts.texts import record_receipt
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import World
from tests.texts import WALT

EMERGENCY, URGENT = Urgency.EMERGENCY, Urgency.URGENT


def say(key: str, contact: Contact, flags: tuple[Flag, ...]) -> str:
    return f"{key} {' '.join(flags)}".strip()


@pytest.fixture
def world(wiring: Wiring) -> World:
    """A clinic whose nurse is on call, on a Monday morning, that has words for what comes later."""
    made = World(wiring, words="")
    made.ladder.follow_up = FollowUp("all", say)
    return made


def told(world: World) -> list[str]:
    """What the patient was texted later, in order."""
    return [one.body for one in world.sent if one.route == "rest" and one.recipient == WALT]


def change_contact(world: World, **values: object) -> None:
    with world.db.writing() as session:
        contact = session.scalars(select(Contact)).one()
        for name, value in values.items():
            setattr(contact, name, value)


def follow_ups(world: World) -> list[Dispatch]:
    with world.db.reading() as session:
        query = select(Dispatch).where(Dispatch.owed.startswith("follow:")).order_by(Dispatch.created_at)
        return list(session.scalars(query))


@pytest.mark.parametrize("by", ["inbox", "link"])
def test_the_patient_hears_that_somebody_has_it(world: World, by: str) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.round()
    world.take("nurse", by)
    world.round()
    assert told(world) == ["follow.taken suicide"]


@pytest.mark.parametrize("by", ["text", "call"])
def test_half_asleep_is_not_having_it(world: World, by: str) -> None:
    world.text(EMERGENCY)
    world.take("nurse", by)
    world.round()
    assert told(world) == []
    world.open("nurse")
    world.round()
    assert told(world) == ["follow.taken"]


def test_it_is_said_once_for_a_case(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.take("nurse")
    world.take("prescriber")
    world.open("prescriber")
    world.text(EMERGENCY, Flag.SUICIDE)
    world.round()
    world.open("prescriber")
    world.round()
    world.pass_on("prescriber")
    world.take("admin")
    world.round()
    assert told(world) == ["follow.taken suicide"]


def test_the_text_is_kept_as_ours_with_its_key(world: World) -> None:
    world.text(EMERGENCY)
    world.take("nurse")
    with world.db.reading() as session:
        message = session.scalars(select(Message).where(Message.direction == "out")).one()
        dispatch = session.scalars(select(Dispatch).where(Dispatch.message_id == message.id)).one()
    assert (message.author, message.reply_keys, message.case_id) == ("bot", ["follow.taken"], world.case.id)
    assert (dispatch.purpose, dispatch.route, dispatch.recipient) == ("reply", "rest", WALT)
    assert dispatch.urgency_rank == EMERGENCY.rank


def test_when_nobody_has_it_after_the_first_step_the_patient_hears_so_once(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.OVERDOSE)
    world.round()
    world.pass_time(time, 0.5)
    assert told(world) == []
    world.pass_time(time, 0.5)
    assert told(world) == ["follow.nobody overdose"]
    world.pass_time(time, 40, every=1)
    assert told(world) == ["follow.nobody overdose"]
    world.take("nurse")
    world.round()
    assert told(world) == ["follow.nobody overdose", "follow.taken overdose"]


def test_what_was_not_sent_yet_is_not_once_it_is_taken(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.round()
    time.forward(minutes=1)
    world.rounds.go()  # owed, and not yet sent
    assert [one.state for one in follow_ups(world)] == [DispatchState.PENDING]
    world.take("nurse", "text")
    world.round()
    assert told(world) == []
    assert [one.state for one in follow_ups(world)] == [DispatchState.CANCELLED]


def test_an_alert_of_the_owner_alone_says_nothing_of_nobody(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.take("nurse")
    world.round()
    world.text(EMERGENCY, Flag.SUICIDE)
    world.pass_time(time, 10)
    assert told(world) == ["follow.taken suicide"]


def test_what_is_no_emergency_is_not_followed_up(world: World, time: Clock) -> None:
    world.text(URGENT, Flag.PSYCHOSIS)
    world.pass_time(time, 60, every=5)
    world.take("nurse")
    world.round()
    assert told(world) == []


def test_a_further_text_of_an_emergency_that_is_none_is_not_followed_up(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("nurse")
    world.round()
    nurse = world.person("nurse").id
    world.act(lambda session, case: note_acted(session, case, nurse, "note", "rang them"))
    world.act(lambda session, case: world.ladder.renew(session, case, URGENT))
    world.pass_time(time, 90, every=1)
    assert told(world) == ["follow.taken"]


@pytest.mark.parametrize(
    "values",
    [
        {"consent": Consent.OPTED_OUT},
        {"silence": Silence.PRIVATE},
        {"kind": SenderKind.SHORT_CODE},
        {"kind": SenderKind.ALPHANUMERIC},
        {"kind": "drill"},
    ],
)
def test_nothing_is_said_to_who_must_not_be_texted(
    world: World, time: Clock, values: dict[str, object]
) -> None:
    world.text(EMERGENCY)
    change_contact(world, **values)
    world.pass_time(time, 5)
    world.take("nurse")
    world.round()
    assert follow_ups(world) == []


@pytest.mark.parametrize("flags", [(Flag.DANGER_FROM_OTHERS,), (Flag.SUICIDE, Flag.DANGER_FROM_OTHERS)])
def test_nothing_is_said_where_somebody_may_read_along(
    world: World, time: Clock, flags: tuple[Flag, ...]
) -> None:
    world.text(EMERGENCY, *flags)
    world.pass_time(time, 5)
    world.take("nurse")
    world.round()
    assert follow_ups(world) == []


def test_nothing_is_said_once_a_person_has_written(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.act(lambda session, case: session.add(_written(case, "a staff id", time.at)))
    world.pass_time(time, 2)
    world.take("nurse")
    world.round()
    assert follow_ups(world) == []


def _written(case: object, author: str, at: datetime) -> Message:
    message = Message(
        id=new_id(),
        contact_id=case.contact_id,  # type: ignore[attr-defined]
        case_id=case.id,  # type: ignore[attr-defined]
        direction="out",
        author=author,
        created_at=at,
    )
    message.body = "I am calling you now."
    return message


def test_an_automatic_reply_is_no_person(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.act(lambda session, case: session.add(_written(case, "bot", time.at)))
    world.take("nurse")
    world.round()
    assert told(world) == ["follow.taken"]


def test_a_silent_pilot_says_nothing(world: World, time: Clock) -> None:
    world.ladder.follow_up = FollowUp("off", say)
    world.text(EMERGENCY)
    world.pass_time(time, 5)
    world.take("nurse")
    assert follow_ups(world) == []


@pytest.mark.parametrize("replies", ["crisis", "all"])
def test_a_clinic_that_answers_emergencies_follows_them_up(world: World, replies: str) -> None:
    world.ladder.follow_up = FollowUp(replies, say)
    world.text(EMERGENCY)
    world.take("nurse")
    assert len(follow_ups(world)) == 1


def test_without_words_nothing_is_owed(world: World, time: Clock) -> None:
    world.ladder.follow_up = FollowUp("all", lambda key, contact, flags: "")
    world.text(EMERGENCY)
    world.pass_time(time, 5)
    world.take("nurse")
    assert follow_ups(world) == []


def test_where_our_texts_do_not_arrive_no_more_are_sent(world: World, time: Clock) -> None:
    world.refusals[("rest", WALT)] = "30006"
    world.text(EMERGENCY)
    world.pass_time(time, 30)
    assert world.case.reply_lost == "30006"
    world.take("nurse")
    world.round()
    assert [one.error for one in follow_ups(world)] == ["30006"]


def test_one_that_is_hours_old_is_not_sent(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("nurse")
    time.forward(seconds=REPLY_TOO_OLD.total_seconds() + 1)
    world.round()
    assert told(world) == []


def test_a_refusal_teaches_us_of_a_stop(world: World, time: Clock) -> None:
    world.refusals[("rest", WALT)] = "21610"
    world.text(EMERGENCY)
    world.take("nurse")
    world.round()
    with world.db.reading() as session:
        contact = session.scalars(select(Contact)).one()
        line = session.scalars(select(ConsentEntry)).one()
    assert (contact.consent, contact.consent_at) == (Consent.OPTED_OUT, time.at)
    assert (line.kind, line.change, line.source) == ("texts", "stop", "provider")
    assert world.case.reply_lost == "21610"


def test_a_refusal_that_comes_after_a_start_does_not(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("nurse")
    world.round()
    time.forward(minutes=1)
    change_contact(world, consent=Consent.OPTED_IN, consent_at=time.at)
    refused = follow_ups(world)[0].provider_id or ""
    record_receipt(world.db, refused, "undelivered", "21610", None, world.on_failed)
    with world.db.reading() as session:
        assert session.scalars(select(Contact)).one().consent == Consent.OPTED_IN
