"""Importing the patient list, with a look at what it would change."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from smsbot import audit, clock
from smsbot.models.people import Role
from smsbot.patients.batches import apply_in_batches
from smsbot.patients.columns import ColumnsProblem, Mapping
from smsbot.patients.importing import Import, ImportRefused, read_import
from smsbot.patients.reading import FileProblem
from smsbot.web.administration.import_preview import on_screen, preview_of
from smsbot.web.administration.kept_upload import KeptUploads
from smsbot.web.parts import KEY, wiring
from smsbot.web.policy import Policy, policy

import_patients = Blueprint("import_patients", __name__)

MOST_MB = 20
_PROBLEMS = (FileProblem, ColumnsProblem, ImportRefused)


@import_patients.record_once
def _forget_uploads(state: BlueprintSetupState) -> None:
    parts = state.app.extensions[KEY]
    KeptUploads(parts.settings.home, parts.vault).forget_all()


@import_patients.get("/administration/patients")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def show() -> str:
    """Where the file is chosen."""
    _uploads().forget_old()
    return render_template("administration/patients.html", most_mb=MOST_MB, given={})


@import_patients.post("/administration/patients/preview")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def preview() -> Response:
    """What the file would change. Nothing is written."""
    file = request.files.get("file")
    raw = file.stream.read(MOST_MB * 1_000_000 + 1) if file else b""
    try:
        if not raw:
            raise FileProblem("No file, or an empty one, was chosen: choose the CSV file.")
        if len(raw) > MOST_MB * 1_000_000:
            raise FileProblem(
                f"The file is larger than {MOST_MB} MB: export patients alone, or use smsbot patients import."
            )
        found = _read(raw)
    except _PROBLEMS as problem:
        return _refused(problem)
    return _previewed(found, _uploads().keep(g.session_id, raw))


@import_patients.post("/administration/patients/write")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def write() -> Response:
    """Write what was looked at."""
    parts, form = wiring(), request.form
    checksum = form.get("checksum", "")
    raw = _uploads().read(g.session_id, checksum)
    try:
        if raw is None:
            raise FileProblem("The file is kept for an hour only, and is gone: upload it again.")
        found = _read(raw)
        shown = preview_of(found)
        if shown.stamp != form.get("stamp"):
            return _previewed(found, checksum, "The list has changed meanwhile. Look again.")
        if shown.refused and "skip_bad" not in form:
            return _previewed(found, checksum, "Tick that the refused lines are left out, or correct them.")
        apply_in_batches(parts.db, parts.vault, found, clock.now(), g.staff)
    except _PROBLEMS as problem:
        return _refused(problem)
    _uploads().forget(g.session_id)
    left_out = f" {shown.refused} lines were left out." if shown.refused else ""
    flash(f"Written: {shown.new} new, {shown.changed} changed, {shown.left} gone.{left_out}")
    return redirect(url_for("import_patients.show"), 303)  # type: ignore[return-value]


@import_patients.post("/administration/patients/forget")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def forget() -> Response:
    """Think better of it."""
    _uploads().forget(g.session_id)
    flash("Nothing was written, and the file is deleted here.")
    return redirect(url_for("import_patients.show"), 303)  # type: ignore[return-value]


def _read(raw: bytes) -> Import:
    parts = wiring()
    today, is_complete = parts.clinic.local(clock.now()), "remove_missing" in request.form
    return read_import(parts.db, parts.vault, raw, _mapping(), today, remove_missing=is_complete)


def _mapping() -> Mapping:
    """`Their column = ours`, one a line."""
    pairs = []
    for line in request.form.get("mapping", "").splitlines():
        theirs, is_pair, ours = line.rpartition("=")
        if line.strip():
            if not is_pair or not theirs.strip() or not ours.strip():
                raise ColumnsProblem('Write each column on a line of its own, as "MRN = clinic_id".')
            pairs.append((theirs.strip(), ours.strip()))
    return pairs


def _previewed(found: Import, checksum: str, problem: str | None = None) -> Response:
    shown = preview_of(found)
    with wiring().db.writing() as session:
        audit.record(
            session,
            "patients_import_previewed",
            staff_id=g.staff.id,
            new=shown.new,
            changed=shown.changed,
            left=shown.left,
            refused=shown.refused,
        )
    context = {"preview": shown, "checksum": checksum, "given": request.form, "problem": problem}
    page = render_template("administration/patients_preview.html", **context)
    return make_response(page, 422 if problem else 200)


def _refused(problem: Exception) -> Response:
    context: dict[str, Any] = {"problem": on_screen(str(problem)), "given": request.form, "most_mb": MOST_MB}
    return make_response(render_template("administration/patients.html", **context), 422)


def _uploads() -> KeptUploads:
    parts = wiring()
    return KeptUploads(parts.settings.home, parts.vault)
