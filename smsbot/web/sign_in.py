"""Signing in and out, and setting a password by a one-time link."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from smsbot import audit, people
from smsbot.people import StaffError
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.proving import too_early
from smsbot.web.sessions import end_session, signed_in_staff
from smsbot.web.sign_in_form import show_form
from smsbot.web.steps import address_keys, begin, local_path, to

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@policy(Policy.PUBLIC)
def page() -> Response:
    """The form."""
    target = local_path(request.args.get("next"))
    if signed_in_staff() is not None:
        return to(target)
    return show_form(target)


@sign_in.post("/sign-in")
@policy(Policy.PUBLIC)
def submit() -> Response:
    """Check address and password; slow down after failures of this account from this address."""
    parts = wiring()
    email, target = request.form.get("email", ""), local_path(request.form.get("next"))
    keys = address_keys(email.strip().casefold())
    with parts.db.reading() as session:
        wait = people.seconds_to_wait(session, keys)
        staff = people.find_by_email(session, parts.vault, email)
    if wait > 0:
        return show_form(target, too_early(wait), 429)
    if staff is not None and staff.disabled_at is not None:
        staff = None
    is_right = people.is_password(staff, request.form.get("password", ""))
    with parts.db.writing() as session:
        _note(session, is_right, keys, staff.id if staff else None)
    if not is_right or staff is None:
        return show_form(target, "That address and password do not belong together. Try again.", 401)
    return begin(staff, "password", target)


@sign_in.post("/sign-out")
@policy(Policy.PUBLIC)
def sign_out() -> Response:
    """End this browser's session."""
    response = to(url_for("sign_in.page"))
    end_session(response)
    return response


@sign_in.get("/welcome/<token>")
@policy(Policy.PUBLIC)
def welcome(token: str) -> Response:
    """The page behind a one-time link."""
    parts = wiring()
    with parts.db.reading() as session:
        found = people.staff_of_link(session, parts.vault, token)
    if found is None:
        return make_response(render_template("welcome.html", person=None), 410)
    return make_response(render_template("welcome.html", person=found[1], token=token))


@sign_in.post("/welcome/<token>")
@policy(Policy.PUBLIC)
def set_password(token: str) -> Response:
    """Set the password and sign in."""
    parts = wiring()
    with parts.db.writing() as session:
        found = people.staff_of_link(session, parts.vault, token)
        if found is None:
            return make_response(render_template("welcome.html", person=None), 410)
        link, person = found
        try:
            people.set_password(session, person, request.form.get("password", ""))
        except StaffError as error:
            page = render_template("welcome.html", person=person, token=token, problem=str(error))
            return make_response(page, 422)
        people.use_link(link)
    return begin(person, "link", "/")


def _note(session: Session, is_right: bool, keys: list[str], staff_id: str | None) -> None:
    if is_right:
        people.forget_failures(session, keys)
    else:
        people.note_failure(session, keys)
        audit.record(session, "sign_in_failed", staff_id=staff_id)
