"""Pictures and other files of a text: fetched from the real stand-in over HTTP and kept, sealed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from smsbot import attachments
from smsbot.attachments import Fetching
from smsbot.attachments.fetching import choose
from smsbot.domain import Media
from smsbot.models import AttachmentState, Message
from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.integration.attachments.parts import HTML, JPEG, PNG, an_mms, rows
from tests.texts import WALT, inbound


def test_every_picture_of_a_text_is_kept_in_its_place(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    sent = [("image/jpeg", JPEG + bytes([n])) for n in range(5)] + [("image/png", PNG)]
    message_id = an_mms(wiring, phones, *sent)
    assert [one.state for one in rows(wiring, message_id)] == [AttachmentState.WAITING] * 6
    assert fetching.go() == 6
    kept = rows(wiring, message_id)
    assert [attachments.read_content(one) for one in kept] == [data for _, data in sent]
    assert [one.content_type for one in kept] == [content_type for content_type, _ in sent]
    assert [one.size for one in kept] == [len(data) for _, data in sent]
    assert {one.state for one in kept} == {AttachmentState.KEPT}
    assert fetching.go() == 0


def test_the_content_is_sealed(wiring: Wiring, phones: Phones, fetching: Fetching) -> None:
    message_id = an_mms(wiring, phones, ("text/plain", b"a word nobody else uses: quixotry"))
    fetching.go()
    (kept,) = rows(wiring, message_id)
    assert attachments.read_content(kept).endswith(b"quixotry")
    assert b"quixotry" not in bytes(kept.content_sealed or b"")
    assert kept.content.encode() not in bytes(kept.content_sealed or b"")


def test_the_webhooks_names_put_each_picture_in_its_place_and_without_them_all_are_kept_once() -> None:
    sids = ["MEc", "MEa", "MEb"]
    named = ["MEb", "MEc", "MEa"]
    assert [choose(n, sids, named, is_last=False) for n in range(3)] == named
    nameless = [choose(n, sids, [None] * 3, is_last=False) for n in range(3)]
    assert sorted(name or "" for name in nameless) == ["MEa", "MEb", "MEc"]
    # an id that the provider does not list counts for nothing
    assert [choose(n, sids, ["MEb", "MEx", None], is_last=False) for n in range(3)] == ["MEb", "MEa", "MEc"]


def test_a_list_that_is_not_complete_yet_is_waited_for_and_taken_as_it_is_in_the_end() -> None:
    assert choose(1, ["MEa"], [None, None], is_last=False) is None
    assert choose(0, ["MEa"], [None, None], is_last=False) is None
    assert choose(0, ["MEa"], [None, None], is_last=True) == "MEa"
    assert choose(1, ["MEa"], [None, None], is_last=True) is None


def test_pictures_that_no_webhook_named_are_all_kept(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    sent = [("image/jpeg", JPEG + bytes([n])) for n in range(3)]
    message_id = an_mms(wiring, phones, *sent, form={})
    fetching.go()
    kept = {attachments.read_content(one) for one in rows(wiring, message_id)}
    assert kept == {data for _, data in sent}


def test_a_picture_that_the_webhook_did_not_announce_is_kept_too(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    sid = phones.client.text(WALT, "", media=(("image/jpeg", JPEG), ("image/png", PNG)), deliver=False)["sid"]
    wiring.intake.receive(inbound("", provider_sid=sid, media=(Media(0, "image/jpeg"),)))
    with wiring.db.writing() as session:
        message = session.scalars(select(Message).where(Message.provider_sid == sid)).one()
        attachments.note(session, message, (Media(0, "image/jpeg"),))
    fetching.go()
    fetching.go()
    assert {attachments.read_content(one) for one in rows(wiring, message.id)} == {JPEG, PNG}


def test_noting_the_same_text_again_notes_nothing(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    with wiring.db.writing() as session:
        attachments.note(session, session.get_one(Message, message_id), (Media(0, "image/jpeg"),))
    assert len(rows(wiring, message_id)) == 1


def test_voice_memos_and_contact_cards_are_kept_as_files(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    card = b"BEGIN:VCARD\r\nFN:Somebody Invented\r\nEND:VCARD\r\n"
    sent = (("audio/amr", b"#!AMR\n"), ("text/x-vcard; charset=utf-8", card), ("image/heic", b"....ftypheic"))
    message_id = an_mms(wiring, phones, *sent)
    fetching.go()
    kept = rows(wiring, message_id)
    assert [one.content_type for one in kept] == ["audio/amr", "text/vcard", "image/heic"]
    assert attachments.read_content(kept[1]) == card


@pytest.mark.parametrize(
    ("announced", "data", "kept_as"),
    [
        ("image/jpeg", HTML, "application/octet-stream"),
        ("image/jpeg", PNG, "image/png"),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", "application/octet-stream"),
        ("text/html", HTML, "application/octet-stream"),
        ("application/zip", b"PK\x03\x04", "application/octet-stream"),
        ("application/pdf", b"%PDF-1.7", "application/pdf"),
        ("VIDEO/MP4; codecs=x", b"....ftyp", "video/mp4"),
        ("image/jpeg\r\nX-Evil: 1", JPEG, "application/octet-stream"),
    ],
)
def test_the_type_is_one_we_know_and_a_picture_is_one_by_its_bytes(
    announced: str, data: bytes, kept_as: str
) -> None:
    from smsbot.attachments.file_types import kept_type

    assert kept_type(announced, data) == kept_as


def test_no_bytes_of_an_attachment_are_logged(
    wiring: Wiring, phones: Phones, fetching: Fetching, capfd: pytest.CaptureFixture[str]
) -> None:
    an_mms(wiring, phones, ("text/plain", b"canary-7316"), ("image/jpeg", JPEG))
    phones.client.faults({"do": "500", "match": {"path": "/Media/ME", "nth": 2}})
    fetching.go()
    captured = capfd.readouterr()
    assert "attachment_not_fetched" in captured.out + captured.err
    for secret in ("canary-7316", WALT, wiring.account.auth_tokens[0]):
        assert secret not in captured.out + captured.err
