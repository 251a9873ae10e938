"""Signing in and out, and setting a password by a one-time link."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from smsbot import audit, people
from smsbot.people import StaffError
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.sessions import end_session, signed_in_staff, start_session

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@policy(Policy.PUBLIC)
def page() -> Response:
    """The form."""
    target = local_path(request.args.get("next"))
    if signed_in_staff() is not None:
        return _to(target)
    return make_response(render_template("sign_in.html", target=target))


@sign_in.post("/sign-in")
@policy(Policy.PUBLIC)
def submit() -> Response:
    """Check address and password; slow down after failures of this account from this address."""
    parts = wiring()
    email, target = request.form.get("email", ""), local_path(request.form.get("next"))
    keys = _failure_keys(email)
    with parts.db.reading() as session:
        wait = people.seconds_to_wait(session, keys)
        staff = people.find_by_email(session, parts.vault, email)
    if wait > 0:
        return _again(target, f"Too many tries. Wait {int(wait) + 1} seconds, then try again.", 429)
    if staff is not None and staff.disabled_at is not None:
        staff = None
    is_right = people.is_password(staff, request.form.get("password", ""))
    with parts.db.writing() as session:
        _note(session, is_right, keys, staff.id if staff else None)
    if not is_right or staff is None:
        return _again(target, "That address and password do not belong together. Try again.", 401)
    response = _to(target)
    start_session(response, staff.id)
    return response


@sign_in.post("/sign-out")
@policy(Policy.PUBLIC)
def sign_out() -> Response:
    """End this browser's session."""
    response = redirect(url_for("sign_in.page"), 303)
    end_session(response)  # type: ignore[arg-type]
    return response  # type: ignore[return-value]


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
    response = _to("/")
    start_session(response, person.id)
    return response


def local_path(target: str | None) -> str:
    """A path of ours to go to after signing in; anything else leads to the inbox."""
    # "//host" and "/\host" lead elsewhere in browsers
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\") or "\n" in target:
        return "/"
    return target


def _to(target: str) -> Response:
    return redirect(target, 303)  # type: ignore[return-value]


def _again(target: str, problem: str, status: int) -> Response:
    page = render_template(
        "sign_in.html", target=target, problem=problem, email=request.form.get("email", "")
    )
    return make_response(page, status)


def _failure_keys(email: str) -> list[str]:
    """By account and address together, and by address: nobody can lock a colleague out from elsewhere."""
    vault, address = wiring().vault, request.remote_addr or ""
    return [
        vault.blind_index("sign_in", f"{email.strip().casefold()}|{address}"),
        vault.blind_index("sign_in", f"|{address}"),
    ]


def _note(session: Session, is_right: bool, keys: list[str], staff_id: str | None) -> None:
    if is_right:
        people.forget_failures(session, keys)
        audit.record(session, "signed_in", staff_id=staff_id)
    else:
        people.note_failure(session, keys)
        audit.record(session, "sign_in_failed", staff_id=staff_id)
