"""The case that an address names."""

from __future__ import annotations

from flask import Response, abort, redirect, url_for
from sqlalchemy.orm import Session

from smsbot.models import Case
from smsbot.web.case_pages import case_by_code


def find_case(session: Session, code: str, *, lock: bool = False) -> Case:
    """The case with this code, locked when it is about to be changed; 404 if there is none."""
    found = case_by_code(session, code, lock=lock)
    if found is None:
        abort(404)
    return found


def back_to(code: str) -> Response:
    """To the case's page, after something was done."""
    return redirect(url_for("case.show", code=code), 303)  # type: ignore[return-value]
