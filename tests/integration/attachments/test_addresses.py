"""Which addresses are asked for an attachment, and with which credentials."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server

from smsbot import attachments
from smsbot.attachments import Fetching
from smsbot.models import AttachmentState
from smsbot.twilio.media import is_providers
from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.integration.attachments.parts import JPEG, PNG, a_client, an_mms, events, rows
from tests.texts import WALT


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
