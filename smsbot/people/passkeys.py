"""Trusted phones and computers. A passkey with user verification counts as both factors.

Not part of the package's front door: only the web needs it, and the library takes a while to load.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from smsbot import audit, clock
from smsbot.models import Passkey, Staff, new_id

CHALLENGE_LASTS = timedelta(minutes=5)
LONGEST_NAME = 80
_PORTS = {"http": 80, "https": 443}


class PasskeyError(Exception):
    """A passkey that was not accepted. The text says what to do, and holds nothing of the passkey."""


class UnknownPasskeyError(PasskeyError):
    """Nobody has this passkey, or it was removed."""


@dataclass(frozen=True)
class Site:
    """For whom passkeys are made: the host name, and the exact origin of our pages."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True)
class Challenge:
    """What the passkey has to sign, and since when."""

    value: bytes
    at: datetime

    @property
    def is_stale(self) -> bool:
        """Whether it took too long."""
        return clock.now() - self.at > CHALLENGE_LASTS


def site_of(public_url: str, name: str) -> Site | None:
    """The site behind PUBLIC_URL; None where browsers have no passkeys: at a bare IP address."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        is_named_port = parts.port is not None and parts.port != _PORTS.get(parts.scheme)
        port = f":{parts.port}" if is_named_port else ""
        return Site(host, f"{parts.scheme}://{host}{port}", name)
    return None


def passkeys_of(session: Session, staff_id: str) -> Sequence[Passkey]:
    """The trusted phones and computers of somebody, the oldest first."""
    query = (
        select(Passkey)
        .where(Passkey.staff_id == staff_id, Passkey.revoked_at.is_(None))
        .order_by(Passkey.created_at)
    )
    return session.scalars(query).all()


def registration(session: Session, site: Site, staff: Staff) -> tuple[Challenge, str]:
    """A challenge, and the options with which the browser makes a passkey, as JSON."""
    known = [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id))
        for key in passkeys_of(session, staff.id)
    ]
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=staff.id.encode(),
        user_name=staff.email,
        user_display_name=staff.name,
        exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return Challenge(options.challenge, clock.now()), webauthn.options_to_json(options)


def register(
    session: Session, site: Site, staff: Staff, challenge: Challenge | None, credential: str, name: str
) -> Passkey:
    """Trust this phone or computer. Raises PasskeyError."""
    if challenge is None or challenge.is_stale:
        raise PasskeyError("That took too long. Try again.")
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge.value,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        audit.record(session, "passkey_refused", staff_id=staff.id, why="registration")
        raise PasskeyError("That did not work. Try again, or use an authenticator app.") from error
    credential_id = bytes_to_base64url(made.credential_id)
    if session.scalars(select(Passkey.id).where(Passkey.credential_id == credential_id)).first():
        raise PasskeyError("This device is trusted already.")
    passkey = Passkey(
        id=new_id(),
        staff_id=staff.id,
        credential_id=credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name.strip()[:LONGEST_NAME] or "A device",
        created_at=clock.now(),
    )
    session.add(passkey)
    audit.record(session, "passkey_added", staff_id=staff.id)
    return passkey


def authentication(site: Site) -> tuple[Challenge, str]:
    """A challenge, and the options with which the browser asks for a passkey of this site, as JSON.

    They name no account: whoever holds a passkey of ours is known by it.
    """
    options = webauthn.generate_authentication_options(
        rp_id=site.host, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Challenge(options.challenge, clock.now()), webauthn.options_to_json(options)


def authenticate(session: Session, site: Site, challenge: Challenge | None, credential: str) -> Staff:
    """Whose passkey this is. Raises PasskeyError, UnknownPasskeyError."""
    if challenge is None or challenge.is_stale:
        raise PasskeyError("That took too long. Try again.")
    try:
        parsed = parse_authentication_credential_json(json.loads(credential))
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyError("That did not work. Try again, or use your password.") from error
    passkey, staff = _holder(session, parsed.id)
    handle = parsed.response.user_handle
    # A used passkey wants a challenge younger than its last use: the same answer never works twice.
    is_replayed = passkey.used_at is not None and passkey.used_at > challenge.at
    try:
        if is_replayed or (handle is not None and handle != staff.id.encode()):
            raise ValueError("replayed" if is_replayed else "another's")
        # checks the counter as well: one that has not grown means a copy, or a replay
        proof = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge.value,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        audit.record(session, "passkey_refused", staff_id=staff.id, why="sign_in")
        raise PasskeyError("That did not work. Try again, or use your password.") from error
    passkey.sign_count, passkey.used_at = proof.new_sign_count, clock.now()
    return staff


def _holder(session: Session, credential_id: str) -> tuple[Passkey, Staff]:
    query = (
        select(Passkey, Staff)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(
            Passkey.credential_id == credential_id.rstrip("="),
            Passkey.revoked_at.is_(None),
            Staff.disabled_at.is_(None),
        )
        .with_for_update()
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise UnknownPasskeyError("This device is not trusted here any more. Use your password.")
    return found.Passkey, found.Staff
