"""What the tests of attachments share: a text with pictures, and what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from smsbot import attachments
from smsbot.domain import Media
from smsbot.models import Attachment, Event, Message
from smsbot.twilio.media import MediaClient
from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.texts import WALT, inbound

JPEG = b"\xff\xd8\xff\xe0 a picture of a rash \x00\xff"
PNG = b"\x89PNG\r\n\x1a\n another \x00"
HTML = b"<html><script>alert(1)</script></html>"


def a_client(wiring: Wiring, **changes: Any) -> MediaClient:
    account, limits = wiring.account, changes.pop("limits", None)
    tokens = changes.pop("tokens", account.auth_tokens)
    return MediaClient(account.account_sid, tokens, account.api_url, limits)


def an_mms(
    wiring: Wiring, phones: Phones, *media: tuple[str, bytes], form: dict[str, str] | None = None
) -> str:
    """A text with these attachments: the provider has them, its webhook was taken in. The message's id."""
    sid = phones.client.text(WALT, "", media=media, deliver=False)["sid"]
    announced = tuple(Media(index, content_type) for index, (content_type, _) in enumerate(media))
    if form is None:
        form = announced_form(phones, sid)
    wiring.intake.receive(inbound("", provider_sid=sid, media=announced, raw=form))
    with wiring.db.writing() as session:
        message = session.scalars(select(Message).where(Message.provider_sid == sid)).one()
        attachments.note(session, message, announced)
        return message.id


def announced_form(phones: Phones, sid: str) -> dict[str, str]:
    """The addresses of the attachments as the webhook names them."""
    (text,) = [one for one in phones.client.thread(WALT) if one["sid"] == sid]
    addresses = [one["uri"].removesuffix(".json") for one in text["media"]]
    return {f"MediaUrl{index}": f"https://api.twilio.com{path}" for index, path in enumerate(addresses)}


def rows(wiring: Wiring, message_id: str) -> list[Attachment]:
    with wiring.db.reading() as session:
        query = select(Attachment).where(Attachment.message_id == message_id)
        return list(session.scalars(query.order_by(Attachment.position)))


def events(wiring: Wiring, kind: str) -> list[Event]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind)))
