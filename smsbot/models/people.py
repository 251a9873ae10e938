"""Staff, and how they sign in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class Role(StrEnum):
    """What a staff member may do."""

    ADMINISTRATOR = "administrator"
    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    FRONT_DESK = "front_desk"


class Staff(Base):
    """A person who works at the clinic."""

    __tablename__ = "staff"

    id: Mapped[str] = primary_key()
    email_sealed: Mapped[bytes] = sealed_column("email")
    email = Sealed()
    email_index: Mapped[str] = mapped_column(String(32), unique=True)
    name_sealed: Mapped[bytes] = sealed_column("name")
    name = Sealed()
    phone_sealed: Mapped[bytes] = sealed_column("phone")
    phone = Sealed()
    phone_index: Mapped[str] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(16))
    is_on_call: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_sealed: Mapped[bytes | None] = sealed_column("totp", nullable=True)  # the shared secret, base 32
    totp = Sealed()
    totp_at: Mapped[datetime | None]  # when a first code proved it; before that it asks for nothing
    totp_step: Mapped[int | None] = mapped_column(Integer)  # the last used: a code works once
    texts_stopped_at: Mapped[datetime | None]  # this phone sent STOP, or the provider says so (21610)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SignInLink(Base):
    """A one-time link with which a staff member sets a password. Only a fingerprint of it is kept."""

    __tablename__ = "sign_in_links"

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"), index=True)
    token_index: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser. The cookie holds a random token, the table its fingerprint."""

    __tablename__ = "staff_sessions"

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"), index=True)
    token_index: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str | None] = mapped_column(String(80))  # such as "Chrome on Android"
    how: Mapped[str] = mapped_column(
        String(16), default="password"
    )  # password, totp, recovery, passkey, link
    needs: Mapped[str | None] = mapped_column(String(16))  # totp: the second factor is still to come


class RecoveryCode(Base):
    """A code that stands in for the second factor, once. Only a fingerprint of it is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"), index=True)
    code_index: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A phone or computer that is trusted: its passkey signs in without typing."""

    __tablename__ = "passkeys"

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(400), unique=True)  # base64url
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInFailure(Base):
    """Failed sign-ins of one account or one address: what slows the next try, never a lock-out."""

    __tablename__ = "sign_in_failures"

    key_index: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failed_at: Mapped[datetime]
