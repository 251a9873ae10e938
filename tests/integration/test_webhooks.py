"""Which requests are refused, and that every other text is kept however odd it is."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from smsbot.models import Contact, Dispatch, DispatchState, Message, Receipt, Refusal
from smsbot.wiring import Wiring
from tests.integration.conftest import Webhook
from tests.system import inbound_form, new_sid


def kept(wiring: Wiring) -> list[Message]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Message).where(Message.direction == "in")))


def refusals(wiring: Wiring) -> list[tuple[int, str]]:
    with wiring.db.reading() as session:
        return [(one.status, one.reason) for one in session.scalars(select(Refusal))]


def form(wiring: Wiring, **changes: str) -> dict[str, str]:
    return {**inbound_form(wiring.account.account_sid, "hello"), **changes}


def test_a_signed_text_is_answered_in_twiml(webhook: Webhook) -> None:
    response = webhook.text(Body="whats your fax number")
    assert response.status_code == 200
    assert response.mimetype == "text/xml"
    assert "/twilio/status?dispatch=" in response.text


def test_refusals_keep_time_reason_and_size_and_no_content(webhook: Webhook, wiring: Wiring) -> None:
    good = urlencode(form(wiring)).encode()
    secret = urlencode(form(wiring, Body="canary-9431")).encode()
    assert webhook.post(secret, signature="bm9wZQ==").status_code == 403
    assert webhook.post(good, signature="").status_code == 403
    assert webhook.post(good, token="another token of the same length").status_code == 403
    assert webhook.post(good, content_type="application/json").status_code == 415
    assert webhook.post(good, content_type="multipart/form-data; boundary=x").status_code == 415
    assert webhook.post(good + b"&Body=again").status_code == 400
    assert webhook.post(good + b"&Filler=" + b"x" * 65_536).status_code == 413
    assert webhook.post(urlencode(form(wiring, MessageSid="SM1")).encode()).status_code == 400
    assert webhook.post(urlencode(form(wiring, AccountSid="AC" + "0" * 32)).encode()).status_code == 403
    assert kept(wiring) == []
    assert sorted(refusals(wiring)) == sorted(
        [
            (403, "bad_signature"),
            (403, "bad_signature"),
            (403, "bad_signature"),
            (415, "not_a_form"),
            (415, "not_a_form"),
            (400, "doubled_name"),
            (413, "too_large"),
            (400, "no_message_sid"),
            (403, "other_account"),
        ]
    )


def test_a_missing_signature_header_is_403_not_500(webhook: Webhook, wiring: Wiring) -> None:
    response = webhook.client.post("/twilio/sms", data=form(wiring))
    assert response.status_code == 403


def test_the_second_token_is_valid_during_a_rotation(webhook: Webhook, wiring: Wiring) -> None:
    wiring.account = replace(wiring.account, auth_tokens=(*wiring.account.auth_tokens, "second" * 5))
    raw = urlencode(form(wiring)).encode()
    assert webhook.post(raw, token="second" * 5).status_code == 200


def test_the_host_header_decides_nothing(webhook: Webhook, wiring: Wiring) -> None:
    raw = urlencode(form(wiring)).encode()
    forged = webhook.client.post(
        "/twilio/sms",
        data=raw,
        content_type="application/x-www-form-urlencoded",
        headers={"Host": "attacker.example", "X-Forwarded-Proto": "https", "X-Twilio-Signature": "AAAA"},
    )
    assert forged.status_code == 403


@pytest.mark.parametrize(
    ("raw", "body", "marks"),
    [
        (b"&Body=a%00b", "ab", ["nul_stripped"]),
        (b"&Body=caf%ff", "caf\N{REPLACEMENT CHARACTER}", ["broken_bytes"]),
        (b"", "", ["no_body"]),
        (b"&Body=", "", []),
        (b"&Body=%F0%9F%8E%82", "🎂", []),
        (b"&Body=%ED%A0%80", "\N{REPLACEMENT CHARACTER}" * 3, ["broken_bytes"]),
        (b"&Body=a+b%2Bc", "a b+c", []),
        (b"&Body=x&Unknown%5B0%5D=y&Other=1", "x", []),
    ],
)
def test_odd_texts_are_kept(
    webhook: Webhook, wiring: Wiring, raw: bytes, body: str, marks: list[str]
) -> None:
    fields = form(wiring)
    del fields["Body"]
    response = webhook.post(urlencode(fields).encode() + raw)
    assert response.status_code == 200
    message = kept(wiring)[0]
    assert (message.body, message.marks) == (body, marks)


@pytest.mark.parametrize("sender", ["262966", "PHARMACY", "whatsapp:+15615550110", "", "+1", "x" * 500])
def test_strange_senders_are_kept_and_not_answered(webhook: Webhook, wiring: Wiring, sender: str) -> None:
    response = webhook.text(From=sender, Body="hello there")
    assert response.status_code == 200
    assert response.text.endswith("<Response/>")
    with wiring.db.reading() as session:
        assert session.scalars(select(Contact)).one().number == sender


def test_a_text_without_from_and_to_is_kept(webhook: Webhook, wiring: Wiring) -> None:
    fields = {"MessageSid": new_sid(), "AccountSid": wiring.account.account_sid}
    assert webhook.post(urlencode(fields).encode()).status_code == 200
    assert len(kept(wiring)) == 1


def test_pictures_alone_are_put_before_a_person(webhook: Webhook, wiring: Wiring) -> None:
    webhook.text(Body="", NumMedia="2", MediaUrl0="https://evil.example/x", MediaContentType0="image/jpeg")
    assert kept(wiring)[0].media_count == 2


def test_the_fallback_address_takes_texts_too(webhook: Webhook, wiring: Wiring) -> None:
    webhook.text("/twilio/sms/fallback", Body="chest pain", ErrorCode="11200", ErrorUrl="http://x")
    assert len(kept(wiring)) == 1


def test_a_database_that_cannot_keep_the_text_gives_5xx_never_a_false_200(
    webhook: Webhook, wiring: Wiring
) -> None:
    from sqlalchemy import text

    with wiring.db.engine.connect() as connection, connection.begin():
        connection.execute(text("ALTER TABLE messages RENAME TO hidden"))
    assert webhook.text(Body="hello").status_code == 500


def receipt(webhook: Webhook, wiring: Wiring, status: str, sid: str, dispatch_id: str, **more: str) -> int:
    fields = {
        "AccountSid": wiring.account.account_sid,
        "MessageSid": sid,
        "MessageStatus": status,
        **more,
    }
    path = f"/twilio/status?dispatch={dispatch_id}"
    return webhook.post(urlencode(fields).encode(), path).status_code


def the_dispatch(wiring: Wiring) -> Dispatch:
    with wiring.db.reading() as session:
        return session.scalars(select(Dispatch)).one()


def test_receipts_move_a_reply_forward_and_never_back(webhook: Webhook, wiring: Wiring) -> None:
    webhook.text(Body="whats your fax number")
    dispatch_id, sid = the_dispatch(wiring).id, new_sid()
    states = []
    for status in ("delivered", "sent", "queued", "delivered", "undelivered"):
        assert receipt(webhook, wiring, status, sid, dispatch_id) == 200
        states.append(the_dispatch(wiring).state)
    assert states == [DispatchState.DELIVERED] * 5
    with wiring.db.reading() as session:
        assert len(list(session.scalars(select(Receipt)))) == 4  # the doubled one is kept once


def test_the_first_receipt_ends_the_wait_for_it(webhook: Webhook, wiring: Wiring) -> None:
    webhook.text(Body="whats your fax number")
    dispatch_id, sid = the_dispatch(wiring).id, new_sid()
    receipt(webhook, wiring, "queued", sid, dispatch_id)
    dispatch = the_dispatch(wiring)
    assert (dispatch.state, dispatch.provider_id, dispatch.lease_until) == ("sent", sid, None)


def test_a_failed_receipt_keeps_its_code(webhook: Webhook, wiring: Wiring) -> None:
    webhook.text(Body="whats your fax number")
    receipt(webhook, wiring, "undelivered", new_sid(), the_dispatch(wiring).id, ErrorCode="30006")
    assert (the_dispatch(wiring).state, the_dispatch(wiring).error) == ("failed", "30006")


def test_forged_receipts_are_403(webhook: Webhook, wiring: Wiring) -> None:
    webhook.text(Body="whats your fax number")
    raw = urlencode(
        {
            "AccountSid": wiring.account.account_sid,
            "MessageSid": new_sid(),
            "MessageStatus": "failed",
        }
    ).encode()
    path = f"/twilio/status?dispatch={the_dispatch(wiring).id}"
    assert webhook.post(raw, path, signature="Zm9yZ2Vk").status_code == 403
    # signed for another dispatch
    other = webhook.client.post(
        path,
        data=raw,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": "x"},
    )
    assert other.status_code == 403
    assert the_dispatch(wiring).state == DispatchState.SENDING
