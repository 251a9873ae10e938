"""Alerts by e-mail: what the server gets, and what becomes of one that it does not take."""

from __future__ import annotations

import email
import email.policy
import time as system_time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from smsbot.config import Settings
from smsbot.domain import Urgency
from smsbot.models import Case, Dispatch, DispatchState, Staff
from smsbot.routes import Letter, RouteError
from smsbot.routes import email as route
from smsbot.routes.email import EmailRoute
from smsbot.wiring import Wiring, build
from tests.conftest import MONDAY_MORNING, Clock
from tests.smtp import CUT, HANG, MailServer, mail_server, make_certificate
from tests.texts import inbound

BODY = (
    "EMERGENCY - case K7F2, since 10:00 AM. Reply 1 to take it, 2 to pass it on. https://x.example/cases/K7F2"
)
ID = "0123456789abcdef" * 2
SENDER = "alerts@example.com"


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def letter(recipient: str = "nurse@example.com", body: str = BODY) -> Letter:
    return Letter(ID, recipient, body, MONDAY_MORNING)


def to(mail: MailServer, user: str = "", scheme: str = "smtp") -> EmailRoute:
    return EmailRoute(f"{scheme}://{user}127.0.0.1:{mail.port}", SENDER)


def read(mail: MailServer, place: int = 0) -> EmailMessage:
    message = email.message_from_string(mail.letters[place], policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def refusal(mail: MailServer, **options: str) -> tuple[str, bool, bool]:
    with pytest.raises(RouteError) as raised:
        to(mail, **options).send(letter())
    return raised.value.code, raised.value.is_retryable, raised.value.is_doubtful


def test_an_e_mail_says_urgency_and_code_and_the_words_of_the_alert(mail: MailServer, time: Clock) -> None:
    posted = to(mail).send(letter())
    message = read(mail)
    assert message["Subject"] == "EMERGENCY - case K7F2"
    assert (message["From"], message["To"]) == (SENDER, "nurse@example.com")
    assert message["Date"].datetime == MONDAY_MORNING
    assert message["Auto-Submitted"] == "auto-generated"
    first, *rest = message.get_content().splitlines()
    assert first == BODY
    assert "not read" in rest[-1]  # "Reply 1" works by text alone
    assert (posted.provider_id, posted.status) == (f"email:{ID}", "accepted")


def test_the_same_dispatch_has_the_same_message_id_however_often_it_leaves(mail: MailServer) -> None:
    for _ in range(2):
        to(mail).send(letter())
    assert {read(mail, place)["Message-ID"] for place in (0, 1)} == {f"<{ID}@example.com>"}


def test_words_that_are_no_alert_give_a_subject_that_says_nothing(mail: MailServer) -> None:
    to(mail).send(letter(body="Walt has chest pain\nBcc: x@example.com"))
    assert read(mail)["Subject"] == "A case is waiting"
    assert read(mail)["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nBcc: x@example.com",
        "a@example.com\nRCPT TO:<x@example.com>",
        "a@example.com, b@example.com",
        "Ann <a@example.com>",
        "a b@example.com",
        "+15615550150",
        "",
        "a@example.com\n",
    ],
)
def test_an_address_that_could_begin_a_header_is_refused_before_anybody_is_asked(
    mail: MailServer, address: str
) -> None:
    with pytest.raises(RouteError) as raised:
        to(mail).send(letter(address))
    assert (raised.value.code, raised.value.is_retryable) == ("bad_address", False)
    assert mail.said == []


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(("code", "is_retryable"), [("451", True), ("421", True), ("550", False)])
def test_4xx_is_tried_again_and_5xx_is_for_good(
    mail: MailServer, verb: str, code: str, is_retryable: bool
) -> None:
    mail.answers[verb] = f"{code} nurse@example.com is not liked"
    assert refusal(mail) == (code, is_retryable, False)


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT"])
def test_a_connection_cut_before_the_words_leaves_no_doubt(mail: MailServer, verb: str) -> None:
    mail.answers[verb] = CUT
    assert refusal(mail) == ("no_connection", True, False)


def test_a_connection_cut_after_the_words_leaves_a_doubt(mail: MailServer) -> None:
    mail.answers["."] = CUT
    assert refusal(mail) == ("connection_cut", True, True)
    assert len(mail.letters) == 1
    assert to(mail).find(letter(), set()) is None  # so it is sent again, under the same id


def test_nobody_listening_is_tried_again() -> None:
    with mail_server() as gone:
        pass
    assert refusal(gone) == ("no_connection", True, False)


def test_a_server_that_hangs_costs_no_more_than_the_time_of_one_send(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "SECONDS", 0.6)
    mail.answers["."] = HANG
    began = system_time.monotonic()
    code, is_retryable, is_doubtful = refusal(mail)
    assert system_time.monotonic() - began < 3
    assert (is_retryable, is_doubtful) == (True, True)
    assert code in ("timeout", "connection_cut")


def test_a_password_is_sent_encrypted_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate=certificate) as mail:
        to(mail, user="me:p%40ss@").send(letter())
    verbs = [line.split()[0].upper() for line in mail.said]
    assert mail.encrypted == [True]
    assert verbs.index("STARTTLS") < verbs.index("AUTH")


def test_smtps_is_encrypted_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate=certificate, wraps=True) as mail:
        to(mail, scheme="smtps").send(letter())
    assert mail.encrypted == [True]


@pytest.mark.parametrize("wraps", [False, True])
def test_a_certificate_that_is_not_trusted_ends_it(tmp_path: Path, wraps: bool) -> None:
    with mail_server(certificate=make_certificate(tmp_path), wraps=wraps) as mail:
        assert refusal(mail, scheme="smtps" if wraps else "smtp") == ("bad_certificate", False, False)
    assert mail.letters == []


def test_another_machine_without_encryption_gets_nothing(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "LOOPBACK", frozenset())
    assert refusal(mail, user="me:secret@") == ("no_starttls", False, False)
    assert [line.split()[0] for line in mail.said] == ["ehlo"]


def test_a_wrong_password_is_for_good(mail: MailServer) -> None:
    mail.answers["AUTH"] = "535 no"
    assert refusal(mail, user="me:secret@") == ("535", False, False)


def mailing(wiring: Wiring, mail: MailServer) -> Wiring:
    settings: Settings = replace(wiring.settings, smtp_url=f"smtp://127.0.0.1:{mail.port}", mail_from=SENDER)
    return build(settings, wiring.engine)


def owed_by_email(parts: Wiring) -> Dispatch:
    """An emergency's alert to one person, owed by e-mail."""
    parts.intake.receive(inbound("chest tight since the infusion"))
    with parts.db.writing() as session:
        row = session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).first()
        assert row is not None
        person = session.get_one(Staff, row.staff_id)
        row.route, row.recipient = "email", person.email
        assert session.get_one(Case, row.case_id).urgency == Urgency.EMERGENCY
        return row


def state_of(parts: Wiring, dispatch_id: str) -> Dispatch:
    with parts.db.reading() as session:
        return session.get_one(Dispatch, dispatch_id)


def test_an_alert_leaves_by_e_mail_without_a_patients_name_number_or_words(
    wiring: Wiring, mail: MailServer
) -> None:
    parts = mailing(wiring, mail)
    row = owed_by_email(parts)
    parts.outbox.deliver(row.id)
    parts.close()
    assert state_of(wiring, row.id).state == DispatchState.SENT
    assert read(mail)["To"] == "nurse@example.com"
    assert "chest" not in mail.letters[0]
    assert "5550110" not in mail.letters[0]


def test_a_doubtful_e_mail_leaves_again_with_the_same_message_id(
    wiring: Wiring, mail: MailServer, time: Clock
) -> None:
    parts = mailing(wiring, mail)
    row = owed_by_email(parts)
    mail.answers["."] = CUT
    parts.outbox.deliver(row.id)
    assert state_of(parts, row.id).state == DispatchState.UNKNOWN
    mail.answers.clear()
    time.forward(minutes=1)
    parts.outbox.deliver(row.id)
    assert state_of(parts, row.id).state == DispatchState.SENT
    parts.close()
    assert len(mail.letters) == 2
    assert read(mail, 0)["Message-ID"] == read(mail, 1)["Message-ID"]


def test_an_address_that_the_server_refuses_owes_another_way_at_once(
    wiring: Wiring, mail: MailServer
) -> None:
    parts = mailing(wiring, mail)
    row = owed_by_email(parts)
    mail.answers["RCPT"] = "550 nurse@example.com unknown"
    parts.outbox.deliver(row.id)
    parts.close()
    failed = state_of(wiring, row.id)
    assert (failed.state, failed.error) == (DispatchState.FAILED, "550")
    with wiring.db.reading() as session:
        query = select(Dispatch.route).where(Dispatch.staff_id == row.staff_id, Dispatch.purpose == "alert")
        assert set(session.scalars(query)) > {"email"}
