"""A clinic whose ladder is real and whose provider is a list: what left, when, for whom, by which route."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, or_, select

from smsbot import clock
from smsbot.db import Database
from smsbot.domain import Flag, Inbound, Intent, Outcome, Situation, Triage, Urgency
from smsbot.escalation import Dispatching, Ladder, Rounds, not_reached
from smsbot.intake.cases import Cases
from smsbot.intake.decision import Decision
from smsbot.intake.writing import Writing
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Event, Staff, new_id
from smsbot.outbox import Outbox
from smsbot.routes import Letter, Posted, RouteError
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.texts import WALT, inbound

ALL = {"nurse", "prescriber", "desk", "admin"}  # the sample staff, as `World.told` names them
_DUE = (DispatchState.PENDING, DispatchState.UNKNOWN, DispatchState.SENDING)


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that left."""

    route: str
    recipient: str
    dispatch_id: str
    body: str
    at: datetime


class Way:
    """A route that keeps what it sends; it refuses what the world says it refuses."""

    def __init__(self, name: str, world: World) -> None:
        self.name, self.world = name, world

    def send(self, letter: Letter) -> Posted:
        """Note the letter as sent, or raise as the world wants it."""
        self.world.asked += 1
        if self.name in self.world.down:
            raise RouteError("503", is_retryable=True)
        code = self.world.refusals.get((self.name, letter.recipient))
        if code is not None:
            raise RouteError(code, is_retryable=False)
        sent = Sent(self.name, letter.recipient, letter.dispatch_id, letter.body, clock.now())
        self.world.sent.append(sent)
        self.world.on_sent(sent)
        return Posted(f"SM{new_id()}", "queued")

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Nothing is ever found: what left was marked."""
        return None


class NoKick:
    """Without RQ: rounds alone deliver."""

    def kick(self, owed: object) -> None:
        """Nothing."""


class World:
    """The real intake, ladder, outbox and rounds of one home; triage and provider are stand-ins."""

    def __init__(
        self, parts: Wiring, words: str = "We have your text.", routes: Sequence[str] = ("sms", "call")
    ) -> None:
        """`parts` gives the home, the clinic and the database; patients are answered with `words`."""
        self.parts, self.db, self.clinic = parts, parts.db, parts.clinic
        without_waiting_for_the_disk(parts.db)
        self.sent: list[Sent] = []
        self.refusals: dict[tuple[str, str], str] = {}  # by route and recipient: the code of the refusal
        self.down: set[str] = set()  # routes whose provider is ill
        self.asked = 0  # how often any of them was
        self.on_sent: Callable[[Sent], object] = lambda sent: None
        self._said = said(Urgency.NONE)
        ways = {name: Way(name, self) for name in routes}
        limit = parts.clinic.ladder.texts_an_hour
        dispatching = Dispatching(parts.settings.public_url, parts.clinic.zone, limit, ways)
        self.ladder = Ladder(parts.clinic, dispatching)
        self.outbox = Outbox(self.db, {**ways, "rest": Way("rest", self)}, self.on_failed)
        self.rounds = Rounds(self.db, self.ladder)
        self.intake = replace(
            parts.intake,
            deciding=self._decide,
            writing=Writing(parts.clinic, Cases(parts.clinic, self.ladder), lambda *_: words, "/status"),
            kicker=NoKick(),
        )

    def on_failed(self, session: Any, dispatch: Dispatch) -> None:
        """What the wiring does about a failure."""
        not_reached(self.ladder, session, dispatch)

    def _decide(self, text: Inbound, situation: Situation) -> Decision:
        return self._said

    # What happens

    def text(self, urgency: Urgency, *flags: Flag, sender: str = WALT) -> None:
        """A patient's text that is read like this."""
        self._said = said(urgency, *flags)
        self.intake.receive(inbound("words", sender))

    def round(self) -> None:
        """What the sweep does in a cycle: climb, then deliver what is due."""
        self.rounds.go()
        self.deliver()

    def deliver(self) -> None:
        """Send what is due, and what follows from its failing."""
        while due := self._due():
            for dispatch_id in due:
                self.outbox.deliver(dispatch_id)

    def _due(self) -> list[str]:
        now = clock.now()
        is_free = or_(Dispatch.lease_until.is_(None), Dispatch.lease_until <= now)
        query = select(Dispatch.id).where(Dispatch.state.in_(_DUE), Dispatch.due_at <= now, is_free)
        with self.db.reading() as session:
            return list(session.scalars(query.order_by(Dispatch.urgency_rank.desc(), Dispatch.due_at)))

    def pass_time(self, time: Clock, minutes: float, every: float = 0.5) -> None:
        """Let time pass, with a round every so many minutes."""
        end = time.at + timedelta(minutes=minutes)
        while time.at < end:
            time.at = min(end, time.at + timedelta(minutes=every))
            self.round()

    def act(self, what: Callable[[Any, Case], object], case_id: str | None = None) -> None:
        """Something a person does to a case (the only one), in a transaction of its own."""
        with self.db.writing() as session:
            query = select(Case) if case_id is None else select(Case).where(Case.id == case_id)
            what(session, session.scalars(query.with_for_update()).one())

    def take(self, email: str, by: str = "inbox") -> None:
        """A person takes the only case."""
        staff_id = self.person(email).id
        self.act(lambda session, case: self.ladder.take(session, case, staff_id, by=by))

    def open(self, email: str) -> None:
        """A person has the only case on the screen."""
        staff_id = self.person(email).id
        self.act(lambda session, case: self.ladder.note_opened(session, case, staff_id))

    def pass_on(self, email: str) -> None:
        """A person passes the only case on."""
        staff_id = self.person(email).id
        self.act(lambda session, case: self.ladder.pass_on(session, case, staff_id))

    def disable(self, *emails: str) -> None:
        """These people are taken off the staff list."""
        with self.db.writing() as session:
            for email in emails:
                session.get_one(Staff, self.person(email).id).disabled_at = clock.now()

    # What is so

    @property
    def case(self) -> Case:
        """The only case."""
        with self.db.reading() as session:
            return session.scalars(select(Case)).one()

    @property
    def alert(self) -> Alert:
        """The only alert that has not ended."""
        with self.db.reading() as session:
            return session.scalars(select(Alert).where(Alert.state != AlertState.ENDED)).one()

    def person(self, email: str) -> Staff:
        """The staff member with this address, with or without its domain."""
        with self.db.reading() as session:
            return next(one for one in session.scalars(select(Staff)) if one.email.split("@")[0] == email)

    def told(self, since: int = 0) -> set[tuple[str, str]]:
        """Who was alerted by what, from the `since`th thing sent on: name of the address, and route."""
        with self.db.reading() as session:
            names = {one.phone: one.email.split("@")[0] for one in session.scalars(select(Staff))}
            alerts = set(session.scalars(select(Dispatch.id).where(Dispatch.purpose == "alert")))
        return {(names[one.recipient], one.route) for one in self.sent[since:] if one.dispatch_id in alerts}

    def events(self, kind: str) -> list[Event]:
        """The lines of the audit log of one kind, in their order."""
        with self.db.reading() as session:
            return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.at)))


def names(told: set[tuple[str, str]]) -> set[str]:
    """Who was alerted, by whatever route."""
    return {name for name, _ in told}


def without_waiting_for_the_disk(db: Database) -> None:
    """No power fails in these tests: SQLite need not flush every commit to the disk."""
    if db.is_sqlite:
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())


def said(urgency: Urgency, *flags: Flag) -> Decision:
    """What triage and handlers would have decided."""
    tells = urgency.rank >= Urgency.URGENT.rank
    intent = Intent.CRISIS if urgency is Urgency.EMERGENCY else Intent.SYMPTOM
    outcome = Outcome(urgency=urgency, opens_case=urgency is not Urgency.NONE, tells_staff=tells)
    return Decision(Triage(urgency=urgency, intents=(intent,), flags=flags), outcome)


def is_in_hand(case: Case) -> bool:
    """Whether a person has the case, saw it, and did something about it."""
    is_seen = case.owner_opened_at is not None and case.acted_at is not None
    return case.state == CaseState.RESOLVED or (case.state == CaseState.TAKEN and is_seen)
