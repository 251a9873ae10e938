"""Pictures and other files of a text: fetched from the real stand-in over HTTP, kept, shown, removed."""

from __future__ import annotations

import threading
import time as machine
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import select
from werkzeug.serving import make_server

from smsbot import attachments
from smsbot.attachments import Fetching
from smsbot.attachments.fetching import REMOVE_AFTER, REMOVE_REFUSED_AFTER, choose
from smsbot.attachments.removing import remove_old
from smsbot.domain import Media
from smsbot.models import Attachment, AttachmentState, Event, Message, Staff
from smsbot.twilio.media import Limits, MediaClient, is_providers
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound

JPEG = b"\xff\xd8\xff\xe0 a picture of a rash \x00\xff"
PNG = b"\x89PNG\r\n\x1a\n another \x00"
HTML = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def fetching(wiring: Wiring, phones: Phones) -> Fetching:
    return Fetching(wiring.db, a_client(wiring))


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


def at_provider(wiring: Wiring, message_id: str) -> list[str]:
    with wiring.db.reading() as session:
        sid = session.get_one(Message, message_id).provider_sid
    return a_client(wiring).list_sids(sid or "")


def events(wiring: Wiring, kind: str) -> list[Event]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind)))


@contextmanager
def a_strange_server() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody has any business with, and what it was asked for."""
    asked: list[str] = []
    app = Flask(__name__)

    @app.route("/<path:path>")
    def take(path: str) -> Response:
        asked.append(path)
        return Response(JPEG, content_type="image/jpeg")

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


# Fetching


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


# Addresses and credentials


def test_the_provider_is_asked_with_credentials_and_the_host_it_sends_us_to_without(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    phones.client.faults({"do": "redirect"})
    assert fetching.go() == 2
    assert [attachments.read_content(one) for one in rows(wiring, message_id)] == [JPEG, PNG]
    asked = phones.client.media_requests()
    assert [one["path"][:6] for one in asked] == ["/_cdn/"] * 2
    assert {one["host"] for one in asked} == {"localhost"}
    assert not any(one["has_credentials"] for one in asked)


def test_the_stand_in_sees_credentials_that_are_sent_to_where_the_bytes_lie(
    wiring: Wiring, phones: Phones
) -> None:
    """Without this the test above could not fail."""
    import requests

    sid = phones.client.text(WALT, "", media=(("image/jpeg", JPEG),), deliver=False)["sid"]
    (media_sid,) = a_client(wiring).list_sids(sid)
    account = wiring.account
    url = f"{account.api_url}/_cdn/{media_sid}"
    requests.get(url, auth=(account.account_sid, account.auth_tokens[0]), timeout=5)
    assert [one["has_credentials"] for one in phones.client.media_requests()] == [True]


def test_an_address_in_the_webhook_is_never_contacted(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    with a_strange_server() as (url, asked):
        path = f"/2010-04-01/Accounts/{wiring.account.account_sid}/Messages/MM{'0' * 32}/Media/ME{'0' * 32}"
        message_id = an_mms(wiring, phones, ("image/png", PNG), form={"MediaUrl0": url + path})
        assert fetching.go() == 1
        assert asked == []
    assert attachments.read_content(rows(wiring, message_id)[0]) == PNG


@pytest.mark.parametrize("path", [r"/Media/ME", r"/_cdn/"])
def test_a_redirect_to_a_strange_host_is_refused_and_staff_are_told(
    wiring: Wiring, phones: Phones, fetching: Fetching, path: str
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    with a_strange_server() as (url, asked):
        strange = {"do": "redirect", "url": f"{url}/x", "match": {"path": path}}
        phones.client.faults(*([] if "Media" in path else [{"do": "redirect"}]), strange)
        assert fetching.go() == 0
        assert asked == []
    (refused,) = rows(wiring, message_id)
    assert refused.state == AttachmentState.REFUSED
    assert "unknown address" in (refused.problem or "")
    assert [event.details["attachment_id"] for event in events(wiring, "attachment_refused")] == [refused.id]


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://mms.twiliocdn.com/AC1/abc?sig=1", True),
        ("https://media.twiliocdn.com/AC1/abc", True),
        ("https://api.twilio.com/2010-04-01/x", True),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/abc", True),
        ("https://s3-external-1.amazonaws.com/another-bucket/abc", False),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/../another-bucket/abc", False),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/%2E%2e/another-bucket/abc", False),
        ("http://mms.twiliocdn.com/AC1/abc", False),
        ("https://mms.twiliocdn.com:8443/AC1/abc", False),
        ("https://eviltwiliocdn.com/abc", False),
        ("https://twiliocdn.com.evil.example/abc", False),
        ("https://user@mms.twiliocdn.com/abc", False),
        ("https://evil.example\\@mms.twiliocdn.com/abc", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("file:///etc/passwd", False),
        ("https:///abc", False),
    ],
)
def test_only_the_providers_own_hosts_are_followed_to(url: str, is_allowed: bool) -> None:
    assert is_providers(url) is is_allowed


def test_redirects_without_end_are_given_up(wiring: Wiring, phones: Phones, fetching: Fetching) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    round_and_round = f"{wiring.account.api_url}/_cdn/ME{'0' * 32}"
    phones.client.faults({"do": "redirect", "url": round_and_round, "match": {"path": "ME"}})
    fetching.go()
    assert rows(wiring, message_id)[0].state == AttachmentState.REFUSED


# When it does not come


def test_a_picture_too_large_is_refused_before_it_is_read(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "too_large"})
    began = machine.monotonic()
    Fetching(wiring.db, a_client(wiring)).go()
    assert machine.monotonic() - began < 5
    (refused,) = rows(wiring, message_id)
    assert (refused.state, refused.problem) == (
        AttachmentState.REFUSED,
        "Larger than 20 MB. Ask for a smaller one.",
    )


def test_a_picture_that_does_not_say_how_large_it_is_is_cut_off_at_the_limit(
    wiring: Wiring, phones: Phones
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "endless"})
    Fetching(wiring.db, a_client(wiring, limits=Limits(size=300_000))).go()
    assert rows(wiring, message_id)[0].state == AttachmentState.REFUSED
    phones.client.clear_faults()
    exact = Limits(size=len(JPEG))
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    assert Fetching(wiring.db, a_client(wiring, limits=exact)).go() == 1


def test_bytes_that_come_one_by_one_do_not_hold_the_loop(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "trickle", "seconds": 20})
    began = machine.monotonic()
    Fetching(wiring.db, a_client(wiring, limits=Limits(whole_seconds=1.0))).go()
    assert machine.monotonic() - began < 5
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING


def test_a_slow_provider_is_waited_for_no_longer_than_the_limit(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "slow", "seconds": 3, "match": {"path": "/Media/ME"}, "times": 1})
    Fetching(wiring.db, a_client(wiring, limits=Limits(read_seconds=0.5))).go()
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING


def test_another_type_than_announced_is_kept_as_what_it_is(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "wrong_type"})
    fetching.go()
    (kept,) = rows(wiring, message_id)
    assert (kept.state, kept.content_type) == (AttachmentState.KEPT, "application/octet-stream")


@pytest.mark.parametrize("fault", ["500", "429", "drop_before", "nonsense"])
def test_when_the_provider_is_away_and_comes_back_the_picture_comes_too(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock, fault: str
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    phones.client.faults({"do": fault, "match": {"path": r"/Media\.json"}})
    impatient = Fetching(wiring.db, a_client(wiring, limits=Limits(read_seconds=0.2)))
    for _ in range(6):
        impatient.go()
        time.forward(hours=5)
    assert {one.state for one in rows(wiring, message_id)} == {AttachmentState.WAITING}
    phones.client.clear_faults()
    time.forward(hours=4)
    assert fetching.go() == 2


def test_tries_grow_rarer_and_one_failure_ends_a_round(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, *[("image/jpeg", JPEG)] * 3)
    phones.client.faults({"do": "500", "match": {"path": r"/Media\.json"}})
    fetching.go()
    assert sorted(one.attempts for one in rows(wiring, message_id)) == [0, 0, 1]
    for _ in range(72):  # six hours
        fetching.go()
        time.forward(minutes=5)
    assert max(one.attempts for one in rows(wiring, message_id)) < 9


def test_a_wrong_token_is_an_operators_matter_and_the_second_one_is_tried(
    wiring: Wiring, phones: Phones
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    Fetching(wiring.db, a_client(wiring, tokens=("wrong",))).go()
    (waiting,) = rows(wiring, message_id)
    assert (waiting.state, waiting.attempts) == (AttachmentState.WAITING, 1)
    time_to_try = Fetching(wiring.db, a_client(wiring, tokens=("wrong", phones.token)))
    with wiring.db.writing() as session:
        session.get_one(Attachment, waiting.id).due_at -= timedelta(hours=1)
    assert time_to_try.go() == 1


def test_what_the_provider_no_longer_has_is_tried_for_hours_and_then_told(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "refuse", "code": 20404, "match": {"path": "/Media/ME"}})
    for _ in range(30):  # five hours
        fetching.go()
        time.forward(minutes=10)
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING
    for _ in range(6):
        fetching.go()
        time.forward(hours=4)
    (refused,) = rows(wiring, message_id)
    assert refused.state == AttachmentState.REFUSED
    assert refused.problem == "No longer at the provider. Ask for it to be sent again."


def test_a_process_that_dies_while_fetching_leaves_the_picture_waiting(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    (waiting,) = rows(wiring, message_id)
    assert fetching._claim(waiting.id) is not None  # and then nothing more
    assert fetching.go() == 0
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING
    time.forward(minutes=3)
    assert fetching.go() == 1


def test_who_comes_back_late_does_not_overwrite_what_a_later_try_wrote(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    frozen = fetching._claim(rows(wiring, message_id)[0].id)
    assert frozen is not None
    fetched = fetching._fetch(frozen)
    time.forward(minutes=3)
    assert fetching.go() == 1
    fetching._refuse(frozen, "too late")
    assert fetching._keep(frozen, fetched) is False
    assert rows(wiring, message_id)[0].state == AttachmentState.KEPT


def test_two_at_once_fetch_each_picture_once(wiring: Wiring, phones: Phones, fetching: Fetching) -> None:
    message_id = an_mms(wiring, phones, *[("image/jpeg", JPEG)] * 6)
    phones.client.faults({"do": "slow", "seconds": 0.1, "match": {"path": "/Media/ME"}})
    other = Fetching(wiring.db, a_client(wiring))
    threads = [threading.Thread(target=one.go) for one in (fetching, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.state for one in rows(wiring, message_id)} == {AttachmentState.KEPT}
    assert {one.attempts for one in rows(wiring, message_id)} == {1}
    assert len(phones.client.media_requests()) == 6


def test_the_loop_fetches_by_itself_and_outlives_an_error(
    wiring: Wiring, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsbot.attachments.fetching.EVERY_SECONDS", 0.05)
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))

    class Stumbling(MediaClient):
        has_stumbled = False

        def list_sids(self, message_sid: str) -> list[str]:
            if not self.has_stumbled:
                self.has_stumbled = True
                raise RuntimeError("something unforeseen")
            return super().list_sids(message_sid)

    account = wiring.account
    loop = Fetching(wiring.db, Stumbling(account.account_sid, account.auth_tokens, account.api_url))
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    deadline = machine.monotonic() + 10
    while machine.monotonic() < deadline and rows(wiring, message_id)[0].attempts == 0:
        machine.sleep(0.02)
    second = an_mms(wiring, phones, ("image/png", PNG))
    while machine.monotonic() < deadline and rows(wiring, second)[0].state != AttachmentState.KEPT:
        machine.sleep(0.02)
    stop.set()
    thread.join()
    assert rows(wiring, second)[0].state == AttachmentState.KEPT
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING


# Removal at the provider


def test_the_providers_copies_go_after_a_week_and_ours_stay(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    fetching.go()
    time.forward(seconds=REMOVE_AFTER.total_seconds() - 60)
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(at_provider(wiring, message_id)) == 2
    time.forward(minutes=2)
    assert remove_old(wiring.db, fetching.client) == 1
    assert at_provider(wiring, message_id) == []
    kept = rows(wiring, message_id)
    assert all(one.removed_at for one in kept)
    assert [attachments.read_content(one) for one in kept] == [JPEG, PNG]
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(events(wiring, "attachments_removed_at_provider")) == 1


def test_nothing_is_removed_while_something_of_the_text_is_still_to_come(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    phones.client.faults({"do": "500", "match": {"path": "/Media/ME", "nth": 2}, "times": 1})
    assert fetching.go() == 1
    time.forward(days=8)
    assert remove_old(wiring.db, fetching.client) == 0
    assert fetching.go() == 1
    assert len(at_provider(wiring, message_id)) == 2


def test_what_the_provider_lists_beyond_what_was_fetched_is_fetched_before_it_is_removed(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    fetching.go()
    with wiring.db.writing() as session:
        session.delete(session.get_one(Attachment, rows(wiring, message_id)[1].id))
    time.forward(days=8)
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(at_provider(wiring, message_id)) == 2
    assert fetching.go() == 1
    assert {attachments.read_content(one) for one in rows(wiring, message_id)} == {JPEG, PNG}


def test_what_we_could_not_take_stays_at_the_provider_for_longer(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "too_large"})
    fetching.go()
    time.forward(seconds=REMOVE_AFTER.total_seconds() + 60)
    assert remove_old(wiring.db, fetching.client) == 0
    time.forward(seconds=REMOVE_REFUSED_AFTER.total_seconds())
    assert remove_old(wiring.db, fetching.client) == 1
    assert at_provider(wiring, message_id) == []


def test_a_removal_that_fails_midway_is_ended_later(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    fetching.go()
    time.forward(days=8)
    phones.client.faults({"do": "500", "match": {"method": "DELETE", "nth": 2}, "times": 1})
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(at_provider(wiring, message_id)) == 1
    assert [one.removed_at for one in rows(wiring, message_id)] == [None, None]
    assert remove_old(wiring.db, fetching.client) == 0  # not at once again
    time.forward(hours=2)
    assert remove_old(wiring.db, fetching.client) == 1
    assert at_provider(wiring, message_id) == []


def test_a_text_that_was_deleted_at_the_provider_counts_as_removed(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    fetching.go()
    time.forward(days=8)
    phones.client.faults({"do": "refuse", "code": 20404, "match": {"path": r"/Media\.json"}})
    assert remove_old(wiring.db, fetching.client) == 1
    assert rows(wiring, message_id)[0].removed_at


# Showing


@pytest.fixture
def screens(app: Flask) -> Flask:
    """The web application with the pages of attachments."""
    if "attachments" not in app.blueprints:
        from smsbot.web.attachments import attachments as pages

        app.register_blueprint(pages)
    return app


@pytest.fixture
def viewer(screens: Flask) -> Browser:
    """A fresh browser."""
    return Browser(screens.test_client())


def test_a_picture_wants_a_sign_in(
    wiring: Wiring, phones: Phones, fetching: Fetching, viewer: Browser
) -> None:
    (kept,) = a_kept(wiring, phones, fetching, ("image/jpeg", JPEG))
    for path in (f"/attachments/{kept.id}", f"/attachments/{kept.id}/picture"):
        answer = viewer.get(path)
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["Location"]
        assert JPEG not in answer.data
    assert events(wiring, "attachment_opened") == []


def a_kept(wiring: Wiring, phones: Phones, fetching: Fetching, *media: tuple[str, bytes]) -> list[Attachment]:
    message_id = an_mms(wiring, phones, *media)
    fetching.go()
    return rows(wiring, message_id)


def test_a_picture_is_shown_and_each_opening_is_audited(
    wiring: Wiring, phones: Phones, fetching: Fetching, viewer: Browser, time: Clock
) -> None:
    (kept,) = a_kept(wiring, phones, fetching, ("image/jpeg", JPEG))
    viewer.sign_in()
    shown = viewer.get(f"/attachments/{kept.id}/picture")
    assert (shown.status_code, shown.data, shown.headers["Content-Type"]) == (200, JPEG, "image/jpeg")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"] == "no-store"
    viewer.get(f"/attachments/{kept.id}/picture")  # the page again: one opening
    viewer.get(f"/attachments/{kept.id}")
    with wiring.db.reading() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
    opened = events(wiring, "attachment_opened")
    assert [event.details["how"] for event in opened] == ["shown", "downloaded"]
    assert {(event.staff_id, event.details["attachment_id"]) for event in opened} == {(nurse.id, kept.id)}
    assert all(event.case_id for event in opened)
    time.forward(minutes=14)
    viewer.get("/")  # still at work
    time.forward(minutes=2)
    viewer.get(f"/attachments/{kept.id}/picture")
    assert len(events(wiring, "attachment_opened")) == 3


def test_a_file_is_downloaded_under_a_name_that_says_nothing(
    wiring: Wiring, phones: Phones, fetching: Fetching, viewer: Browser
) -> None:
    card = b"BEGIN:VCARD\r\nEND:VCARD\r\n"
    sent = (("text/vcard", card), ("audio/amr", b"#!AMR\n"), ("application/x-evil", b"MZ"))
    kept = a_kept(wiring, phones, fetching, *sent)
    viewer.sign_in()
    answers = [viewer.get(f"/attachments/{one.id}") for one in kept]
    assert [answer.data for answer in answers] == [card, b"#!AMR\n", b"MZ"]
    assert [answer.headers["Content-Disposition"] for answer in answers] == [
        'attachment; filename="attachment-1.vcf"',
        'attachment; filename="attachment-2.amr"',
        'attachment; filename="attachment-3"',
    ]
    assert answers[2].headers["Content-Type"] == "application/octet-stream"
    assert all("sandbox" in answer.headers["Content-Security-Policy"] for answer in answers)


def test_a_page_named_a_picture_is_not_shown(
    wiring: Wiring, phones: Phones, fetching: Fetching, viewer: Browser
) -> None:
    (kept,) = a_kept(wiring, phones, fetching, ("image/jpeg", HTML))
    viewer.sign_in()
    assert viewer.get(f"/attachments/{kept.id}/picture").status_code == 404
    with wiring.db.writing() as session:  # even if the row said otherwise
        session.get_one(Attachment, kept.id).content_type = "image/jpeg"
    assert viewer.get(f"/attachments/{kept.id}/picture").status_code == 404
    download = viewer.get(f"/attachments/{kept.id}")
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert download.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_there_yet_is_not_found(wiring: Wiring, phones: Phones, viewer: Browser) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    viewer.sign_in()
    (waiting,) = rows(wiring, message_id)
    for path in (f"/attachments/{waiting.id}", f"/attachments/{waiting.id}/picture", "/attachments/none"):
        assert viewer.get(path).status_code == 404
    assert events(wiring, "attachment_opened") == []


def test_the_thread_shows_what_came_what_waits_and_what_was_refused(
    wiring: Wiring, phones: Phones, fetching: Fetching, screens: Flask
) -> None:
    message_id = an_mms(
        wiring,
        phones,
        ("image/jpeg", JPEG),
        ("audio/amr", b"#!AMR\n"),
        ("video/mp4", b"x"),
        ("image/png", PNG),
    )
    phones.client.faults(
        {"do": "too_large", "match": {"nth": 3}}, {"do": "refuse", "code": 20404, "match": {"nth": 11}}
    )
    fetching.go()
    with wiring.db.reading() as session:
        found = attachments.of_messages(session, [message_id, "another"])
    assert found["another"] == []
    assert [one.position for one in found[message_id]] == [0, 1, 2, 3]
    from flask import render_template

    with screens.test_request_context():
        page = render_template("_attachments.html", attachments=found[message_id])
        assert render_template("_attachments.html", attachments=[]).strip() == ""
    first = found[message_id][0]
    assert f'src="/attachments/{first.id}/picture"' in page
    assert "Voice memo or sound: download" in page
    assert "Larger than 20 MB" in page


def test_the_screens_policy_lets_a_page_show_pictures_of_its_own_site(viewer: Browser) -> None:
    policy = viewer.get("/sign-in").headers["Content-Security-Policy"]
    (images,) = [part for part in policy.split(";") if part.strip().startswith("img-src")]
    assert "'self'" in images


# Privacy and the simulator


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


def test_a_picture_can_be_sent_from_the_phone_screen(wiring: Wiring, phones: Phones, viewer: Browser) -> None:
    import io

    page = viewer.get("/simulator")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    # nobody listens at the webhook's address here: the stand-in keeps the text all the same
    data = {
        "csrf_token": token,
        "phone": WALT,
        "body": "",
        "files": [
            (io.BytesIO(JPEG), "rash.jpg", "image/jpeg"),
            (io.BytesIO(b"BEGIN:VCARD"), "a.vcf", "text/vcard"),
        ],
    }
    viewer.client.post("/simulator/texts", data=data, content_type="multipart/form-data")
    (text,) = [one for one in phones.client.thread(WALT) if one["direction"] == "inbound"]
    assert [one["content_type"] for one in text["media"]] == ["image/jpeg", "text/vcard"]
    assert "[picture]" in viewer.get("/simulator/state").text
