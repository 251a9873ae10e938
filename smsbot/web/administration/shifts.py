"""Who is on call: the calendar, swaps and gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from smsbot import clock, shift_changes
from smsbot.models import Duty
from smsbot.models.people import Role
from smsbot.shifts.errors import ShiftError
from smsbot.shifts.fetch import MOST_BYTES
from smsbot.shifts.words import describe
from smsbot.shifts.written import clock_of, moment_of
from smsbot.web.administration.shift_days import CalendarPage, read_calendar_page
from smsbot.web.administration.staff_rows import find_staff
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

shift_calendar = Blueprint("shift_calendar", __name__)

_VIEWS = ("week", "month")


@shift_calendar.get("/administration/shifts")
@policy(Policy.STAFF)
def show() -> str:
    """The calendar, for everybody."""
    return render_template("administration/shifts.html", **_context(_page()))


@shift_calendar.get("/administration/shifts/swap")
@policy(Policy.STAFF)
def swap() -> str:
    """The form that puts somebody on duty for once; colleagues hand over a shift of their own."""
    return render_template("administration/shifts_swap.html", **_context(_page()), given=request.args)


@shift_calendar.post("/administration/shifts/swap")
@policy(Policy.STAFF)
def put_on_duty() -> Response:
    """Do it."""
    try:
        words = _swap()
    except (ShiftError, ValueError) as error:
        return _refused("administration/shifts_swap.html", error, given=request.form)
    return _to_calendar(words)


@shift_calendar.post("/administration/shifts/weekly")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def add_weekly() -> Response:
    """A duty that comes back every week."""
    form = request.form
    weekdays = sorted({int(day) for day in form.getlist("days") if day in set("0123456")})
    try:
        starts, ends = clock_of(form.get("starts", "")), clock_of(form.get("ends", ""))
        with wiring().db.writing() as session:
            person = find_staff(session, form.get("staff_id", ""))
            shift_changes.add_weekly(session, person, _duty(), weekdays, starts, ends, g.staff)
    except (ShiftError, ValueError) as error:
        return _refused("administration/shifts.html", error)
    return _to_calendar("Added to the weekly plan.")


@shift_calendar.post("/administration/shifts/remove")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def remove() -> Response:
    """Take out a row of the weekly plan, a swap or an imported shift."""
    try:
        with wiring().db.writing() as session:
            shift_changes.take_out(session, request.form.get("row_id", "").replace("\0", ""), g.staff)
    except ShiftError as error:
        return _refused("administration/shifts.html", error)
    return _to_calendar("Removed.")


@shift_calendar.post("/administration/shifts/import")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def import_() -> Response:
    """Take the shifts out of a calendar, from a file or an address."""
    parts, file = wiring(), request.files.get("file")
    try:
        if file is not None and file.filename:
            raw = file.stream.read(MOST_BYTES + 1)
        else:
            # before the transaction: a slow host must not hold up the texts
            raw = shift_changes.calendar_of(request.form.get("address", ""))
        with parts.db.writing() as session:
            done, first, last = shift_changes.import_calendar(
                session, raw, parts.clinic.zone, _duty(), g.staff
            )
    except ShiftError as error:
        return _refused("administration/shifts.html", error)
    zone = parts.clinic.zone
    words = f"{done.written} shifts imported, {done.replaced} replaced: "
    return _to_calendar(f"{words}{describe(first, zone)} to {describe(last, zone)}.")


def _swap() -> str:
    parts, form = wiring(), request.form
    zone = parts.clinic.zone
    starts_at = moment_of(form.get("starts", ""), zone)
    ends_at = moment_of(form.get("ends", ""), zone, is_end=True)
    with parts.db.writing() as session:
        person = find_staff(session, form.get("staff_id", ""))
        if _may_edit():
            shift_changes.put_on_duty(session, person, _duty(), starts_at, ends_at, g.staff)
        else:
            shift_changes.hand_over(session, zone, g.staff, person, _duty(), starts_at, ends_at)
    return f"Changed from {describe(starts_at, zone)} to {describe(ends_at, zone)}."


def _may_edit() -> bool:
    return bool(g.staff.role == Role.ADMINISTRATOR)


def _duty() -> Duty:
    written = request.form.get("duty", "")
    return Duty(written) if written in set(Duty) else abort(400)


def _page() -> CalendarPage:
    parts = wiring()
    today = parts.clinic.local(clock.now()).date()
    view = request.values.get("view", "week")
    with parts.db.reading() as session:
        return read_calendar_page(
            session,
            parts,
            view if view in _VIEWS else "week",
            _day(request.values.get("day"), today),
            g.staff,
        )


def _day(written: str | None, today: date) -> date:
    """The day that was asked for, within the years that a clinic plans."""
    try:
        day = date.fromisoformat(written or "")
    except ValueError:
        return today
    return day if abs((day - today).days) < 3660 else today


def _context(page: CalendarPage) -> dict[str, Any]:
    return {"page": page, "may_edit": _may_edit()}


def _refused(template: str, error: Exception, **more: Any) -> Response:
    context = {**_context(_page()), "problems": str(error).splitlines(), **more}
    return make_response(render_template(template, **context), 422)


def _to_calendar(words: str) -> Response:
    flash(words)
    view, day = request.form.get("view"), request.form.get("day")
    return redirect(url_for("shift_calendar.show", view=view, day=day), 303)  # type: ignore[return-value]
