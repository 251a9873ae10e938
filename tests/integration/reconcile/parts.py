"""What the tests of missed texts share: a text that no webhook brought, a poll, and what came of it."""

from __future__ import annotations

from sqlalchemy import select

from smsbot.models import Dispatch, Message
from smsbot.reconcile import Counts
from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.texts import WALT

EMERGENCY = "chest tight since the infusion"
FAX = "whats your fax number"


def kept(wiring: Wiring) -> list[Message]:
    """Texts that came in, in the order they were written down."""
    with wiring.db.reading() as session:
        query = select(Message).where(Message.direction == "in").order_by(Message.id)
        return list(session.scalars(query))


def replies(wiring: Wiring) -> list[Dispatch]:
    """The replies owed or sent, in the order they were written down."""
    with wiring.db.reading() as session:
        query = select(Dispatch).where(Dispatch.purpose == "reply").order_by(Dispatch.id)
        return list(session.scalars(query))


def missed(phones: Phones, body: str, sender: str = WALT) -> str:
    """A text that the provider has and no webhook brought."""
    return str(phones.client.text(sender, body, deliver=False)["sid"])


def polled(wiring: Wiring) -> Counts:
    """One look at the provider's list."""
    return wiring.poll().look()
