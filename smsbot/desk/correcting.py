"""A person says what a text should have been read as: kept as a labelled example, and done at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from smsbot import audit, clock, roles, tasks
from smsbot.desk.errors import CannotAct, NotYours
from smsbot.desk.reading import Reading, readings_of, recompute_labels
from smsbot.domain import EMERGENCY_FLAGS, Flag, Intent, Urgency
from smsbot.escalation import Ladder, handing, taking
from smsbot.models import Alert, AlertState, Case, CaseState, Correction, Dispatch, Staff, new_id

WHO_MAY = (
    "Only a nurse, a prescriber or an administrator can say that a text is no emergency. "
    "Pass the case on or assign it to one of them."
)
# An alert for one of these is about something else than how urgent the texts are.
_OTHER_NEEDS = frozenset({"reply_lost", "overdue", "owner_gone", "unanswered", "further"})


@dataclass(frozen=True, slots=True)
class Labels:
    """What a text should have been read as."""

    urgency: Urgency
    intents: tuple[Intent, ...]
    flags: tuple[Flag, ...]


def labels_of(urgency: str, intents: Collection[str], flags: Collection[str]) -> Labels:
    """Labels as a form gives them, in the guide's order. Raises CannotAct for what contradicts itself."""
    if urgency not in set(Urgency):
        raise CannotAct("Choose how urgent the text is.")
    chosen = Urgency(urgency)
    found = tuple(flag for flag in Flag if flag in flags)
    wanted: list[Intent] = [one for one in Intent if one in intents and one is not Intent.CRISIS]
    if chosen is Urgency.EMERGENCY:
        wanted.append(Intent.CRISIS)  # the guide: every emergency is one
    if not wanted:
        raise CannotAct("Choose at least one thing that the patient wants; “unclear” counts as one.")
    least = Urgency.highest(*(flag.least_urgency for flag in found))
    if least.rank > chosen.rank:
        raise CannotAct(
            f"One of the dangers you chose makes a text at least {least}: choose {least}, or take it away."
        )
    return Labels(chosen, tuple(wanted), found)


def correct(
    ladder: Ladder, session: Session, case: Case, message_id: str, staff: Staff, labels: Labels
) -> list[Dispatch]:
    """Keep the correction; the case, which the caller has locked, rises or falls with it.

    Gives what is owed at once. What is resolved is not touched. Raises NotYours, CannotAct.
    """
    readings = readings_of(session, case)
    was = next((one for one in readings if one.message.id == message_id), None)
    if was is None:
        raise CannotAct("That text is not in this case any more: look at the case again.")
    if _is_less(labels, was) and not roles.may_resolve_emergency(staff.role):
        raise NotYours(WHO_MAY)
    session.add(_row(case, was, staff.id, labels))
    session.flush()
    audit.record(
        session, "triage_corrected", case_id=case.id, staff_id=staff.id, message_id=message_id,
        was=was.urgency, urgency=labels.urgency,
    )  # fmt: skip
    case.version += 1
    if case.state == CaseState.RESOLVED:
        return []
    owed = _apply(ladder, session, case, staff, labels, was)
    tasks.note_wish(session, ladder.clinic, case)
    tasks.drop_wish(session, case, staff.id)
    return owed


def _is_less(labels: Labels, was: Reading) -> bool:
    return was.urgency is Urgency.EMERGENCY and labels.urgency is not Urgency.EMERGENCY


def _row(case: Case, was: Reading, staff_id: str, labels: Labels) -> Correction:
    read = was.record
    return Correction(
        id=new_id(),
        message_id=was.message.id,
        case_id=case.id,
        staff_id=staff_id,
        at=clock.now(),
        urgency=labels.urgency,
        intents=[str(one) for one in labels.intents],
        flags=[str(one) for one in labels.flags],
        was={
            "urgency": read.urgency if read else None,
            "intents": read.intents if read else [],
            "flags": read.flags if read else [],
            "engine": read.engine if read else "",
        },
    )


def _apply(
    ladder: Ladder, session: Session, case: Case, staff: Staff, labels: Labels, was: Reading
) -> list[Dispatch]:
    # A text of an earlier time, which somebody resolved, counts again when a person finds it worse.
    counts = was.is_current or labels.urgency.rank > was.urgency.rank
    readings = readings_of(session, case)
    counted = [one for one in readings if one.is_current or (counts and one.message.id == was.message.id)]
    highest = Urgency.highest(Urgency.ROUTINE, *(one.urgency for one in counted))
    had, rises = set(case.flags), counts and case.raise_urgency(labels.urgency)
    falls = not rises and _falls(case, staff, labels, highest)
    if falls:
        case.urgency, case.urgency_rank = highest, highest.rank
    is_safe_now = Flag.DANGER_FROM_OTHERS in was.flags and Flag.DANGER_FROM_OTHERS not in labels.flags
    recompute_labels(ladder.clinic, case, counted, keeps_watch=not is_safe_now)
    if rises:
        return _rise(ladder, session, case, staff, labels.urgency)
    if falls:
        audit.record(session, "urgency_lowered", case_id=case.id, staff_id=staff.id, urgency=highest)
        return _fall(ladder, session, case, highest)
    is_new_danger = bool(EMERGENCY_FLAGS.intersection(case.flags).difference(had))
    if is_new_danger and case.state == CaseState.OPEN:
        return ladder.further(session, case, labels.urgency)  # whom the danger names hears of it too
    return []


def _falls(case: Case, staff: Staff, labels: Labels, highest: Urgency) -> bool:
    """By a text that is itself less: putting other labels right in a case does not lower it."""
    is_allowed = case.urgency != Urgency.EMERGENCY or roles.may_resolve_emergency(staff.role)
    return is_allowed and max(highest.rank, labels.urgency.rank) < case.urgency_rank


def _rise(ladder: Ladder, session: Session, case: Case, staff: Staff, urgency: Urgency) -> list[Dispatch]:
    audit.record(session, "urgency_raised", case_id=case.id, staff_id=staff.id, urgency=urgency)
    handing.wake(session, ladder.clinic, case, "corrected")
    look_by = ladder.clinic.look_by(urgency, clock.now())
    if case.look_by is None or (look_by is not None and look_by < case.look_by):
        case.look_by = look_by
    return ladder.alert(session, case, "risen") if urgency.rank >= Urgency.URGENT.rank else []


def _fall(ladder: Ladder, session: Session, case: Case, urgency: Urgency) -> list[Dispatch]:
    """The alert falls with the case; it ends where nothing else needs it."""
    if case.state == CaseState.WAITING:
        return []
    case.look_by = ladder.clinic.look_by(urgency, clock.now())
    alert = taking.standing(session, case.id)
    if alert is None:
        return []
    if _is_needed(alert, urgency):
        alert.urgency = urgency
        return []
    taking.end_alerts(session, case.id)
    if case.state == CaseState.TAKEN:
        taking.answer_for(session, ladder.clinic, case, "corrected")
        return []
    return ladder.alert(session, case, "corrected") if urgency is Urgency.URGENT else []


def _is_needed(alert: Alert, urgency: Urgency) -> bool:
    return alert.reason in _OTHER_NEEDS or (
        alert.state == AlertState.TAKEN and urgency.rank >= Urgency.URGENT.rank
    )
