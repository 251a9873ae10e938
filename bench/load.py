"""What the measures put on a system: rows that are due, as the code itself would write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select

from smsbot import clock
from smsbot.config import load_settings
from smsbot.domain import Flag, Intent, Urgency
from smsbot.kick import Owed
from smsbot.models import (
    Alert,
    AlertState,
    Case,
    Contact,
    Dispatch,
    DispatchState,
    Message,
    Staff,
    new_id,
)
from smsbot.wiring import Wiring, build
from tests.system import NURSE, System

_CHUNK = 250  # rows of one transaction: the system goes on writing meanwhile
_phones = itertools.count()


def new_phone() -> str:
    """An invented number nobody has texted from yet in this process."""
    area, line = divmod(next(_phones), 100)
    return f"+1{220 + area % 700}55501{line:02d}"


@contextmanager
def wiring_of(system: System) -> Iterator[Wiring]:
    """This system's database and account, in this process."""
    parts = build(load_settings(system.environ, root=system.home))
    try:
        yield parts
    finally:
        parts.close()


def queue_routine(parts: Wiring, count: int) -> None:
    """So many routine replies due now by REST, each to a phone of its own, and kicked.

    A routine text owes its reply alone, and that leaves in the webhook's answer: only replies whose webhook
    was missed, or whose receipt never came, stand in the queue. Here all of them do, at the same moment.
    """
    owed = []
    with parts.db.writing() as session:
        for _ in range(count):
            contact = _contact(parts)
            session.add(contact)
            session.flush()
            reply = _reply(contact)
            session.add(reply)
            owed.append(Owed(reply.id, False))
    parts.kicker.kick(owed)


def queue_steps(parts: Wiring, begins: datetime, count: int, seconds: float = 60.0) -> dict[str, datetime]:
    """So many emergencies whose next step falls due within these seconds, evenly. Gives codes and times.

    The ladder of `patient_clinic` tells one phone at each step.
    """
    due: dict[str, datetime] = {}
    for first in range(0, count, _CHUNK):
        with parts.db.writing() as session:
            for number in range(first, min(first + _CHUNK, count)):
                contact = _contact(parts)
                case = _case(contact, _code(number))
                at = begins + timedelta(seconds=seconds * number / count)
                session.add(contact)
                session.flush()
                session.add(case)
                session.flush()
                session.add(_alert(case, at))
                due[case.code] = at
    return due


def codes_of(parts: Wiring, sids: list[str]) -> dict[str, str]:
    """The case codes of these texts."""
    query = select(Message.provider_sid, Case.code).join(Case, Case.id == Message.case_id)
    with parts.db.reading() as session:
        found = {str(sid): code for sid, code in session.execute(query)}
    return {sid: found[sid] for sid in sids if sid in found}


def is_on_call(parts: Wiring) -> bool:
    """Whether the phone that the measures look at is the one that is told."""
    with parts.db.reading() as session:
        return any(one.phone == NURSE and one.is_on_call for one in session.scalars(select(Staff)))


def _code(number: int) -> str:
    """A case code that no other has: these homes are fresh."""
    letters = "CDFGHJKMNPQRTVWX"
    return "".join(letters[number >> shift & 15] for shift in (12, 8, 4, 0))


def _contact(parts: Wiring) -> Contact:
    number = new_phone()
    contact = Contact(
        id=new_id(), number_index=parts.vault.blind_index("number", number), created_at=clock.now()
    )
    contact.number = number
    return contact


def _reply(contact: Contact) -> Dispatch:
    now, owed = clock.now(), new_id()
    reply = Dispatch(
        id=new_id(),
        owed=f"reply:{owed}",
        purpose="reply",
        route="rest",
        contact_id=contact.id,
        urgency_rank=Urgency.ROUTINE.rank,
        state=DispatchState.PENDING,
        due_at=now,
        created_at=now,
    )
    reply.recipient, reply.body = contact.number, "We have your text and will answer by tomorrow."
    return reply


def _case(contact: Contact, code: str) -> Case:
    now = clock.now()
    return Case(
        id=new_id(),
        code=code,
        contact_id=contact.id,
        urgency=Urgency.EMERGENCY,
        urgency_rank=Urgency.EMERGENCY.rank,
        intents=[str(Intent.SYMPTOM)],
        flags=[str(Flag.CHEST_PAIN)],
        team="care",
        opened_at=now,
        look_by=now + timedelta(days=1),
        version=1,
    )


def _alert(case: Case, at: datetime) -> Alert:
    return Alert(
        id=new_id(),
        case_id=case.id,
        state=AlertState.CLIMBING,
        urgency=case.urgency,
        step=1,
        next_at=at,
        reason="new",
        passed_by=[],
        created_at=clock.now(),
    )
