"""Where the bytes of attachments lie: a host of its own that turns credentials away, as in the world outside.

Every request for an attachment's bytes is remembered, here and at the API, with whether credentials came
along: a test can prove that none were sent where none may be.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_faults import REQUEST, Subject
from smsbot.simulator.provider_gate import network, spoil
from smsbot.simulator.provider_state import insert, moment

media_host = Blueprint("media_host", __name__)


def note_media_request(sid: str) -> None:
    """Remember that the bytes of this attachment were asked for, where, and what came along."""
    settings = network().settings
    has_secret = settings.token in request.full_path or bool(request.cookies)
    values = {
        "sid": sid,
        "host": request.host.partition(":")[0],
        "path": request.path,
        "has_credentials": "Authorization" in request.headers or has_secret,
        "asked_at": moment(),
    }
    with network().store.writing() as db:
        insert(db, "media_requests", values)


def list_media_requests() -> list[dict[str, Any]]:
    """Every request for bytes, in order: `sid`, `host`, `path`, `has_credentials`."""
    rows = network().store.rows("SELECT * FROM media_requests ORDER BY seq")
    return [
        {name: row[name] for name in ("sid", "host", "path")}
        | {"has_credentials": bool(row["has_credentials"])}
        for row in rows
    ]


@media_host.before_request
def _check_request() -> Response | None:
    note_media_request(str((request.view_args or {}).get("sid", "")))
    fault = network().faults.strike(REQUEST, Subject(request.path, request.method, ""))
    return None if fault is None else spoil(fault)


@media_host.get("/_cdn/<sid>")
def fetch_from_cdn(sid: str) -> Response:
    """The bytes, for whoever knows the address and shows no credentials."""
    if request.authorization:
        return Response("only one way to sign in is allowed", 400)
    media = network().store.find("media", sid)
    if media is None:
        raise ApiError(20404)
    return Response(media["data"], content_type=media["content_type"])
