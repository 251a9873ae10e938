"""Staff and their roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from smsbot import staff_changes
from smsbot.models import Staff
from smsbot.models.people import Role
from smsbot.people import StaffError
from smsbot.staff_changes import Given
from smsbot.web.administration.staff_rows import ROLE_WORDS, find_staff, read_row, read_rows
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

staff_list = Blueprint("staff_list", __name__)


@staff_list.get("/administration/staff")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def show() -> str:
    """Everybody."""
    parts = wiring()
    with parts.db.reading() as session:
        rows = read_rows(session, parts)
    return render_template("administration/staff.html", rows=rows)


@staff_list.get("/administration/staff/new")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def new() -> str:
    """The form for a person more."""
    return render_template("administration/staff_new.html", given={}, roles=ROLE_WORDS)


@staff_list.post("/administration/staff/new")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def add() -> Response:
    """Add a person; shows their sign-in link, this once."""
    parts = wiring()
    try:
        given = _given()
        with parts.db.writing() as session:
            person, token = staff_changes.add(session, parts.vault, given, g.staff)
    except StaffError as error:
        return _refused("administration/staff_new.html", error, given=request.form, roles=ROLE_WORDS)
    return _hand_over(person, token)


@staff_list.get("/administration/staff/<staff_id>")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def person(staff_id: str) -> str:
    """One person."""
    return render_template("administration/staff_person.html", **_person(staff_id))


@staff_list.post("/administration/staff/<staff_id>")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def change(staff_id: str) -> Response:
    """Name, phone, address, role, on call."""
    parts = wiring()
    try:
        given = _given()
        with parts.db.writing() as session:
            staff_changes.change(
                session, parts.vault, find_staff(session, staff_id, lock=True), given, g.staff
            )
    except StaffError as error:
        return _person_refused(staff_id, error, given=request.form)
    return _to_list("Saved.")


@staff_list.post("/administration/staff/<staff_id>/disable")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def disable(staff_id: str) -> Response:
    """Take somebody off: no alerts, no sign-in."""
    return _do(
        staff_id, staff_changes.disable, "Disabled: no alerts, no sign-in, and every session has ended."
    )


@staff_list.post("/administration/staff/<staff_id>/enable")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def enable(staff_id: str) -> Response:
    """Put somebody back."""
    return _do(staff_id, staff_changes.enable, "Enabled: alerts come again, and the old password holds.")


@staff_list.post("/administration/staff/<staff_id>/second-factor")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def second_factor(staff_id: str) -> Response:
    """For somebody whose phone is lost."""
    return _do(
        staff_id,
        staff_changes.reset_second_factor,
        "Second factor reset: the password alone signs in until a new one is set up.",
    )


@staff_list.post("/administration/staff/<staff_id>/link")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def link(staff_id: str) -> Response:
    """A new sign-in link, shown this once."""
    parts = wiring()
    try:
        with parts.db.writing() as session:
            person = find_staff(session, staff_id)
            token = staff_changes.new_link(session, parts.vault, person, g.staff)
    except StaffError as error:
        return _person_refused(staff_id, error)
    return _hand_over(person, token)


def _do(staff_id: str, act: Callable[[Session, Staff, Staff], None], done: str) -> Response:
    try:
        with wiring().db.writing() as session:
            act(session, find_staff(session, staff_id, lock=True), g.staff)
    except StaffError as error:
        return _person_refused(staff_id, error)
    return _to_list(done)


def _given() -> Given:
    form = request.form
    names = ("name", "email", "phone", "role")
    return staff_changes.read_given(
        **{name: form.get(name, "") for name in names},
        is_on_call="on_call" in form,
    )


def _person(staff_id: str) -> dict[str, Any]:
    parts = wiring()
    with parts.db.reading() as session:
        row = read_row(session, parts, staff_id)
    one = row.person
    kept = {"name": one.name, "email": one.email, "phone": one.phone, "role": one.role}
    return {"row": row, "roles": ROLE_WORDS, "given": kept | ({"on_call": "1"} if one.is_on_call else {})}


def _person_refused(staff_id: str, error: StaffError, **more: Any) -> Response:
    return _refused("administration/staff_person.html", error, **(_person(staff_id) | more))


def _refused(template: str, error: StaffError, **context: Any) -> Response:
    return make_response(render_template(template, problems=str(error).splitlines(), **context), 422)


def _hand_over(person: Staff, token: str) -> Response:
    address = wiring().settings.public_url + url_for("sign_in.welcome", token=token)
    return make_response(render_template("administration/staff_link.html", person=person, address=address))


def _to_list(words: str) -> Response:
    flash(words)
    return redirect(url_for("staff_list.show"), 303)  # type: ignore[return-value]
