"""One's own account: sessions, the second factor, trusted phones."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from smsbot import audit, people
from smsbot.people import StaffError
from smsbot.web.account_page import read_account
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.proving import problem_with_password
from smsbot.web.sessions import start_session
from smsbot.web.sign_in_form import are_passkeys_possible
from smsbot.web.steps import here, to

account = Blueprint("account", __name__)


@account.get("/account")
@policy(Policy.STAFF)
def show() -> Response:
    """Who one is, how one signs in, and where one is signed in."""
    with wiring().db.reading() as session:
        page = read_account(session, here())
    return make_response(render_template("account.html", page=page, has_passkeys=are_passkeys_possible()))


@account.get("/account/password")
@policy(Policy.STAFF)
def password() -> Response:
    """Where the password is changed."""
    return make_response(render_template("account_password.html"))


@account.post("/account/password")
@policy(Policy.STAFF)
def change_password() -> Response:
    """A new password ends every other session."""
    problem = problem_with_password()
    if problem is not None:
        return _again(problem)
    now = here()
    with wiring().db.writing() as session:
        try:
            people.set_password(session, people.locked(session, now.staff.id), request.form.get("new", ""))
        except StaffError as error:
            return _again(str(error))
    response = to(url_for("account.show"))
    start_session(response, now.staff.id, now.session.how)
    return response


@account.post("/account/sessions/<session_id>/end")
@policy(Policy.STAFF)
def end(session_id: str) -> Response:
    """Sign out one browser of one's own."""
    now = here()
    with wiring().db.writing() as session:
        if not people.end_session(session, now.staff.id, session_id):
            abort(404)
        audit.record(session, "session_ended", staff_id=now.staff.id)
    return to(url_for("account.show"))


@account.post("/account/sessions/end-others")
@policy(Policy.STAFF)
def end_others() -> Response:
    """Sign out everywhere else."""
    now = here()
    with wiring().db.writing() as session:
        ended = people.end_all_sessions(session, now.staff.id, spare=now.session.id)
        audit.record(session, "sessions_ended", staff_id=now.staff.id, count=ended)
    return to(url_for("account.show"))


def _again(problem: str) -> Response:
    return make_response(render_template("account_password.html", problem=problem), 422)
