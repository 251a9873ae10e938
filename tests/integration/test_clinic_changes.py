"""Changes beside clinic.toml: the newest holds, everywhere, and what cannot be used harms nothing."""

from __future__ import annotations

import time as wall
from datetime import timedelta

import pytest
from sqlalchemy import delete, text

from smsbot import clock
from smsbot.clinic import ChangeError
from smsbot.clinic_changes import change, history
from smsbot.clinic_changes.living import Living
from smsbot.models import ClinicChange, Staff, new_id
from smsbot.wiring import Wiring


@pytest.fixture
def staff_id(wiring: Wiring) -> str:
    with wiring.db.reading() as session:
        return session.query(Staff.id).limit(1).scalar()  # type: ignore[return-value]


def make(wiring: Wiring, staff_id: str, name: str, value: object, note: str = "") -> None:
    with wiring.db.writing() as session:
        change(session, wiring.living.files, staff_id, name, value, note)
    wiring.living.refresh()


def closing(hours: float) -> dict[str, str]:
    now = clock.now()
    return {"from": now.isoformat(), "until": (now + timedelta(hours=hours)).isoformat()}


def test_the_newest_of_each_name_holds_and_nothing_is_back_to_the_file(wiring: Wiring, staff_id: str) -> None:
    for spans in ("Mo 09:00-10:00", "Tu 09:00-10:00"):  # within one moment of the stopped clock
        make(wiring, staff_id, "hours", {"hours": spans, "holidays": "none"})
    make(wiring, staff_id, "closed_until", closing(5))
    assert wiring.clinic.hours == "Tu 09:00-10:00"
    make(wiring, staff_id, "hours", None)
    assert wiring.clinic.hours == "Mo-Fr 09:00-17:00; PH off"
    assert wiring.clinic.closing is not None
    with wiring.db.reading() as session:
        lines = history(session, "hours")
    assert [line.holds for line in lines] == [True, False, False]


def test_the_same_again_is_no_change(wiring: Wiring, staff_id: str) -> None:
    make(wiring, staff_id, "replies", "crisis")
    make(wiring, staff_id, "replies", "crisis")
    with wiring.db.reading() as session:
        assert session.query(ClinicChange).count() == 1


def test_the_ladder_and_later_words_ask_at_the_time(wiring: Wiring, staff_id: str) -> None:
    assert wiring.ladder.clinic.replies == "all"
    make(wiring, staff_id, "closed_until", closing(5))
    assert not wiring.ladder.clinic.office_at(clock.now()).is_open
    assert not wiring.intake.clinic.office_at(clock.now()).is_open


def test_sentences_that_fit_alone_but_not_together_are_refused(wiring: Wiring, staff_id: str) -> None:
    long = "We got your message, and it is now with our office, where somebody is going to read it."
    with pytest.raises(ChangeError, match="segments"):
        for key in ("received.neutral", "also.not_booked", "ask.times"):
            make(wiring, staff_id, f"wording.en.{key}", long + " " + long)


def test_a_change_that_no_longer_fits_the_file_leaves_the_others(wiring: Wiring, staff_id: str) -> None:
    make(wiring, staff_id, "closed_until", closing(5))
    with wiring.db.writing() as session:
        for name, value in (("hours", {"hours": "?", "holidays": "US"}), ("wording.en.no.such", "x")):
            session.add(ClinicChange(id=new_id(), at=clock.now(), staff_id=staff_id, name=name, value=value))
    wiring.living.refresh()
    assert wiring.clinic.hours == "Mo-Fr 09:00-17:00; PH off"
    assert not wiring.clinic.office_at(clock.now()).is_open


def test_while_the_database_is_ill_what_was_known_holds(wiring: Wiring, staff_id: str) -> None:
    make(wiring, staff_id, "replies", "crisis")
    with wiring.db.writing() as session:
        session.execute(text("ALTER TABLE clinic_changes RENAME TO elsewhere"))
    wiring.living._fresh_until = 0.0
    assert wiring.clinic.replies == "crisis"
    with wiring.db.writing() as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO clinic_changes"))
        session.execute(delete(ClinicChange))
    wiring.living._fresh_until = 0.0
    assert wiring.clinic.replies == "all"


def test_a_database_that_hangs_is_not_waited_for(
    wiring: Wiring, staff_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsbot.clinic_changes.living.PATIENCE", 0.05)
    monkeypatch.setattr(Living, "_look", lambda self: wall.sleep(0.5))
    wiring.living._fresh_until = 0.0
    begun = wall.monotonic()
    for _ in range(3):  # the first waits a moment, the others not at all
        assert wiring.clinic.replies == "all"
    assert wall.monotonic() - begun < 0.3


def test_asking_costs_next_to_nothing(wiring: Wiring, staff_id: str) -> None:
    make(wiring, staff_id, "closed_until", closing(5))
    begun = wall.perf_counter()
    for _ in range(1000):
        _ = wiring.clinic.replies
    assert (wall.perf_counter() - begun) / 1000 < 0.0003
