"""The ladder at work: an alert begins, climbs step by step, and goes on until a person has the case.

Every step is a due row: `alerts.next_at`. A taken alert keeps one too, as long as taking it may still prove
empty: held by a text or a call until the case was opened, and until a reply, a note or a resolution follows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic, LadderRule, Rung
from smsbot.clinic.ladder import OWNER_ALONE
from smsbot.domain import Flag, Urgency
from smsbot.escalation import taking, waiting
from smsbot.escalation.dispatching import Dispatching
from smsbot.escalation.follow_up import FollowUp, Say
from smsbot.escalation.people import Roster
from smsbot.escalation.waiting import NEARLY_OVERDUE
from smsbot.escalation.words import taken_words
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, Staff, new_id
from smsbot.models.people import Role

RENEWED_AFTER = timedelta(minutes=3)  # of a last step that told everybody: what comes sooner is one with it
_MOST_AT_ONCE = 200

log = structlog.get_logger()


class Ladder:
    """How this clinic alerts. Every method works in the caller's transaction."""

    def __init__(self, clinic: Clinic, dispatching: Dispatching, say: Say | None = None) -> None:
        """`dispatching` makes what leaves; `say` gives the words of what patients are told later."""
        self.clinic = clinic
        self.dispatching = dispatching
        self.follow_up = FollowUp(lambda: clinic.replies, say)

    def alert(
        self,
        session: Session,
        case: Case,
        reason: str,
        *,
        to_owner: bool = False,
        urgency: Urgency | None = None,
    ) -> list[Dispatch]:
        """Start an alert for a case; gives the dispatches that it owes at once. Ends one that stood before.

        `to_owner`: the case's owner has a few minutes alone before anybody else is told. `urgency`: of what
        waits, where that is less than the case. One that climbs already, as urgent and told to no fewer, goes
        on where it is: begun anew with each text that comes, it would never climb.
        """
        case.acted_at = None  # whatever was done, was done before this
        climbing = taking.climbing(session, case.id)
        if climbing and climbing.urgency == case.urgency and (to_owner or not climbing.to_owner):
            if reason != "reply_lost" or climbing.reason == reason:
                return self._widen(session, case, climbing)
            climbing.reason = reason  # whoever is told from now on must know that a text does not reach them
            return self.climb(session, case, climbing)
        taking.end_alerts(session, case.id)
        now = clock.now()
        alert = Alert(
            id=new_id(),
            case_id=case.id,
            state=AlertState.CLIMBING,
            urgency=urgency or case.urgency,
            step=0,
            reason=reason,
            to_owner=to_owner and case.owner_id is not None,
            passed_by=[],
            created_at=now,
        )
        alert.next_at = self.due_at(case, alert)
        self._put_off_look(case, alert)
        session.add(alert)
        session.flush()
        audit.record(
            session, "alert_started", case_id=case.id, alert_id=alert.id, reason=reason, urgency=alert.urgency
        )
        return self.climb(session, case, alert) if alert.next_at <= now else []

    def further(self, session: Session, case: Case, urgency: Urgency | None = None) -> list[Dispatch]:
        """A further text of a case that nobody has: one with its alert, unless it cannot wait as long.

        `urgency` is that of the text; None: it may be as urgent as the case.
        """
        alert = taking.climbing(session, case.id)
        if alert is None:
            return self.alert(session, case, "unattended")
        if Urgency(alert.urgency).rank < Urgency(urgency or case.urgency).rank:
            return self.alert(session, case, "again", urgency=urgency)
        if self._is_renewed_by(case, alert, urgency):
            return self.climb(session, case, alert)
        if alert.step > 0 or alert.next_at is None:
            return self._widen(session, case, alert)
        alert.next_at = min(alert.next_at, self.due_at(case, alert))
        self._put_off_look(case, alert)
        return self.climb(session, case, alert) if alert.next_at <= clock.now() else []

    def _is_renewed_by(self, case: Case, alert: Alert, urgency: Urgency | None) -> bool:
        """Whether a further emergency text tells everybody again: all were told, and it was minutes ago."""
        if urgency is not Urgency.EMERGENCY or alert.step == 0 or self.has_higher(case, alert):
            return False
        gap = self._due(case, alert, alert.step) - self._due(case, alert, alert.step - 1)
        return alert.next_at is not None and clock.now() >= alert.next_at - gap + RENEWED_AFTER

    def renew(self, session: Session, case: Case, urgency: Urgency) -> list[Dispatch]:
        """A further text, routine or urgent, of a taken case waits with its owner. See `waiting`."""
        now = clock.now()
        times = waiting.times_of(self.clinic, self.rule_at(case, urgency, now), urgency, now)
        pressing = waiting.renew(session, case, urgency, times)
        return [] if pressing is None else self.alert(session, case, "again", to_owner=True, urgency=pressing)

    def climb(self, session: Session, case: Case, alert: Alert) -> list[Dispatch]:
        """Do the step that is due and say when the next one is."""
        now, rung = clock.now(), self._rung(case, alert)
        whom = (*rung.tell, *(["owner"] if case.state == CaseState.TAKEN else []))
        # When all have been told and nobody came, those who passed it on are asked again.
        passed_by = alert.passed_by if self.has_higher(case, alert) else []
        told = self.roster(session, now).told(whom, case.owner_id, passed_by)
        owed = [
            dispatch
            for person in told
            for dispatch in self.dispatching.tell(session, case, alert, person, rung.by)
        ]
        audit.record(
            session, "alert_step", case_id=case.id, alert_id=alert.id, step=alert.step, told=len(told)
        )
        if not told:
            audit.record(session, "nobody_to_alert", case_id=case.id, alert_id=alert.id)
            log.error("nobody_to_alert", case_id=case.id, alert_id=alert.id)
        self.follow_up.nobody(session, case, alert)
        alert.step += 1
        # A step that came late is not followed at once by all the others that are late: the new ones come
        # twice as fast, the last one again and again at its own pace. Nor does one that came early, because
        # nobody could be reached or somebody passed it on, leave a hole until the next one's own time.
        gap = self._due(case, alert, alert.step) - self._due(case, alert, alert.step - 1)
        least = now + (gap / 2 if self.has_higher(case, alert) else gap)
        alert.next_at = max(self.due_at(case, alert), least)
        alert.next_at = min(alert.next_at, now + gap)
        return owed

    def advance(self, session: Session, alert_id: str) -> list[Dispatch]:
        """Do what is due for this alert, if it still is: the next step, or begin anew what was left lying."""
        now = clock.now()
        case_id = session.scalars(select(Alert.case_id).where(Alert.id == alert_id)).one_or_none()
        if case_id is None:
            return []
        case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
        alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
        if case is None or alert is None or alert.next_at is None or alert.next_at > now:
            return []
        if alert.state == AlertState.CLIMBING and case.state != CaseState.RESOLVED:
            return self.climb(session, case, alert)
        if alert.state == AlertState.TAKEN and case.state == CaseState.TAKEN:
            return self._begin_anew(session, case, alert)
        if case.state == CaseState.OPEN:  # a taken alert of a case that nobody has
            return self.alert(session, case, "unattended")
        taking.end_alerts(session, case.id)
        return []

    def take(self, session: Session, case: Case, staff_id: str, *, by: str = "inbox") -> None:
        """A person takes the case, and the others who were alerted are told so. See `taking.take`."""
        alert = taking.take(session, self.clinic, case, staff_id, by=by)
        taker = session.get(Staff, staff_id)
        if alert is None or taker is None:
            return
        self.follow_up.taken(session, case, alert)
        for person in told_before(session, alert):
            if person.id != staff_id and person.disabled_at is None:
                owed = f"taken:{alert.id}:{staff_id}:{person.id}"
                self.dispatching.notice(session, case, person, owed, taken_words(case.code, taker.name))

    def pass_on(self, session: Session, case: Case, staff_id: str) -> list[Dispatch]:
        """A person passes the case on: the next step comes at once. Gives what it owes."""
        alert = taking.release(session, case, staff_id)
        if alert is None:
            return []
        begins = self.clinic.ladder_begins(self._rule(case, alert), alert.created_at)
        if alert.step == 0 and begins > clock.now():
            alert.next_at = self.due_at(case, alert)  # what can wait for the morning still can
            return []
        return self.climb(session, case, alert)

    def note_opened(self, session: Session, case: Case, staff_id: str) -> None:
        """A person has the case on the screen. See `taking.note_opened`."""
        alert = taking.note_opened(session, self.clinic, case, staff_id)
        if alert is not None:
            self.follow_up.taken(session, case, alert)

    def tell_administrators(self, session: Session, owed: str, body: str) -> None:
        """Something about the system itself, by text and by e-mail if there is one; once for each `owed`."""
        query = select(Staff).where(Staff.role == Role.ADMINISTRATOR, Staff.disabled_at.is_(None))
        for person in list(session.scalars(query)) or self.roster(session, clock.now()).everyone:
            for route in ("sms", "email"):
                if self.dispatching.has(route):
                    self.dispatching.notice(session, None, person, f"{owed}:{person.id}:{route}", body, route)

    def note_texts_stopped(self, session: Session, person: Staff) -> None:
        """A staff phone gets no more texts, by its own STOP or the carrier's word: calls take their place."""
        if person.texts_stopped_at is not None:
            return
        person.texts_stopped_at = clock.now()
        audit.record(session, "staff_texts_stopped", staff_id=person.id)
        log.error("staff_texts_stopped", staff_id=person.id)
        self.tell_administrators(
            session,
            f"texts-stopped:{person.id}:{clock.now():%Y%m%d}",
            f"{person.name} gets no texts any more, until they text START to us. Alerts call them instead.",
        )

    def roster(self, session: Session, now: datetime) -> Roster:
        """The staff as they are now."""
        return Roster(session, self.clinic.zone, now, self.clinic.ladder.fallback)

    def due_at(self, case: Case, alert: Alert) -> datetime:
        """When the alert's next step is due (aware UTC)."""
        begins = self.clinic.ladder_begins(self._rule(case, alert), alert.created_at)
        return begins + self._due(case, alert, alert.step)

    def _begin_anew(self, session: Session, case: Case, alert: Alert) -> list[Dispatch]:
        urgency = Urgency(alert.urgency)
        if waiting.is_waiting(alert):
            if case.acted_at is None:
                return self.alert(session, case, "unanswered", to_owner=True, urgency=urgency)
            alert.next_at = None
            return []
        if case.owner_opened_at is not None and case.acted_at is not None:
            alert.next_at = None  # noted by text, before it was opened: something has followed
            return []
        reason = "lapsed" if case.owner_opened_at else "not_opened"
        taking.let_go(session, case, reason)
        if reason == "lapsed" or urgency is not Urgency.EMERGENCY:
            return self.alert(session, case, reason, urgency=urgency)
        # Half asleep, the same person could take it again and again: it climbs on from where it was.
        alert.state, alert.ended_at, alert.reason = AlertState.CLIMBING, None, reason
        return self.climb(session, case, alert)

    def pursue(self, session: Session, case: Case) -> list[Dispatch]:
        """Start an alert for a case of `forgotten_cases`: nobody has looked, or its owner has left."""
        owner = session.get(Staff, case.owner_id) if case.owner_id else None
        if case.state == CaseState.TAKEN and (owner is None or owner.disabled_at is not None):
            taking.let_go(session, case, "owner_gone")
            return self.alert(session, case, "owner_gone")
        return self.alert(session, case, "overdue", to_owner=case.state == CaseState.TAKEN)

    def _widen(self, session: Session, case: Case, alert: Alert) -> list[Dispatch]:
        """A danger that came up since may name people whom the steps done did not: they are told at once."""
        rungs = self._rule(case, alert).rungs[: max(0, alert.step - alert.to_owner)]
        told = set(session.scalars(select(Dispatch.staff_id).where(Dispatch.alert_id == alert.id)))
        roster, owed = self.roster(session, clock.now()), []
        for rung in rungs:
            for person in roster.told(rung.tell, case.owner_id, alert.passed_by):
                if person.id not in told:
                    told.add(person.id)
                    owed += self.dispatching.tell(session, case, alert, person, rung.by, alert.step - 1)
        if owed:
            audit.record(session, "alert_widened", case_id=case.id, alert_id=alert.id, owed=len(owed))
        return owed

    def has_higher(self, case: Case, alert: Alert) -> bool:
        """Whether the next step is a new one, or the last one again."""
        return alert.step - alert.to_owner < len(self._rule(case, alert).rungs)

    def _put_off_look(self, case: Case, alert: Alert) -> None:
        """A matter that waits for the morning is looked at in the morning."""
        if case.look_by is None or alert.next_at is None or alert.next_at <= clock.now():
            return
        if alert.urgency != Urgency.EMERGENCY:
            waits = alert.next_at + timedelta(minutes=self.clinic.urgent_minutes)
            case.look_by = max(case.look_by, waits)

    def _rule(self, case: Case, alert: Alert) -> LadderRule:
        return self.rule_at(case, Urgency(alert.urgency), alert.created_at)

    def rule_at(self, case: Case, urgency: Urgency, begun_at: datetime) -> LadderRule:
        """The ladder of an alert of this urgency about this case that began then."""
        return self.clinic.ladder.rule_for(
            urgency,
            [Flag(flag) for flag in case.flags if flag in set(Flag)],
            case.team,
            is_open=self.clinic.office_at(begun_at).is_open,
            conditions=case.conditions or (),
        )

    def _rung(self, case: Case, alert: Alert) -> Rung:
        rule = self._rule(case, alert)
        if not alert.to_owner:
            return rule.rung(alert.step)
        return Rung(timedelta(0), ("owner",), ("sms",)) if alert.step == 0 else rule.rung(alert.step - 1)

    def _due(self, case: Case, alert: Alert, step: int) -> timedelta:
        rule = self._rule(case, alert)
        if not alert.to_owner:
            return rule.due(step)
        return timedelta(0) if step == 0 else OWNER_ALONE + rule.due(step - 1)


def due_alerts(session: Session) -> list[str]:
    """The alerts with something due, the most urgent first."""
    query = (
        select(Alert.id)
        .join(Case, Case.id == Alert.case_id)
        .where(Alert.next_at <= clock.now(), Alert.state.in_((AlertState.CLIMBING, AlertState.TAKEN)))
        .order_by(Case.urgency_rank.desc(), Alert.next_at)
        .limit(_MOST_AT_ONCE)
    )
    return list(session.scalars(query))


def forgotten_cases(session: Session) -> list[str]:
    """Cases that no ladder pursues though a person must look soon: routine ones, above all.

    And those whose owner is no longer on the staff list.
    """
    has_alert = select(Alert.id).where(Alert.case_id == Case.id, Alert.state != AlertState.ENDED)
    has_left = select(Staff.id).where(Staff.id == Case.owner_id, Staff.disabled_at.is_not(None))
    is_waiting = or_(
        Case.state == CaseState.OPEN, and_(Case.state == CaseState.TAKEN, Case.acted_at.is_(None))
    )
    query = (
        select(Case.id)
        .where(
            or_(
                and_(is_waiting, Case.look_by <= clock.now() + NEARLY_OVERDUE, ~has_alert.exists()),
                and_(Case.state == CaseState.TAKEN, has_left.exists()),
            )
        )
        .order_by(Case.urgency_rank.desc(), Case.look_by)
        .limit(_MOST_AT_ONCE)
    )
    return list(session.scalars(query))


def told_before(session: Session, alert: Alert) -> list[Staff]:
    """Those to whom something of this alert has left."""
    query = (
        select(Staff)
        .join(Dispatch, Dispatch.staff_id == Staff.id)
        .where(Dispatch.alert_id == alert.id, Dispatch.first_tried_at.is_not(None))
        .distinct()
    )
    return list(session.scalars(query))
