"""Hours, holidays, closed until, and the pause of automatic replies."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for

from smsbot import clock
from smsbot.clinic import ChangeError
from smsbot.clinic_changes import change, newest
from smsbot.models import ClinicChange
from smsbot.models.people import Role
from smsbot.web.administration import hours_forms
from smsbot.web.administration.hours_page import NAMES, hours_page, listed_days
from smsbot.web.administration.menu import administration_pages
from smsbot.web.administration.notices import office_notices
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

hours = Blueprint("hours", __name__)


@hours.app_context_processor
def _context() -> dict[str, Any]:
    return {"administration_pages": administration_pages, "office_notices": office_notices}


@hours.get("/administration/hours")
@policy(Policy.STAFF)
def show() -> Response:
    """What holds now; administrators change it here."""
    return _page()


@hours.post("/administration/hours/week")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def set_week() -> Response:
    """Set the opening hours, from the table or the text field."""
    return _changed("hours", hours_forms.hours_value)


@hours.post("/administration/hours/close")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def close() -> Response:
    """Close the office until a moment."""
    clinic = wiring().clinic
    return _changed("closed_until", lambda form: hours_forms.closing_value(form, clinic, clock.now()))


@hours.post("/administration/hours/open")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def open_again() -> Response:
    """The usual hours hold again."""
    return _changed("closed_until", lambda form: None)


@hours.post("/administration/hours/pause")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def pause() -> Response:
    """No automatic replies but crisis ones."""
    return _changed("replies", lambda form: "crisis")


@hours.post("/administration/hours/resume")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def resume() -> Response:
    """Automatic replies go out again."""
    return _changed("replies", lambda form: None)


@hours.post("/administration/hours/closed-days")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def set_closed_days() -> Response:
    """Add a day on which the office is closed, or take one off the list."""
    parts = wiring()
    with parts.db.reading() as session:
        listed = listed_days(parts.clinic, newest(session, "closed_days").get("closed_days"))
    return _changed("closed_days", lambda form: hours_forms.days_value(form, listed))


@hours.post("/administration/hours/back")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def back() -> Response:
    """Back to an earlier change, or (without one) to what clinic.toml says."""
    name, change_id = request.form.get("name", ""), request.form.get("change", "")
    if name not in NAMES:
        abort(400)
    with wiring().db.reading() as session:
        row = session.get(ClinicChange, change_id) if change_id else None
    if change_id and (row is None or row.name != name):
        abort(404)
    return _changed(name, lambda form: row.value if row else None)


def _changed(name: str, read: hours_forms.Read) -> Response:
    """Make the change and show the page again; what cannot be is said above the form as it was filled in."""
    parts, note = wiring(), request.form.get("note", "").strip()
    try:
        value = read(request.form)
        with parts.db.writing() as session:
            change(session, parts.living.files, g.staff.id, name, value, note)
    except ChangeError as error:
        return _page(error.problems, name)
    parts.living.refresh()
    return redirect(url_for("hours.show"), 303)  # type: ignore[return-value]


def _page(problems: tuple[str, ...] = (), name: str = "") -> Response:
    parts, now = wiring(), clock.now()
    with parts.db.reading() as session:
        page = hours_page(parts, session, now)
    can_change = g.staff.role == Role.ADMINISTRATOR
    form = request.form if problems else {}
    body = render_template(
        "administration/hours.html",
        page=page,
        can_change=can_change,
        problems=problems,
        about=name,
        form=form,
    )
    return make_response(body, 422 if problems else 200)
