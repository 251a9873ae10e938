"""Before something that opens the account to others: the password once more."""

from __future__ import annotations

from flask import g, request

from smsbot import audit, people
from smsbot.models import Staff
from smsbot.people import Attempt
from smsbot.web.parts import wiring
from smsbot.web.steps import here, is_setting_up


def problem_with_password() -> str | None:
    """What is wrong with the field `password` of this form; None when it is right.

    Whoever is setting up a second factor has just given it.
    """
    if is_setting_up():
        return None
    parts, staff = wiring(), here().staff
    keys = [parts.vault.blind_index("sign_in", f"again|{staff.id}")]
    with parts.db.reading() as session:
        wait = people.seconds_to_wait(session, keys)
    if wait > 0:
        return too_early(wait)
    is_right = people.is_password(staff, request.form.get("password", ""))
    with parts.db.writing() as session:
        (people.forget_failures if is_right else people.note_failure)(session, keys)
        if not is_right:
            audit.record(session, "sign_in_failed", staff_id=staff.id, at="open_screen")
    g.has_proven = is_right
    return None if is_right else "That is not your password. Try again."


def has_proven() -> bool:
    """Whether the right password came with this very request."""
    return bool(g.get("has_proven"))


def try_code(staff: Staff, kind: str, code: str) -> Attempt:
    """Check a code (`totp`, `recovery`), use it up and count the try, in one transaction."""
    parts = wiring()
    keys = [parts.vault.blind_index("sign_in", f"code|{staff.id}")]
    with parts.db.writing() as session:
        # the row is held: tries that race wait here, and see each other's failures
        person = people.locked(session, staff.id)

        def check() -> bool:
            if kind == "totp":
                return person.totp_at is not None and people.is_code(person, code)
            if kind == "first":
                return people.confirm_totp(session, person, code)
            return people.use_recovery_code(session, parts.vault, person, code)

        tried = people.attempt(session, keys, check)
        if not tried.is_right and not tried.wait:
            audit.record(session, "code_failed", staff_id=staff.id, code=kind)
    return tried


def too_early(wait: float) -> str:
    """What somebody reads who has to wait."""
    seconds = int(wait) + 1
    return f"Too many tries. Wait {seconds} second{'s' if seconds > 1 else ''}, then try again."
