"""A text that is a matter of its own gets a case of its own."""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock, tasks
from smsbot.desk.errors import CannotAct
from smsbot.desk.reading import Reading, readings_of, recompute_labels
from smsbot.domain import Flag, Urgency
from smsbot.escalation import Ladder
from smsbot.intake.cases import unused_code
from smsbot.models import Case, CaseState, Dispatch, Message, new_id


def split(
    ladder: Ladder, session: Session, case: Case, message_id: str, staff_id: str
) -> tuple[Case, list[Dispatch]]:
    """Open a case for one text of this one, as urgent as that text; gives it, and what is owed at once.

    The old case keeps its urgency: only a person lowers that. Raises CannotAct.
    """
    if case.state == CaseState.RESOLVED:
        raise CannotAct("This case is resolved: reopen it first, then split the text off.")
    readings = readings_of(session, case)
    chosen = next((one for one in readings if one.message.id == message_id), None)
    if chosen is None:
        raise CannotAct("That text is not in this case any more: look at the case again.")
    left = [one for one in readings if one is not chosen]
    if not left:
        raise CannotAct("This is the only text of the case: there is nothing to split it from.")
    new = _open(ladder, session, case, chosen)
    _move(session, chosen.message, new)
    recompute_labels(ladder.clinic, case, [one for one in left if one.is_current])
    case.version += 1
    session.flush()
    tasks.drop_wish(session, case, staff_id)
    audit.record(session, "case_split", case_id=case.id, staff_id=staff_id, message_id=message_id, to=new.id)
    audit.record(
        session, "case_opened", case_id=new.id, staff_id=staff_id,
        urgency=new.urgency, team=new.team, split_from=case.id,
    )  # fmt: skip
    tasks.note_wish(session, ladder.clinic, new)
    tells = new.urgency_rank >= Urgency.URGENT.rank
    return new, ladder.alert(session, new, "new") if tells else []


def _open(ladder: Ladder, session: Session, case: Case, chosen: Reading) -> Case:
    now, urgency = clock.now(), Urgency.highest(chosen.urgency, Urgency.ROUTINE)
    new = Case(
        id=new_id(),
        code=unused_code(session),
        contact_id=case.contact_id,
        state=CaseState.OPEN,
        urgency=urgency,
        urgency_rank=urgency.rank,
        opened_at=now,
        look_by=ladder.clinic.look_by(urgency, now),
        split_from=case.id,
        version=1,
        flags=[flag for flag in case.flags if flag == Flag.DANGER_FROM_OTHERS],
    )
    recompute_labels(ladder.clinic, new, [chosen])
    session.add(new)
    session.flush()
    return new


def _move(session: Session, message: Message, new: Case) -> None:
    """The text, and the automatic reply that answered it; a receipt then finds its way to the new case."""
    message.case_id = new.id
    answered = or_(Dispatch.owed == f"reply:{message.id}", Dispatch.message_id == message.id)
    replies = list(session.scalars(select(Dispatch).where(answered)))
    for reply in replies:
        reply.case_id = new.id
    sent = [reply.message_id for reply in replies if reply.message_id]
    session.execute(update(Message).where(Message.id.in_(sent)).values(case_id=new.id))
