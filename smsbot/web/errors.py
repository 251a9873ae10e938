"""What a person is told when something does not work: what happened, and what to do."""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

log = structlog.get_logger()

_WORDS = {
    400: ("That did not work", "The form was incomplete. Go back and try again."),
    403: ("Not for your role", "Ask an administrator if you should be able to do this."),
    404: ("There is nothing here", "The address may be mistyped, or the case is from another system."),
    405: ("That did not work", "Go back to the inbox and try again."),
    413: ("That is too large", "Nothing was written. Send a smaller file, or ask your operator."),
    429: ("Too many tries", "Wait a little and try again."),
    500: ("Something broke on our side", "Nothing was lost. Try again; if it stays, tell the operator."),
}


def handle_errors(app: Flask) -> None:
    """Show a page of our own for every error, without any detail of the data."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    if isinstance(error.response, Response):
        return error.response
    if error.code == 403 and (whose := _roles_of_the_page()):
        return _page(403, None, f"This page is for the {whose}. Ask an administrator if you need it.")
    return _page(error.code or 500)


def _roles_of_the_page() -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    return " or the ".join(role.value.replace("_", " ") for role in getattr(view, "roles", ()))


def _stale_form(_error: CSRFError) -> Response:
    return _page(400, "That page was too old", "Go back, reload the page, and try again.")


def _unexpected(error: Exception) -> Response:
    # The type alone: the message of a database error may hold what was being written.
    log.error("request_failed", endpoint=request.endpoint, error=type(error).__name__)
    return _page(500)


def _page(code: int, title: str | None = None, text: str | None = None) -> Response:
    default = _WORDS.get(code, _WORDS[400 if code < 500 else 500])
    if request.path.startswith("/twilio/"):
        return Response(f"{default[0]}\n", status=code, mimetype="text/plain")
    page = render_template("error.html", title=title or default[0], text=text or default[1])
    return Response(page, status=code)
