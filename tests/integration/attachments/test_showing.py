"""Attachments on the screens: who may open them, how they are sent, what the thread shows."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from smsbot import attachments
from smsbot.attachments import Fetching
from smsbot.models import Attachment, Staff
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.attachments.parts import HTML, JPEG, PNG, an_mms, events, rows
from tests.integration.conftest import Browser


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
