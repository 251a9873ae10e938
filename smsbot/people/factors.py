"""The second factor: codes of an authenticator app, recovery codes, and what somebody still has to show."""

from __future__ import annotations

import hmac
import secrets
from typing import Any, cast

import pyotp
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.crypto import Vault
from smsbot.models import Passkey, RecoveryCode, Staff, new_id
from smsbot.people.sessions import end_all_sessions
from smsbot.people.staff import StaffError

RECOVERY_CODES = 10
_STEP_SECONDS = 30
_DRIFT = (-1, 0, 1)  # steps that a phone's clock may be off
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
_HALF = 5  # characters on each side of the dash: 49 bits in all


def what_is_missing(session: Session, staff: Staff, *, is_required: bool) -> str | None:
    """What must follow the password: `totp` (a code), `passkey`, `setup` (there is no second factor), None.

    A passkey counts as a second factor too: whoever has one does not get in by the password alone.
    """
    if staff.totp_at is not None:
        return "totp"
    if has_passkey(session, staff.id):
        return "passkey"
    return "setup" if is_required else None


def has_passkey(session: Session, staff_id: str) -> bool:
    """Whether somebody has a trusted phone or computer."""
    query = select(Passkey.id).where(Passkey.staff_id == staff_id, Passkey.revoked_at.is_(None)).limit(1)
    return session.scalars(query).first() is not None


def start_totp(staff: Staff) -> None:
    """Make a secret for an authenticator app. It asks for nothing until a first code proves it.

    Raises StaffError if an app is in use already.
    """
    if staff.totp_at is not None:
        raise StaffError("An authenticator app is in use already. Turn it off first.")
    staff.totp, staff.totp_step = pyotp.random_base32(), None


def totp_address(staff: Staff, issuer: str) -> str:
    """The otpauth:// address that an authenticator app reads from the QR code."""
    return pyotp.TOTP(staff.totp).provisioning_uri(name=staff.email, issuer_name=issuer)


def confirm_totp(session: Session, staff: Staff, code: str) -> bool:
    """A first right code turns the authenticator app on."""
    if staff.totp_at is not None or not is_code(staff, code):
        return False
    staff.totp_at = clock.now()
    audit.record(session, "second_factor_added", staff_id=staff.id)
    return True


def is_code(staff: Staff, code: str) -> bool:
    """Whether this is a code of the app, within a step of now. It is used up: each code works once.

    Hold the row (`locked`), or two that race get in with one code.
    """
    given = "".join(code.split())
    if staff.totp is None or not (given.isascii() and given.isdigit()):
        return False
    now_step = int(clock.now().timestamp()) // _STEP_SECONDS
    app = pyotp.TOTP(staff.totp)
    for step in (now_step + drift for drift in _DRIFT):
        is_unused = staff.totp_step is None or step > staff.totp_step
        if is_unused and hmac.compare_digest(app.generate_otp(step), given):
            staff.totp_step = step
            return True
    return False


def remove_totp(session: Session, staff: Staff) -> None:
    """Turn the authenticator app off."""
    _forget_totp(staff)
    _drop_needless_codes(session, staff)
    audit.record(session, "second_factor_removed", staff_id=staff.id)


def make_recovery_codes(session: Session, vault: Vault, staff: Staff) -> list[str]:
    """Ten new codes, such as `k7f2m-3qx9w`; the ones before stop working. Only fingerprints are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(2 * _HALF)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        index = _code_index(vault, staff, code)
        row = RecoveryCode(id=new_id(), staff_id=staff.id, code_index=index, created_at=clock.now())
        session.add(row)
    audit.record(session, "recovery_codes_made", staff_id=staff.id)
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in codes]


def codes_for_a_first_factor(session: Session, vault: Vault, staff: Staff) -> list[str]:
    """Recovery codes for whoever has none at all; otherwise nothing, for theirs are on paper already."""
    return [] if recovery_codes_left(session, staff.id) else make_recovery_codes(session, vault, staff)


def recovery_codes_left(session: Session, staff_id: str) -> int:
    """How many recovery codes still work."""
    query = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalars(query).one()


def use_recovery_code(session: Session, vault: Vault, staff: Staff, code: str) -> bool:
    """Whether this is one of the codes; it is used up. Capitals, spaces and dashes do not matter."""
    given = "".join(letter for letter in code.lower() if letter.isalnum())
    done = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.code_index == _code_index(vault, staff, given),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )
    is_right = cast(CursorResult[Any], done).rowcount == 1
    if is_right:
        audit.record(session, "recovery_code_used", staff_id=staff.id)
    return is_right


def remove_passkey(session: Session, staff: Staff, passkey_id: str) -> bool:
    """Stop trusting a phone or computer; False if they have no such one."""
    done = session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id, Passkey.staff_id == staff.id, Passkey.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    if cast(CursorResult[Any], done).rowcount == 0:
        return False
    _drop_needless_codes(session, staff)
    audit.record(session, "passkey_removed", staff_id=staff.id)
    return True


def reset_second_factor(session: Session, staff: Staff) -> None:
    """For whoever lost it: no authenticator app, no recovery codes, no passkeys, every session ended.

    The password stays. In a live home they are led to set up a new one when they sign in with it.
    """
    _forget_totp(staff)
    session.execute(
        update(Passkey)
        .where(Passkey.staff_id == staff.id, Passkey.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    end_all_sessions(session, staff.id)
    audit.record(session, "second_factor_reset", staff_id=staff.id)


def _forget_totp(staff: Staff) -> None:
    staff.totp, staff.totp_at, staff.totp_step = None, None, None


def _drop_needless_codes(session: Session, staff: Staff) -> None:
    session.flush()
    if staff.totp_at is None and not has_passkey(session, staff.id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))


def _code_index(vault: Vault, staff: Staff, code: str) -> str:
    return vault.blind_index("recovery", f"{staff.id}|{code}")
