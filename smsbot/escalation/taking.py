"""A person takes a case, opens it, acts on it, passes it on, resolves it: what that means for its alert."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic
from smsbot.domain import Urgency
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, new_id

_AT_THE_SCREEN = ("inbox", "link")


def take(session: Session, clinic: Clinic, case: Case, staff_id: str, *, by: str = "inbox") -> Alert | None:
    """A person takes the case: its alert stops at once, and what was still to leave for it does not.

    `by` is inbox, link, text or call. An emergency taken by text or call is only held until it was opened:
    a half-asleep "1" must not end it. Gives the alert that stopped, if one was climbing.
    """
    now = clock.now()
    is_again = case.state == CaseState.TAKEN and case.owner_id == staff_id and by not in _AT_THE_SCREEN
    if is_again and climbing(session, case.id) is None:
        return None  # a second "1": it is theirs already, opened or still to be opened in time
    was_waiting = case.state == CaseState.WAITING
    case.state, case.owner_id, case.taken_at, case.acted_at = CaseState.TAKEN, staff_id, now, None
    case.owner_opened_at, case.waiting_at = now if by in _AT_THE_SCREEN else None, None
    case.version += 1
    alert = standing(session, case.id)
    if alert is not None:
        is_about_all(case, alert)
        hold(clinic, case, alert)
    elif was_waiting:
        answer_for(session, clinic, case, "waited")
    _cancel_what_waits(session, case.id)
    audit.record(session, "case_taken", case_id=case.id, staff_id=staff_id, by=by)
    return alert


def note_opened(session: Session, clinic: Clinic, case: Case, staff_id: str) -> Alert | None:
    """A person has the case on the screen. For its owner that answers an alert about a further text.

    Gives the alert that was answered so, if one was.
    """
    audit.record(session, "case_opened_by", case_id=case.id, staff_id=staff_id)
    if case.owner_id != staff_id or case.state != CaseState.TAKEN:
        return None
    now, was_open = clock.now(), case.owner_opened_at is not None
    case.owner_opened_at = now
    alert = standing(session, case.id)
    if alert is None or (alert.state != AlertState.CLIMBING and was_open):
        return None
    hold(clinic, case, alert)
    _cancel_what_waits(session, case.id)
    return alert


def note_acted(session: Session, case: Case, staff_id: str, what: str, note: str | None = None) -> None:
    """A reply, a note: something follows from having taken the case, so taking it no longer lapses."""
    audit.record(session, what, case_id=case.id, staff_id=staff_id, note=note or None)
    if case.state != CaseState.TAKEN or case.owner_id != staff_id:
        return
    case.acted_at = clock.now()
    alert = standing(session, case.id)
    if alert is not None and alert.state == AlertState.TAKEN and case.owner_opened_at is not None:
        alert.next_at = None


def release(session: Session, case: Case, staff_id: str) -> Alert | None:
    """A person passes the case on: whoever comes next on the ladder is due at once. Gives the alert."""
    audit.record(session, "case_passed_on", case_id=case.id, staff_id=staff_id)
    is_owners = case.owner_id == staff_id
    if is_owners:
        case.state, case.owner_id, case.taken_at, case.owner_opened_at = CaseState.OPEN, None, None, None
        if case.waiting_at is not None:  # nothing was due any more: the next round pursues it
            case.waiting_at, case.look_by = None, clock.now()
        cancel_has_it(session, case.id)
    case.version += 1
    alert = standing(session, case.id)
    if alert is None or (alert.state == AlertState.TAKEN and case.owner_id is not None):
        return None
    if is_owners:
        is_about_all(case, alert)
    alert.state, alert.ended_at = AlertState.CLIMBING, None
    alert.next_at = clock.now()
    alert.passed_by = [*alert.passed_by, *([] if staff_id in alert.passed_by else [staff_id])]
    return alert


def let_go(session: Session, case: Case, reason: str) -> None:
    """Taking the case has come to nothing: it is anybody's again."""
    audit.record(session, "taking_ended", case_id=case.id, staff_id=case.owner_id, reason=reason)
    case.state, case.owner_id, case.taken_at, case.owner_opened_at = CaseState.OPEN, None, None, None
    case.version += 1
    cancel_has_it(session, case.id)


def cancel_has_it(session: Session, case_id: str) -> None:
    """That somebody has the patient's message is true no more: what has not left does not."""
    waits = Dispatch.state.in_((DispatchState.PENDING, DispatchState.UNKNOWN))
    session.execute(
        update(Dispatch)
        .where(Dispatch.case_id == case_id, Dispatch.owed.like("follow:%:taken"), waits)
        .values(state=DispatchState.CANCELLED)
    )


def resolve(
    session: Session, case: Case, staff_id: str, note: str | None, *, reason: str | None = None
) -> None:
    """A person says that the matter is done. Nothing else ever closes a case.

    `reason`: why, or of an emergency what became of it. Who may say so is asked in `smsbot.desk`.
    """
    case.state, case.resolved_at = CaseState.RESOLVED, clock.now()
    case.resolved_by, case.resolution, case.waiting_at = staff_id, reason, None
    case.version += 1
    end_alerts(session, case.id)
    details = {"reason": reason} if reason else {}
    audit.record(session, "case_resolved", case_id=case.id, staff_id=staff_id, note=note or None, **details)


def is_climbing(session: Session, case_id: str) -> bool:
    """Whether somebody is being pursued for this case right now."""
    return climbing(session, case_id) is not None


def climbing(session: Session, case_id: str) -> Alert | None:
    """The alert by which somebody is being pursued for this case right now."""
    query = select(Alert).where(Alert.case_id == case_id, Alert.state == AlertState.CLIMBING)
    return session.scalars(query.limit(1)).first()


def end_alerts(session: Session, case_id: str) -> None:
    """No alert of this case stands any more, and what waited to leave for one does not."""
    session.execute(
        update(Alert)
        .where(Alert.case_id == case_id, Alert.state != AlertState.ENDED)
        .values(state=AlertState.ENDED, ended_at=clock.now(), next_at=None)
    )
    _cancel_what_waits(session, case_id)


def answer_for(session: Session, clinic: Clinic, case: Case, reason: str) -> None:
    """Who has the case answers for it from now on: with nothing due yet, an alert that lapses is made.

    A routine case needs none: the watch over `look_by` sees it, which is renewed if it is over.
    """
    alert = standing(session, case.id)
    if alert is None:
        if case.urgency_rank < Urgency.URGENT.rank:
            renew_look(clinic, case)
            return
        alert = Alert(
            id=new_id(),
            case_id=case.id,
            step=0,
            reason=reason,
            to_owner=False,
            passed_by=[],
            created_at=clock.now(),
        )
        session.add(alert)
    is_about_all(case, alert)
    hold(clinic, case, alert)
    _cancel_what_waits(session, case.id)


def renew_look(clinic: Clinic, case: Case) -> None:
    """By when a person must have looked, if that is over: a person just has."""
    now = clock.now()
    if case.look_by is None or case.look_by <= now:
        case.look_by = clinic.look_by(Urgency.highest(Urgency(case.urgency), Urgency.ROUTINE), now)


def hold(clinic: Clinic, case: Case, alert: Alert) -> None:
    """Taken, until it proves empty: not opened in time, or nothing followed."""
    now, urgency = clock.now(), Urgency(alert.urgency)
    is_held = urgency is Urgency.EMERGENCY and case.owner_opened_at is None
    alert.state, alert.ended_at = AlertState.TAKEN, now
    if alert.step == 0:
        alert.to_owner = False  # from here on it lapses: see waiting.py
    alert.next_at = now + (clinic.ladder.hold if is_held else clinic.ladder.lapse_of(urgency))


def is_about_all(case: Case, alert: Alert) -> None:
    """Who has the case from now on answers for all of it, not only for a further text that waits in it."""
    alert.urgency = case.urgency
    if alert.step == 0:
        alert.to_owner = False


def standing(session: Session, case_id: str) -> Alert | None:
    """The alert of the case that has not ended, locked."""
    query = (
        select(Alert)
        .where(Alert.case_id == case_id, Alert.state != AlertState.ENDED)
        .order_by(Alert.created_at.desc())
        .limit(1)
        .with_for_update()
    )
    return session.scalars(query).first()


def _cancel_what_waits(session: Session, case_id: str) -> None:
    # One that is being sent right now may still arrive; the claim asks again for all others.
    # A reply that hangs on an alert says that nobody has taken it: follow_up.py.
    session.execute(
        update(Dispatch)
        .where(
            Dispatch.case_id == case_id,
            Dispatch.alert_id.is_not(None),
            Dispatch.purpose.in_(("alert", "reply")),
            Dispatch.state.in_((DispatchState.PENDING, DispatchState.UNKNOWN)),
        )
        .values(state=DispatchState.CANCELLED)
    )
