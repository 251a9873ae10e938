"""The contact behind a number: made once, found by its blind index, locked while it is decided about."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.crypto import Vault
from smsbot.domain import Consent, SenderKind
from smsbot.models import Contact, new_id
from smsbot.upsert import insert_if_new


def lock_contact(session: Session, vault: Vault, number: str, kind: str = SenderKind.PHONE) -> Contact:
    """The contact of this number, made if need be, locked until the transaction ends."""
    contact_id = new_id()
    insert_if_new(
        session,
        Contact,
        {
            "id": contact_id,
            "number": vault.seal("contacts", contact_id, "number", number),
            "number_index": vault.blind_index("number", number),
            "kind": kind,
            "consent": Consent.UNKNOWN,
            "version": 0,
            "created_at": clock.now(),
        },
    )
    contact = lock_known_contact(session, vault, number)
    if contact is None:
        raise AssertionError("a contact that was just made is not there")
    return contact


def lock_known_contact(session: Session, vault: Vault, number: str) -> Contact | None:
    """The contact of this number if it has one, locked until the transaction ends."""
    index = vault.blind_index("number", number)
    query = select(Contact).where(Contact.number_index == index).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
