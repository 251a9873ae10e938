"""How large a request may be, and where an uploaded file waits: in memory, never in clear on a disk."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Flask, Request, request

from smsbot.web.sessions import signed_in_staff

MOST_BYTES = 1_000_000  # of any other request; webhooks look for less themselves
MOST_UPLOADED = 25_000_000  # a list of patients is the largest thing anybody sends
_UPLOADS = frozenset({"import_patients.preview", "shift_calendar.import_"})


class InMemory(Request):
    """A request whose files are kept in memory: by default large ones are spooled to a file in clear."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def limit_requests(app: Flask) -> None:
    """Before anything reads a body; so this stands before the protection against forged forms."""
    app.request_class = InMemory
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.before_request(_let_files_in)


def _let_files_in() -> None:
    if request.endpoint in _UPLOADS and signed_in_staff() is not None:
        request.max_content_length = MOST_UPLOADED
