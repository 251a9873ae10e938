"""Saved replies, in each language."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from smsbot.correspondence.saved import (
    LONGEST_NAME,
    PLACEHOLDERS,
    BadSavedReply,
    add,
    change,
    find_saved,
    list_saved,
    remove,
)
from smsbot.models import SavedReply
from smsbot.models.people import Role
from smsbot.web.case_people import language_name
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

saved_replies = Blueprint("saved_replies", __name__, url_prefix="/administration/saved-replies")


@saved_replies.get("")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def show() -> Response:
    """All of them, by language, each to be changed or removed; and a form for another."""
    return _page(200)


@saved_replies.post("")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def create() -> Response:
    """Keep a new one."""
    form = request.form
    return _do(
        lambda session: add(
            session,
            name=form.get("name", ""),
            language=form.get("language", ""),
            body=form.get("body", ""),
            offered=wiring().clinic.languages,
            staff_id=g.staff.id,
        )
    )


@saved_replies.post("/<saved_id>")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def update(saved_id: str) -> Response:
    """Change one."""
    form = request.form
    return _do(
        lambda session: change(
            session,
            _found(session, saved_id),
            name=form.get("name", ""),
            body=form.get("body", ""),
            offered=wiring().clinic.languages,
            staff_id=g.staff.id,
        ),
        saved_id,
    )


@saved_replies.post("/<saved_id>/remove")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def take_away(saved_id: str) -> Response:
    """Offer one no more."""
    return _do(lambda session: remove(session, _found(session, saved_id), g.staff.id))


def _do(work: Callable[[Session], object], saved_id: str = "") -> Response:
    """Do it, and show the page; or show what is wrong beside the form it was in, with what was typed."""
    try:
        with wiring().db.writing() as session:
            work(session)
    except BadSavedReply as bad:
        return _page(422, bad.problems, saved_id)
    return redirect(url_for("saved_replies.show"), 303)  # type: ignore[return-value]


def _page(status: int, problems: tuple[str, ...] = (), saved_id: str = "") -> Response:
    languages = wiring().clinic.languages
    with wiring().db.reading() as session:
        found = list_saved(session, languages)
    page = render_template(
        "administration/saved_replies.html",
        saved=found,
        languages=[(code, language_name(code)) for code in languages],
        language_name=language_name,
        placeholders=PLACEHOLDERS,
        longest_name=LONGEST_NAME,
        problems=problems,
        wrong_id=saved_id,
        typed=request.form,
    )
    return make_response(page, status)


def _found(session: Session, saved_id: str) -> SavedReply:
    found = find_saved(session, saved_id)
    if found is None:
        abort(404)
    return found
