"""A week at a clinic: who is on duty, who texts, and what each of the staff does when an alert reaches them.

What somebody does is drawn from who they are, the case, the step and the route, never from the order in
which things happened to be sent: the same seed is the same week.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import func, select

from smsbot import people
from smsbot.domain import Flag, Urgency
from smsbot.escalation import note_acted, resolve
from smsbot.models import (
    Alert,
    AlertState,
    Case,
    CaseState,
    Contact,
    Dispatch,
    DispatchState,
    Duty,
    Shift,
    Staff,
    new_id,
)
from smsbot.models.people import Role
from smsbot.receipts.calls import find_call, press_key, record_call_status
from smsbot.receipts.texts import record_receipt
from tests.conftest import Clock
from tests.faults import further
from tests.faults.climbing import Sent, World
from tests.texts import inbound

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DANGERS = (Flag.SUICIDE, Flag.OVERDOSE, Flag.CHEST_PAIN, Flag.HARM_TO_OTHERS, Flag.BREATHING)
URGENT_FLAGS = (Flag.PSYCHOSIS, Flag.OUT_OF_MEDICATION, Flag.DOSE_ERROR, Flag.RASH)


@dataclass(frozen=True, slots=True)
class Character:
    """How somebody is: chances. `act`: properly, decline, half asleep, forget; they sum to one."""

    name: str
    role: Role
    reads_by_day: float
    reads_by_night: float
    wakes: float  # by one call
    act: tuple[float, float, float, float]
    phone_is_dead: tuple[int, ...] = ()  # on these days of the week


CAST = (
    Character("nadia", Role.NURSE, 0.9, 0.2, 0.6, (0.6, 0.1, 0.2, 0.1)),
    Character("norma", Role.NURSE, 0.8, 0.1, 0.4, (0.5, 0.2, 0.2, 0.1), phone_is_dead=(1, 4)),
    Character("paul", Role.PRESCRIBER, 0.5, 0.1, 0.5, (0.5, 0.3, 0.1, 0.1)),
    Character("fern", Role.FRONT_DESK, 0.9, 0.0, 0.1, (0.1, 0.7, 0.1, 0.1)),
    Character("ada", Role.ADMINISTRATOR, 0.6, 0.1, 0.3, (0.7, 0.1, 0.1, 0.1)),
    Character("dora", Role.FRONT_DESK, 0.9, 0.0, 0.0, (0.0, 1.0, 0.0, 0.0), phone_is_dead=tuple(range(9))),
)
ON_CALL = ("nadia", "norma", None, "nadia", "norma", "paul", "fern")  # by day of the week; on one: nobody
BACKUP = ("paul", "paul", "ada", None, "ada", "nadia", "dora")


class Week:
    """The week as it goes on: arrivals and reactions are moments to come; rounds lie between them."""

    def __init__(self, world: World, time: Clock, cases: int, seed: int) -> None:
        self.world, self.time, self.seed, self.begins = world, time, seed, time.at
        self.to_come: list[tuple[datetime, int, Callable[[], object]]] = []
        self.count = itertools.count()
        self.patient_of: dict[str, str] = {}
        self.character = self._hire()
        self._roster()
        self._arrivals(cases)
        world.on_sent = self._arrived

    def at(self, moment: datetime, what: Callable[[], object]) -> None:
        """This will happen then."""
        heapq.heappush(self.to_come, (moment, next(self.count), what))

    def after(self, dice: Random, least: timedelta, most: timedelta, what: Callable[[], object]) -> None:
        """This will happen some time from now."""
        self.at(self.time() + least + (most - least) * dice.random(), what)

    def live(self, until: datetime) -> None:
        """Let everything happen until then."""
        while (moment := self._next()) <= until:
            self.time.at = max(self.time.at, moment)
            while self.to_come and self.to_come[0][0] <= self.time.at:
                heapq.heappop(self.to_come)[2]()
            self.world.round()
        self.time.at = until
        self.world.round()

    def _next(self) -> datetime:
        with self.world.db.reading() as session:
            steps = select(func.min(Alert.next_at)).where(Alert.state != AlertState.ENDED)
            due = select(func.min(Dispatch.due_at)).where(Dispatch.state == DispatchState.PENDING)
            moments = [session.scalar(steps), session.scalar(due)]
        moments += [self.to_come[0][0] if self.to_come else None, self.time() + HOUR / 2]
        return min(moment for moment in moments if moment is not None)

    # Who there is

    def _hire(self) -> dict[str, Character]:
        hired = {}
        with self.world.db.writing() as session:
            for number, one in enumerate(CAST):
                staff = people.add_staff(
                    session, self.world.parts.vault, email=f"{one.name}@clinic.example.com",
                    name=one.name.title(), phone=f"+1561555017{number}", role=one.role, is_on_call=False,
                )  # fmt: skip
                hired[staff.id] = one
            for other in session.scalars(select(Staff).where(Staff.id.not_in(hired))):
                other.disabled_at = self.begins
        return hired

    def _roster(self) -> None:
        ids = {one.name: staff_id for staff_id, one in self.character.items()}
        with self.world.db.writing() as session:
            for duty, names in ((Duty.ON_CALL, ON_CALL), (Duty.BACKUP, BACKUP)):
                for day, name in enumerate(names * 2):
                    if name is not None:
                        starts = self.begins + timedelta(days=day)
                        session.add(
                            Shift(
                                id=new_id(),
                                staff_id=ids[name],
                                duty=duty,
                                source="swap",
                                starts_at=starts,
                                ends_at=starts + timedelta(days=1),
                                created_at=self.begins,
                            )  # fmt: skip
                        )

    # Who texts

    def _arrivals(self, cases: int) -> None:
        dice = Random(self.seed)
        for number in range(cases):
            moment = self.begins + timedelta(days=7) * dice.random()
            patient = f"+1{220 + number // 100}55501{number % 100:02d}"
            urgency = dice.choices((Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE), (6, 3, 1))[0]
            flags = DANGERS if urgency is Urgency.EMERGENCY else URGENT_FLAGS
            for _ in range(dice.choice((1, 1, 1, 2, 3))):
                flag = () if urgency is Urgency.ROUTINE else (dice.choice(flags),)
                self.at(moment, lambda said=(urgency, flag, patient): self._text(*said))
                moment += 20 * MINUTE * dice.random()
            said = dice.choice((Urgency.NONE, Urgency.NONE, Urgency.ROUTINE, Urgency.URGENT, None))
            if said is not None:  # thanks, or one more thing, while somebody has the case or had it
                moment += HOUR + 5 * HOUR * dice.random()
                self.at(moment, lambda said=(said, (), patient): self._text(*said))

    def _text(self, urgency: Urgency, flags: tuple[Flag, ...], patient: str) -> None:
        further.text(self.world, urgency, *flags, sender=patient)
        index = self.world.parts.vault.blind_index("number", patient)
        with self.world.db.reading() as session:
            query = select(Case.id).join(Contact, Contact.id == Case.contact_id)
            for case_id in session.scalars(query.where(Contact.number_index == index)):
                self.patient_of[case_id] = patient

    # What reaches whom, and what they do

    def _arrived(self, sent: Sent) -> None:
        with self.world.db.reading() as session:
            dispatch = session.get_one(Dispatch, sent.dispatch_id)
        if dispatch.purpose != "alert":
            return
        one = self.character[dispatch.staff_id or ""]
        step, route = dispatch.owed.split(":")[2], dispatch.route
        patient = self.patient_of.get(dispatch.case_id or "", "")
        dice = Random(f"{self.seed} {one.name} {patient} {step} {route} {self.time():%j%H%M}")
        day = (self.time() - self.begins).days
        if day in one.phone_is_dead:
            self.after(dice, 5 * SECOND, 25 * SECOND, lambda: self._lost(sent))
            return
        is_day = 8 <= self.world.clinic.local(self.time()).hour < 22
        chance = one.wakes + 0.3 * is_day if route == "call" else one.reads_by_day
        if route != "call" and not is_day:
            chance = one.reads_by_night
        if dice.random() >= chance:
            self.after(dice, 20 * SECOND, 40 * SECOND, lambda: self._unanswered(sent))
            return
        how = dice.choices(("properly", "decline", "half asleep", "forget"), one.act)[0]
        least, most = (8 * SECOND, 40 * SECOND) if route == "call" else (20 * SECOND, 6 * MINUTE)
        self.after(dice, least, most, lambda: self._react(sent, dice, how))

    def _lost(self, sent: Sent) -> None:
        dispatch = self._dispatch(sent)
        provider_id, failed = dispatch.provider_id or "", self.world.on_failed
        if sent.route == "call":
            record_call_status(self.world.db, dispatch.id, provider_id, "failed", on_call_ended=failed)
        else:
            record_receipt(self.world.db, provider_id, "undelivered", "30003", None, failed)

    def _unanswered(self, sent: Sent) -> None:
        dispatch = self._dispatch(sent)
        provider_id, failed = dispatch.provider_id or "", self.world.on_failed
        if sent.route == "call":
            record_call_status(self.world.db, dispatch.id, provider_id, "no-answer", on_call_ended=failed)
        else:
            record_receipt(self.world.db, provider_id, "delivered", None, None, failed)

    def _react(self, sent: Sent, dice: Random, how: str) -> None:
        dispatch = self._dispatch(sent)
        staff_id, case_id = dispatch.staff_id or "", dispatch.case_id or ""
        if sent.route == "call":
            self._press(dispatch, "2" if how == "decline" else "1")
        elif how in ("decline", "half asleep"):
            self._text_back(dispatch, "2" if how == "decline" else "1")
        else:
            self._take_at_the_screen(case_id, staff_id)
        if how in ("properly", "forget"):
            self.after(dice, 30 * SECOND, 4 * MINUTE, lambda: self._open(case_id, staff_id))
        if how == "properly":
            self.after(dice, 5 * MINUTE, 20 * MINUTE, lambda: self._note(case_id, staff_id))
            self.after(dice, 25 * MINUTE, 5 * HOUR, lambda: self._resolve(case_id, staff_id))

    def _press(self, dispatch: Dispatch, key: str) -> None:
        ladder = self.world.ladder
        with self.world.db.writing() as session:
            call = find_call(session, dispatch.id, lock=True)
            assert call is not None
            case = session.get_one(Case, call.case_id)
            press_key(
                session, call, case, call.provider_id or "", key,
                lambda session, case, staff_id: ladder.take(session, case, staff_id, by="call"),
                ladder.pass_on,
            )  # fmt: skip

    def _text_back(self, dispatch: Dispatch, digit: str) -> None:
        with self.world.db.reading() as session:
            phone = session.get_one(Staff, dispatch.staff_id).phone
            code = session.get_one(Case, dispatch.case_id).code
        self.world.intake.receive(inbound(f"{digit} {code}", phone))

    def _take_at_the_screen(self, case_id: str, staff_id: str) -> None:
        with self.world.db.writing() as session:
            case = session.get_one(Case, case_id, with_for_update=True)
            self.world.ladder.note_opened(session, case, staff_id)
            if case.state == CaseState.OPEN:
                self.world.ladder.take(session, case, staff_id, by="link")

    def _open(self, case_id: str, staff_id: str) -> None:
        self.world.act(lambda session, case: self.world.ladder.note_opened(session, case, staff_id), case_id)

    def _note(self, case_id: str, staff_id: str) -> None:
        self.world.act(lambda session, case: note_acted(session, case, staff_id, "note", "rang"), case_id)

    def _resolve(self, case_id: str, staff_id: str) -> None:
        def done(session: object, case: Case) -> None:
            if case.state == CaseState.TAKEN and case.owner_id == staff_id:
                resolve(session, case, staff_id, None)  # type: ignore[arg-type]

        self.world.act(done, case_id)

    def _dispatch(self, sent: Sent) -> Dispatch:
        with self.world.db.reading() as session:
            return session.get_one(Dispatch, sent.dispatch_id)
