"""A person says what a text should have been read as: the case follows, and an example is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.cli.corrections import corrections
from smsbot.desk import CannotAct, NotYours
from smsbot.desk.correcting import correct, labels_of
from smsbot.domain import Flag, Urgency
from smsbot.escalation import handing
from smsbot.evaluation.examples import read_examples
from smsbot.models import Alert, AlertState, Case, CaseState, Correction, Event, Message
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import World
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY, URGENT, ROUTINE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE


def corrected(world: World, urgency: Urgency, *flags: Flag, who: str = "nurse", place: int = -1) -> None:
    """This person corrects a text of the only case, the last one unless told otherwise."""
    person = world.person(who)

    def act(session: Session, case: Case) -> None:
        texts = session.scalars(select(Message).where(Message.direction == "in").order_by(Message.id)).all()
        labels = labels_of(urgency, ["symptom"], flags)
        correct(world.ladder, session, case, texts[place].id, person, labels)

    world.act(act)


def standing(world: World) -> list[Alert]:
    with world.db.reading() as session:
        return list(session.scalars(select(Alert).where(Alert.state != AlertState.ENDED)))


def told(world: World, since: int = 0) -> set[str]:
    return {name for name, _ in world.told(since)}


@pytest.mark.parametrize("who", ["nurse", "desk"])
def test_an_upward_correction_raises_the_case_and_alerts_at_once(world: World, who: str) -> None:
    world.text(ROUTINE)
    corrected(world, EMERGENCY, Flag.CHEST_PAIN, who=who)
    world.round()
    case = world.case
    assert (case.urgency, case.flags, case.intents) == ("emergency", ["chest_pain"], ["symptom", "crisis"])
    assert world.alert.reason == "risen" and told(world)


def test_a_case_that_waits_is_woken_by_a_correction(world: World) -> None:
    world.text(ROUTINE)
    nurse = world.person("nurse").id
    world.act(lambda session, case: handing.set_waiting(session, case, nurse))
    corrected(world, URGENT, Flag.PSYCHOSIS)
    assert (world.case.state, world.alert.state) == (CaseState.TAKEN, AlertState.CLIMBING)


def test_a_downward_correction_lowers_the_case_and_ends_its_alert(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.CHEST_PAIN)
    world.round()
    corrected(world, ROUTINE)
    assert (world.case.urgency, world.case.flags, standing(world)) == ("routine", [], [])
    assert world.case.look_by > time.at
    before = len(world.sent)
    world.pass_time(time, 120, every=5)
    assert told(world, before) == set()


def test_an_emergency_that_is_urgent_after_all_is_pursued_as_that(world: World) -> None:
    world.text(EMERGENCY)
    world.round()
    corrected(world, URGENT)
    assert (world.case.urgency, world.alert.urgency, world.alert.state) == ("urgent", "urgent", "climbing")


def test_a_case_falls_no_lower_than_its_other_texts(world: World) -> None:
    world.text(EMERGENCY)
    world.text(EMERGENCY)
    corrected(world, ROUTINE)
    assert (world.case.urgency, world.alert.state) == ("emergency", AlertState.CLIMBING)


def test_the_front_desk_cannot_say_that_a_text_is_no_emergency(world: World) -> None:
    world.text(EMERGENCY)
    with pytest.raises(NotYours):
        corrected(world, ROUTINE, who="desk")
    assert world.case.urgency == "emergency"


def test_the_alert_about_a_reply_that_was_lost_outlives_the_fall(world: World) -> None:
    world.text(EMERGENCY)
    world.round()
    world.act(lambda session, case: world.ladder.alert(session, case, "reply_lost"))
    corrected(world, ROUTINE)
    assert (world.alert.reason, world.alert.urgency) == ("reply_lost", "routine")


def test_a_resolved_emergency_of_before_does_not_come_back_by_putting_a_label_right(
    world: World, time: Clock
) -> None:
    from smsbot.escalation import resolve

    nurse = world.person("nurse").id
    world.text(EMERGENCY, Flag.CHEST_PAIN)
    world.act(lambda session, case: resolve(session, case, nurse, None, reason="reached"))
    time.forward(hours=1)
    world.text(ROUTINE)
    corrected(world, ROUTINE)
    assert (world.case.urgency, world.case.flags, standing(world)) == ("routine", [], [])


def test_labels_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(CannotAct, match="at least emergency"):
        labels_of("routine", ["symptom"], ["suicide"])
    with pytest.raises(CannotAct):
        labels_of("routine", ["crisis"], [])
    assert "crisis" in labels_of("emergency", [], []).intents


def test_the_form_keeps_what_was_chosen_when_it_is_refused(browser: Browser, wiring: Wiring) -> None:
    wiring.intake.receive(inbound("can I come in on Tuesday"))
    with wiring.db.reading() as session:
        code = session.scalars(select(Case.code)).one()
        message_id = session.scalars(select(Message.id).where(Message.direction == "in")).one()
    browser.sign_in()
    path = f"/cases/{code}/messages/{message_id}/correct"
    assert path in browser.get(f"/cases/{code}").text
    again = browser.submit(path, path, urgency="routine", intent="symptom", flag="suicide")
    assert again.status_code == 422 and "at least emergency" in again.text
    assert 'value="suicide" checked' in again.text
    assert browser.submit(path, path, urgency="emergency", flag="suicide").status_code == 303
    with wiring.db.reading() as session:
        kept = session.scalars(select(Correction)).one()
        assert (kept.was["urgency"], kept.urgency) == ("routine", "emergency")
        assert session.scalars(select(Event).where(Event.kind == "triage_corrected")).one().staff_id


def test_the_export_is_read_as_a_corpus_and_says_that_it_is_plain_text(
    world: World, wiring: Wiring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, time: Clock
) -> None:
    monkeypatch.setattr("smsbot.wiring.build", lambda: wiring)
    wiring.intake.receive(inbound("mwen santi kè mwen sere"))
    corrected(world, URGENT)
    corrected(world, EMERGENCY, Flag.CHEST_PAIN)
    run = CliRunner().invoke(corrections, ["export"])
    assert run.exit_code == 0, run.output
    assert "patients' own words" in run.stderr
    file = tmp_path / "clinic.jsonl"
    file.write_text(run.stdout, encoding="utf-8")
    (example,) = read_examples([file])  # of two corrections the newest
    assert (example.body, example.urgency) == ("mwen santi kè mwen sere", EMERGENCY)
    assert example.flags == {Flag.CHEST_PAIN}
    assert set(json.loads(run.stdout)["flags"]) <= set(json.loads(run.stdout)["flags_allowed"])
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "texts_read")).one()
        assert len(event.details["message_ids"]) == 1
    assert CliRunner().invoke(corrections, ["export", "--since", "2026-12-01"]).stdout == ""
