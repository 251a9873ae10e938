"""One-time links with which a staff member sets a password."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.crypto import Vault
from smsbot.models import SignInLink, Staff, new_id

LINK_LASTS = timedelta(hours=72)


def make_link(session: Session, vault: Vault, staff_id: str) -> str:
    """A one-time token for setting a password; earlier ones stop working."""
    now = clock.now()
    session.execute(
        update(SignInLink)
        .where(SignInLink.staff_id == staff_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(24)
    session.add(
        SignInLink(
            id=new_id(),
            staff_id=staff_id,
            token_index=vault.blind_index("link", token),
            created_at=now,
            expires_at=now + LINK_LASTS,
        )
    )
    return token


def staff_of_link(session: Session, vault: Vault, token: str) -> tuple[SignInLink, Staff] | None:
    """Whose link this is, if it is still good."""
    query = (
        select(SignInLink, Staff)
        .join(Staff, Staff.id == SignInLink.staff_id)
        .where(
            SignInLink.token_index == vault.blind_index("link", token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > clock.now(),
            Staff.disabled_at.is_(None),
        )
        .with_for_update()
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found.SignInLink, found.Staff)


def use_link(link: SignInLink) -> None:
    """A link works once."""
    link.used_at = clock.now()
