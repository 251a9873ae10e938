"""Pictures and files that patients sent: for signed-in staff alone, each opening audited."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, g
from sqlalchemy import select

from smsbot import audit, clock
from smsbot.attachments import read_content
from smsbot.attachments.file_types import file_name, picture_type
from smsbot.models import Attachment, AttachmentState, Event, Message
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

attachments = Blueprint("attachments", __name__)

# A page of pictures that is opened again soon by the same person is one opening of each.
_ONE_OPENING = timedelta(minutes=15)


@attachments.get("/attachments/<attachment_id>")
@policy(Policy.STAFF)
def download(attachment_id: str) -> Response:
    """The file itself, to be kept by the browser and never shown by it."""
    found, data = _kept(attachment_id)
    _audit_opening(found, "downloaded")
    return _answer(data, found.content_type, file_name(found.position, found.content_type))


@attachments.get("/attachments/<attachment_id>/picture")
@policy(Policy.STAFF)
def picture(attachment_id: str) -> Response:
    """A picture for the case page: only what is one by its own bytes, whatever it is called."""
    found, data = _kept(attachment_id)
    content_type = picture_type(data)
    if content_type is None:
        abort(404)
    _audit_opening(found, "shown")
    return _answer(data, content_type, file_name(found.position, content_type))


def _kept(attachment_id: str) -> tuple[Attachment, bytes]:
    with wiring().db.reading() as session:
        found = session.get(Attachment, attachment_id)
    if found is None or found.state != AttachmentState.KEPT:
        abort(404)
    return found, read_content(found)


def _answer(data: bytes, content_type: str, name: str) -> Response:
    # An <img> shows it all the same; opened by itself, even a picture is only downloaded.
    return Response(
        data,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def _audit_opening(found: Attachment, how: str) -> None:
    with wiring().db.writing() as session:
        case_id = session.get_one(Message, found.message_id).case_id
        recent = session.scalars(
            select(Event).where(
                Event.kind == "attachment_opened",
                Event.case_id == case_id,
                Event.staff_id == g.staff.id,
                Event.at > clock.now() - _ONE_OPENING,
            )
        )
        details = {"attachment_id": found.id, "how": how}
        if all(event.details != details for event in recent):
            audit.record(session, "attachment_opened", case_id=case_id, staff_id=g.staff.id, **details)
