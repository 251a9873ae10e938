"""The dispatches that one step of the ladder owes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.domain import Urgency
from smsbot.escalation.words import alert_words, digest_words
from smsbot.models import Alert, Case, Dispatch, DispatchState, Staff, new_id

_HOUR = timedelta(hours=1)


class Dispatching:
    """Makes alert dispatches: by the routes that this person can be reached by, not too many texts."""

    def __init__(self, public_url: str, zone: ZoneInfo, texts_an_hour: int, routes: Iterable[str]) -> None:
        """`routes` are those that this installation has; `texts_an_hour` holds for what is no emergency."""
        self._url, self._zone, self._limit = public_url, zone, texts_an_hour
        self._routes = frozenset(routes)

    def tell(
        self,
        session: Session,
        case: Case,
        alert: Alert,
        person: Staff,
        by: Iterable[str],
        step: int | None = None,
    ) -> list[Dispatch]:
        """What this person is owed at the step (the alert's next). What is owed already is not owed again."""
        step = alert.step if step is None else step
        made = [
            self._alert(case, alert, person, route, step)
            for route in self.reachable_by(person, by)
            if not self._is_owed(session, _owed(alert, person, route, step))
        ]
        others = [one for one in made if one.route != "sms"]
        is_text = len(others) < len(made)
        if is_text and alert.urgency != Urgency.EMERGENCY and self._is_texted_enough(session, person):
            made = others + self._digest(session, case, person)
        session.add_all(made)
        session.flush()
        return made

    def reachable_by(self, person: Staff, by: Iterable[str]) -> list[str]:
        """The routes of these that work for this person: a call instead of texts that were stopped."""
        wanted = [route for route in dict.fromkeys(by) if route in self._routes]
        if person.texts_stopped_at is not None and "call" in self._routes:
            wanted = list(dict.fromkeys("call" if route == "sms" else route for route in wanted))
        return wanted or ["sms"]

    def has(self, route: str) -> bool:
        """Whether this installation has the route."""
        return route in self._routes

    def instead(
        self, session: Session, case: Case, alert: Alert, person: Staff, failed: Dispatch
    ) -> Dispatch | None:
        """The same for the same person by another route, of another kind first; None if all are used up."""
        owed_so_far = failed.owed.rsplit(":", 1)[0]
        for route in self.reachable_by(person, ("call", "sms", "push", "email")):
            to_all = f"{owed_so_far.rsplit(':', 1)[0]}:all"  # a push goes to channels of all
            owed = f"{to_all if route == 'push' else owed_so_far}:{route}"
            if route != failed.route and not self._is_owed(session, owed):
                dispatch = self._alert(case, alert, person, route, alert.step)
                dispatch.owed = owed
                session.add(dispatch)
                session.flush()
                return dispatch
        return None

    def notice(
        self, session: Session, case: Case | None, person: Staff, owed: str, body: str, route: str = "sms"
    ) -> Dispatch | None:
        """A text or an e-mail to a staff member that asks for nothing; None if it is owed already."""
        if (route == "sms" and person.texts_stopped_at is not None) or self._is_owed(session, owed):
            return None
        dispatch = _blank(owed, "notice", route, case, person, clock.now())
        dispatch.recipient = person.email if route == "email" else person.phone
        dispatch.body = body
        return dispatch if _is_added(session, dispatch) else None

    def _alert(self, case: Case, alert: Alert, person: Staff, route: str, step: int) -> Dispatch:
        now = clock.now()
        dispatch = _blank(_owed(alert, person, route, step), "alert", route, case, person, now)
        dispatch.alert_id, dispatch.urgency_rank = alert.id, Urgency(alert.urgency).rank
        dispatch.recipient = person.email if route == "email" else person.phone
        dispatch.body = alert_words(
            case.code,
            Urgency(alert.urgency),
            alert.reason,
            alert.created_at,
            now,
            self._zone,
            f"{self._url}/cases/{case.code}",
            route,
        )
        return dispatch

    def _is_owed(self, session: Session, owed: str) -> bool:
        return session.scalars(select(Dispatch.id).where(Dispatch.owed == owed)).first() is not None

    def _is_texted_enough(self, session: Session, person: Staff) -> bool:
        sent = (
            select(func.count())
            .select_from(Dispatch)
            .where(
                Dispatch.staff_id == person.id,
                Dispatch.route == "sms",
                Dispatch.created_at > clock.now() - _HOUR,
                Dispatch.urgency_rank < Urgency.EMERGENCY.rank,
                Dispatch.state != DispatchState.CANCELLED,
            )
        )
        return (session.scalar(sent) or 0) >= self._limit

    def _digest(self, session: Session, case: Case, person: Staff) -> list[Dispatch]:
        """One text for all the rest of this hour, at its end."""
        now = clock.now()
        owed = f"digest:{person.id}:{now:%Y%m%d%H}"
        if self._is_owed(session, owed):
            return []
        digest = _blank(owed, "notice", "sms", case, person, now)
        digest.due_at = now.replace(minute=0, second=0, microsecond=0) + _HOUR
        digest.recipient, digest.body = person.phone, digest_words(f"{self._url}/")
        return [digest] if _is_added(session, digest) else []


def _is_added(session: Session, dispatch: Dispatch) -> bool:
    """False if another transaction owed the same a moment ago: what is of no case has no lock to wait for."""
    try:
        with session.begin_nested():
            session.add(dispatch)
    except IntegrityError:
        return False
    return True


def _owed(alert: Alert, person: Staff, route: str, step: int) -> str:
    """Unique for what is owed to whom at which step; a push goes to channels of all, so once for a step."""
    whom = "all" if route == "push" else person.id
    return f"alert:{alert.id}:{step}:{whom}:{route}"


def _blank(owed: str, purpose: str, route: str, case: Case | None, person: Staff, now: datetime) -> Dispatch:
    return Dispatch(
        id=new_id(),
        owed=owed,
        purpose=purpose,
        route=route,
        case_id=case.id if case else None,
        staff_id=person.id,
        urgency_rank=Urgency(case.urgency).rank if case else Urgency.URGENT.rank,
        state=DispatchState.PENDING,
        due_at=now,
        created_at=now,
    )
