"""The sentences patients receive, changed on a screen."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for

from smsbot import clock
from smsbot.clinic import ChangeError
from smsbot.clinic_changes import change, wording_name
from smsbot.clinic_changes.wording import tidy
from smsbot.models import ClinicChange
from smsbot.models.people import Role
from smsbot.web.administration.wording_page import languages, sentence_page, wording_page
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

wording_editor = Blueprint("wording_editor", __name__)


@wording_editor.get("/administration/wording")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def show() -> Response:
    """Every sentence of one language."""
    parts = wiring()
    language = request.args.get("language") or parts.clinic.languages[0]
    if language not in parts.wording.texts:
        abort(404)
    with parts.db.reading() as session:
        page = wording_page(parts, session, language)
    return make_response(render_template("administration/wording.html", page=page))


@wording_editor.get("/administration/wording/<language>/<key>")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def sentence(language: str, key: str) -> Response:
    """One sentence: what it says, and the texts that hold it."""
    return _page(language, key)


@wording_editor.post("/administration/wording/<language>/<key>")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def save(language: str, key: str) -> Response:
    """Say it like this from now on; or, with `act=look`, show how it would look."""
    text = tidy(request.form.get("text", ""))
    if request.form.get("act") == "look":
        return _page(language, key, text, is_trial=True)
    return _changed(language, key, text)


@wording_editor.post("/administration/wording/<language>/<key>/back")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def back(language: str, key: str) -> Response:
    """Back to an earlier sentence, or (without one) to the original."""
    change_id = request.form.get("change", "")
    with wiring().db.reading() as session:
        row = session.get(ClinicChange, change_id) if change_id else None
    if change_id and (row is None or row.name != wording_name(language, key)):
        abort(404)
    return _changed(language, key, row.value if row else None)


def _changed(language: str, key: str, text: str | None) -> Response:
    parts, form = wiring(), request.form
    try:
        with parts.db.writing() as session:
            name, note = wording_name(language, key), form.get("note", "").strip()
            director = form.get("director", "")
            change(session, parts.living.files, g.staff.id, name, text, note, director=director)
    except ChangeError as error:
        return _page(language, key, text, error.problems)
    parts.living.refresh()
    return redirect(url_for("wording_editor.sentence", language=language, key=key), 303)  # type: ignore[return-value]


def _page(
    language: str,
    key: str,
    text: str | None = None,
    problems: tuple[str, ...] = (),
    *,
    is_trial: bool = False,
) -> Response:
    parts = wiring()
    if key not in parts.wording.texts.get(language, {}):
        abort(404)
    with parts.db.reading() as session:
        try:
            page = sentence_page(parts, session, language, key, clock.now(), text)
        except (KeyError, ValueError, IndexError):  # brackets that nothing fills: no text can be made of it
            problems = problems or ("A curly bracket is no placeholder. Write them as listed below.",)
            page = sentence_page(parts, session, language, key, clock.now())
    body = render_template(
        "administration/wording_sentence.html",
        page=page,
        languages=languages(parts),
        text=page.text if text is None else text,
        problems=problems,
        is_trial=is_trial,
        form=request.form,
    )
    return make_response(body, 422 if problems else 200)
