"""A patient's text in a world of tests, and which cases it is a further text of."""

from __future__ import annotations

from sqlalchemy import select

from smsbot.domain import Flag, Urgency
from smsbot.models import Case, CaseState, Contact
from tests.faults.climbing import World


def text(world: World, urgency: Urgency, *flags: Flag, sender: str) -> Case | None:
    """A text; the open case that it joined, opened or opened again, as it is now."""
    world.text(urgency, *flags, sender=sender)
    return newest(world, sender)


def newest(world: World, sender: str) -> Case | None:
    """The sender's newest case that is not resolved."""
    index = world.parts.vault.blind_index("number", sender)
    query = select(Case).join(Contact, Contact.id == Case.contact_id)
    query = query.where(Contact.number_index == index, Case.state != CaseState.RESOLVED)
    with world.db.reading() as session:
        return session.scalars(query.order_by(Case.opened_at.desc()).limit(1)).first()
