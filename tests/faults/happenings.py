"""Everything that may happen to a case, as rules of a state machine. See test_ladder_machine.py."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from smsbot import clock, escalation, people
from smsbot.desk.reading import readings_of
from smsbot.desk.splitting import split
from smsbot.domain import Flag, Urgency
from smsbot.escalation import handing
from smsbot.escalation.follow_up import FollowUp
from smsbot.models import (
    Alert,
    AlertState,
    Base,
    Case,
    CaseState,
    Contact,
    Dispatch,
    Duty,
    Shift,
    Staff,
    new_id,
)
from smsbot.models.people import Role
from smsbot.receipts.calls import record_call_status
from smsbot.receipts.texts import record_receipt
from tests.conftest import Clock
from tests.faults import further
from tests.faults.climbing import Sent, World, is_in_hand

BEGINS = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)  # an hour before the office closes on a Monday
OWNER = -1  # whoever has the case
PATIENTS = ("+15615550110", "+15615550111")
ROLES = (Role.NURSE, Role.PRESCRIBER, Role.FRONT_DESK, Role.ADMINISTRATOR, Role.NURSE, Role.FRONT_DESK)
EMERGENCY = Urgency.EMERGENCY
TEXTS: tuple[tuple[Urgency, tuple[Flag, ...]], ...] = (
    (EMERGENCY, (Flag.SUICIDE,)),
    (EMERGENCY, (Flag.SUICIDE, Flag.HARM_TO_OTHERS)),
    (EMERGENCY, (Flag.CHEST_PAIN,)),
    (EMERGENCY, (Flag.OVERDOSE,)),
    (EMERGENCY, ()),
    (EMERGENCY, (Flag.SUICIDE, Flag.DANGER_FROM_OTHERS)),
    (Urgency.URGENT, (Flag.PSYCHOSIS,)),
    (Urgency.URGENT, ()),
    (Urgency.ROUTINE, ()),
    (Urgency.NONE, ()),
)
STATUSES = ("sent", "delivered", "undelivered", "failed")
REFUSALS = (None, "21610", "21211", "30003")
AT_THE_DESK = ("assign", "hand over", "hand over", "give back", "wait", "reopen", "split")
FURTHER = ((Urgency.URGENT, ()), (Urgency.ROUTINE, ()), (Urgency.ROUTINE, ()), (Urgency.NONE, ()))
_KEPT = ("stamps", "keys_in_use", "protocols", "alembic_version")

patients = st.sampled_from((PATIENTS[0], *PATIENTS))  # one of them more often
persons = st.integers(0, len(ROLES) - 1)
actors = st.sampled_from((OWNER, OWNER, 0, 1, 2, 3))


class Happenings(RuleBasedStateMachine):
    """One clinic: its patients text, its staff act or do not, its phones and its clock do what they like."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.time = Clock(BEGINS)
        self.ending = ExitStack()
        self.ending.enter_context(clock.stopped_at(self.time))
        self.wrongly_sent: list[Sent] = []
        self.unanswered: dict[str, Urgency] = {}  # of each case: what nobody has acted on, the most urgent
        self.world.ladder.follow_up = FollowUp("all", lambda key, contact, flags: key)
        self.world.sent.clear()
        self.world.refusals.clear()
        self.world.on_sent = self.check_sent
        self.staff_ids = self.begin()

    def begin(self) -> list[str]:
        """An empty clinic with four people, two of them on call."""
        with self.world.db.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in _KEPT:
                    session.execute(delete(table))
            return [self.add(session, number) for number in range(4)]

    def add(self, session: Session, number: int) -> str:
        person = people.add_staff(
            session,
            self.world.parts.vault,
            email=f"{number}@example.com",
            name=f"Person {number}",
            phone=f"+1561555016{number}",
            role=ROLES[number],
            is_on_call=number < 2,
        )
        return person.id

    def person(self, number: int) -> str:
        return self.staff_ids[number % len(self.staff_ids)]

    def check_sent(self, sent: Sent) -> None:
        with self.world.db.reading() as session:
            dispatch = session.get_one(Dispatch, sent.dispatch_id)
            alert = session.get(Alert, dispatch.alert_id) if dispatch.alert_id else None
            if dispatch.purpose == "alert" and (alert is None or alert.state != AlertState.CLIMBING):
                self.wrongly_sent.append(sent)
            if dispatch.owed.startswith("follow:") and not self.may_be_told(session, dispatch):
                self.wrongly_sent.append(sent)

    def may_be_told(self, session: Session, dispatch: Dispatch) -> bool:
        """Whether what the patient is told later is true, and may be said to them."""
        case = session.get_one(Case, dispatch.case_id)
        is_watched = Flag.DANGER_FROM_OTHERS in case.flags
        is_true = case.state == CaseState.OPEN or not dispatch.owed.endswith(":nobody")
        return is_true and not is_watched and not case.reply_lost

    # What may happen

    @initialize(said=st.sampled_from(TEXTS[:6]))
    def an_emergency(self, said: tuple[Urgency, tuple[Flag, ...]]) -> None:
        self.hears(PATIENTS[0], said)
        self.world.round()

    @rule(patient=patients, said=st.sampled_from(TEXTS))
    def text(self, patient: str, said: tuple[Urgency, tuple[Flag, ...]]) -> None:
        self.hears(patient, said)

    @rule(patient=patients, said=st.sampled_from(FURTHER))
    def answer_and_further_text(self, patient: str, said: tuple[Urgency, tuple[Flag, ...]]) -> None:
        """Somebody has the case and does something about it; then comes one more text, a thank-you too."""
        self.take(patient, 2, "inbox")
        self.noted(patient, OWNER)
        self.hears(patient, said)

    def hears(self, patient: str, said: tuple[Urgency, tuple[Flag, ...]]) -> None:
        case = further.text(self.world, said[0], *said[1], sender=patient)
        if case is not None and said[0] is not Urgency.NONE:
            self.unanswered[case.id] = Urgency.highest(said[0], self.unanswered.get(case.id, said[0]))

    @rule(patient=patients, person=actors, by=st.sampled_from(("text", "call")))
    def take_by_phone(self, patient: str, person: int, by: str) -> None:
        self.take(patient, person, by)

    @rule(patient=patients, person=actors, by=st.sampled_from(("inbox", "link")))
    def take_at_the_screen(self, patient: str, person: int, by: str) -> None:
        self.take(patient, person, by)

    def take(self, patient: str, person: int, by: str) -> None:
        def taken(session: Session, case: Case, staff_id: str) -> None:
            is_others = case.state == CaseState.TAKEN and case.owner_id != staff_id
            if by in ("text", "call") and is_others and not escalation.is_climbing(session, case.id):
                return  # they are told that somebody has it
            version = case.version
            self.world.ladder.take(session, case, staff_id, by=by)
            if case.version != version:  # who has it now answers for all of it
                self.unanswered[case.id] = Urgency(case.urgency)

        self.act(patient, person, taken)

    @rule(patient=patients, person=actors)
    def open(self, patient: str, person: int) -> None:
        self.act(patient, person, self.world.ladder.note_opened, even_resolved=True)

    @rule(patient=patients, person=actors)
    def note(self, patient: str, person: int) -> None:
        self.noted(patient, person)

    def noted(self, patient: str, person: int) -> None:
        def noted(session: Session, case: Case, staff_id: str) -> None:
            escalation.note_acted(session, case, staff_id, "note", "rang")
            if case.state == CaseState.TAKEN and case.owner_id == staff_id:
                self.unanswered.pop(case.id, None)

        self.act(patient, person, noted, even_resolved=True)

    @rule(patient=patients, person=actors)
    def pass_on(self, patient: str, person: int) -> None:
        def passed_on(session: Session, case: Case, staff_id: str) -> None:
            had_owner = case.owner_id
            self.world.ladder.pass_on(session, case, staff_id)
            if had_owner is not None and case.owner_id is None:
                self.unanswered[case.id] = Urgency(case.urgency)

        self.act(patient, person, passed_on)

    @rule(patient=patients, person=actors)
    def resolve(self, patient: str, person: int) -> None:
        def resolved(session: Session, case: Case, staff_id: str) -> None:
            escalation.resolve(session, case, staff_id, None)
            self.unanswered.pop(case.id, None)

        self.act(patient, person, resolved)

    @rule(patient=patients, person=actors, to=persons, what=st.sampled_from(AT_THE_DESK))
    def at_the_desk(self, patient: str, person: int, to: int, what: str) -> None:
        self.time.forward(seconds=1)  # no two cases of a patient begin at the same moment
        if what == "hand over":  # what is in good hands goes into others
            self.take(patient, 2, "inbox")
            self.noted(patient, OWNER)
        if what in ("assign", "hand over"):
            self.act(patient, person, lambda session, case, by: self.assigned(session, case, by, to))
        elif what == "split":
            self.act(patient, person, self.split_off)
        elif what == "reopen":
            self.act(patient, person, self.reopened, even_resolved=True)
        else:
            self.act(patient, person, self.set_waiting if what == "wait" else self.given_back)

    def assigned(self, session: Session, case: Case, by: str, to: int) -> None:
        one, version = session.get_one(Staff, self.person(to)), case.version
        if one.disabled_at is None:
            handing.assign(self.world.ladder, session, case, one, session.get_one(Staff, by), "link")
        if case.version != version:
            self.unanswered[case.id] = Urgency(case.urgency)

    def given_back(self, session: Session, case: Case, staff_id: str) -> None:
        handing.hand_back(self.world.ladder, session, case, staff_id)
        if case.owner_id is None and case.state == CaseState.OPEN:
            self.unanswered[case.id] = Urgency(case.urgency)

    def set_waiting(self, session: Session, case: Case, staff_id: str) -> None:
        if case.urgency != EMERGENCY:
            handing.set_waiting(session, case, staff_id)
            self.unanswered.pop(case.id, None)

    def reopened(self, session: Session, case: Case, staff_id: str) -> None:
        if case.state == CaseState.RESOLVED:
            handing.reopen(self.world.ladder, session, case, staff_id)
            self.unanswered[case.id] = Urgency(case.urgency)

    def split_off(self, session: Session, case: Case, staff_id: str) -> None:
        readings = readings_of(session, case)
        if len(readings) > 1:
            new, _ = split(self.world.ladder, session, case, readings[-1].message.id, staff_id)
            self.unanswered[new.id] = Urgency(new.urgency)

    @rule(data=st.data(), what=st.sampled_from(("receipt", "receipt", "phone", "leave", "come", "shift")))
    def circumstances(self, data: st.DataObject, what: str) -> None:
        person = data.draw(persons)
        if what == "receipt":
            self.receipt(data.draw(st.integers(0, 9)), data.draw(st.sampled_from(STATUSES)))
        elif what == "phone":
            route = data.draw(st.sampled_from(("sms", "call", "rest")))
            self.phone(person, route, data.draw(st.sampled_from(REFUSALS)))
        elif what == "shift":
            self.shift(person, data.draw(st.sampled_from(Duty)), data.draw(st.sampled_from((1, 8, 24))))
        else:
            (self.staff_leave if what == "leave" else self.staff_come)(person)

    @rule()
    def deliver(self) -> None:
        self.world.deliver()

    def receipt(self, which: int, status: str) -> None:
        sent = self.world.sent[-10:]
        if not sent:
            return
        with self.world.db.reading() as session:
            dispatch = session.get_one(Dispatch, sent[which % len(sent)].dispatch_id)
        provider_id, failed = dispatch.provider_id or "", self.world.on_failed
        if dispatch.route == "call":
            ending = {"sent": "ringing", "delivered": "completed", "undelivered": "no-answer"}
            record_call_status(
                self.world.db, dispatch.id, provider_id, ending.get(status, status), on_call_ended=failed
            )
        else:
            record_receipt(self.world.db, provider_id, status, "30003", dispatch.id, failed)

    def phone(self, person: int, route: str, code: str | None) -> None:
        number = PATIENTS[person % 2] if route == "rest" else f"+1561555016{person}"
        self.world.refusals[(route, number)] = code or ""
        if code is None:
            del self.world.refusals[(route, number)]

    @rule(minutes=st.sampled_from((0.5, 1, 2, 3, 5, 10, 31, 61)))
    def time_passes(self, minutes: float) -> None:
        self.time.forward(minutes=minutes)
        self.round_that_moves()

    @rule(hours=st.sampled_from((5, 9, 24, 72)))
    def machine_was_off(self, hours: int) -> None:
        self.time.forward(hours=hours)
        self.round_that_moves()

    def staff_leave(self, person: int) -> None:
        with self.world.db.writing() as session:
            people.disable(session, session.get_one(Staff, self.person(person)))
        self.world.round()

    def staff_come(self, person: int) -> None:
        with self.world.db.writing() as session:
            if person >= len(self.staff_ids):
                self.staff_ids.append(self.add(session, len(self.staff_ids)))
            session.get_one(Staff, self.person(person)).disabled_at = None

    def shift(self, person: int, duty: Duty, hours: int) -> None:
        now = self.time()
        shift = Shift(
            id=new_id(), staff_id=self.person(person), duty=duty, source="swap", created_at=now,
            starts_at=now, ends_at=now + timedelta(hours=hours),
        )  # fmt: skip
        with self.world.db.writing() as session:
            session.add(shift)

    def round_that_moves(self) -> None:
        """A round, after which nothing that was due still is, and nothing has leapt."""
        before = {alert.id: alert for _, alerts in self.cases() for alert in alerts}
        self.world.rounds.go()
        after = {alert.id: alert for _, alerts in self.cases() for alert in alerts}
        for alert_id, alert in after.items():
            assert alert.next_at is None or alert.next_at > self.time(), "still due after its round"
            was = before.get(alert_id)
            assert was is None or alert.step - was.step <= 1, "several steps at once"
        self.world.deliver()

    # What is so

    def cases(self) -> list[tuple[Case, list[Alert]]]:
        """All cases, each with its alerts that stand."""
        with self.world.db.reading() as session:
            alerts = list(session.scalars(select(Alert).where(Alert.state != AlertState.ENDED)))
            return [
                (case, [a for a in alerts if a.case_id == case.id]) for case in session.scalars(select(Case))
            ]

    def is_in_good_hands(self, case: Case) -> bool:
        with self.world.db.reading() as session:
            owner = session.get(Staff, case.owner_id) if case.owner_id else None
        is_here = owner is not None and owner.disabled_at is None
        return is_in_hand(case) and (case.state == CaseState.RESOLVED or is_here)

    def act(
        self,
        patient: str,
        person: int,
        what: Callable[[Session, Case, str], object],
        even_resolved: bool = False,
    ) -> None:
        """Somebody does this to the patient's newest case; one who is disabled cannot."""
        index = self.world.parts.vault.blind_index("number", patient)
        query = select(Case).join(Contact, Contact.id == Case.contact_id).where(Contact.number_index == index)
        with self.world.db.writing() as session:
            case = session.scalars(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(1)).first()
            if case is None or (case.state == CaseState.RESOLVED and not even_resolved):
                return
            owner_id = case.owner_id if person == OWNER else None
            staff = session.get_one(Staff, owner_id or self.person(max(person, 0)))
            if staff.disabled_at is None:
                what(session, case, staff.id)
