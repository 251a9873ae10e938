"""The stand-in's own life: reset, crowds, being killed and started again, and what it keeps to itself."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.rest import Client

from smsbot.simulator.provider import close_provider, create_provider
from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import (
    ACCOUNT,
    CLINIC,
    EMPTY,
    JOE,
    MARA,
    TOKEN,
    Clinic,
    an_sdk,
    refused,
    twiml,
    until,
)


def test_reset_forgets_everything_but_the_numbers(
    clinic: Clinic, sdk: Client, phones: ProviderClient
) -> None:
    phones.text(MARA, "STOP", media=(("image/png", b"x"),))
    sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)
    phones.faults({"do": "list_500"})
    phones.reset()
    assert (phones.messages(), phones.calls(), phones.ledger(), phones.faults()) == ([], [], [], [])
    sdk.messages.create(to=MARA, from_=CLINIC, body="no longer blocked")
    assert sdk.incoming_phone_numbers.list()[0].sms_url == f"{clinic.url}/sms"


def test_the_messages_with_a_number_are_found_by_an_unescaped_plus_too(
    provider_url: str, phones: ProviderClient
) -> None:
    phones.text(MARA, "hello")
    phones.text(JOE, "hello")
    assert len(phones.messages()) == 2
    assert len(phones.messages(MARA)) == 1
    answer = requests.get(f"{provider_url}/_control/messages?with={MARA}", auth=(ACCOUNT, TOKEN), timeout=5)
    assert len(answer.json()) == 1


@pytest.mark.parametrize("order", [{}, {"from": MARA, "media": [{}]}, {"from": MARA, "media": "x"}, [], None])
def test_an_order_that_cannot_be_read_is_refused_and_keeps_nothing(
    provider_url: str, phones: ProviderClient, order: Any
) -> None:
    answer = requests.post(f"{provider_url}/_control/texts", json=order, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert phones.messages() == []


def test_thirty_two_senders_at_once_are_all_served_in_good_time(sdk: Client, phones: ProviderClient) -> None:
    def send_all(url: str) -> None:
        with an_sdk(url) as mine:
            for number in range(10):
                mine.messages.create(to=MARA, from_=CLINIC, body=str(number))

    senders = [threading.Thread(target=send_all, args=(sdk.http_client.base_url,)) for _ in range(32)]
    begun = time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    taken = time.monotonic() - begun
    assert len(phones.ledger()) == 320
    assert taken < 6.4  # 50 a second on a busy machine; several times that on a quiet one


class Process:
    """The stand-in as a process of its own, which can be killed and started again on the same file."""

    def __init__(self, state: Path, clinic: Clinic) -> None:
        self._command = [sys.executable, "-m", "smsbot.simulator.provider", "--state", str(state)]
        self._command += [
            "--account",
            ACCOUNT,
            "--token",
            TOKEN,
            "--number",
            CLINIC,
            "--sms-url",
            f"{clinic.url}/sms",
        ]
        self.start()

    def start(self, delay: float = 1.5) -> None:
        command = [*self._command, "--status-delay", str(delay)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.phones = ProviderClient(self.url, ACCOUNT, TOKEN)

    def end(self, number: int) -> str:
        """Send a signal and wait; what it wrote."""
        self.process.send_signal(number)
        output = "".join(self.process.communicate(timeout=5))
        return output


@pytest.fixture
def process(tmp_path: Path, clinic: Clinic) -> Iterator[Process]:
    process = Process(tmp_path / "provider.db", clinic)
    yield process
    if process.process.poll() is None:
        process.end(signal.SIGKILL)


def test_a_killed_provider_comes_back_with_everything_and_sends_what_it_owed(
    process: Process, clinic: Clinic
) -> None:
    with an_sdk(process.url) as sdk:
        sent = sdk.messages.create(
            to=MARA, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status"
        ).sid
    process.phones.faults({"do": "429", "match": {"path": "Calls"}})
    process.phones.text(JOE, "STOP")
    owed = process.phones.text(MARA, "later", deliver=False)["sid"]
    process.phones.replay(owed, delay=1, wait=False)
    process.end(signal.SIGKILL)
    clinic_knew = clinic.statuses(sent)
    assert "delivered" not in clinic_knew
    process.start()
    assert [line["sid"] for line in process.phones.ledger()] == [sent]
    until(lambda: clinic.statuses(sent)[-1:] == ["delivered"])
    until(lambda: owed in [form["MessageSid"] for form in clinic.forms("sms")])
    with an_sdk(process.url) as sdk:
        assert refused(lambda: sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)) == (429, 20429)
        assert refused(lambda: sdk.messages.create(to=JOE, from_=CLINIC, body="x")) == (400, 21610)
        assert sdk.messages(sent).fetch().status == "delivered"


def test_sigterm_ends_it_within_a_second_even_while_a_webhook_hangs(process: Process, clinic: Clinic) -> None:
    clinic.answers["sms"] = lambda: (time.sleep(3), twiml(EMPTY))[1]
    process.phones.faults({"do": "hang", "match": {"path": "Calls"}})
    process.phones.text(MARA, "hello", wait=False)
    hung = threading.Thread(
        target=lambda: pytest.raises(requests.RequestException, call_somebody, process.url)
    )
    hung.start()
    until(lambda: clinic.forms("sms"))
    begun = time.monotonic()
    process.end(signal.SIGTERM)
    assert time.monotonic() - begun < 1
    assert process.process.returncode == 0
    hung.join()


def call_somebody(url: str) -> None:
    with an_sdk(url) as sdk:
        sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)


def test_it_writes_no_number_and_no_word_of_anybody(process: Process, tmp_path: Path) -> None:
    process.phones.text(MARA, "canary words")
    process.phones.thread(MARA)
    with an_sdk(process.url) as sdk:
        sdk.messages.list(to=MARA)
    with sqlite3.connect(tmp_path / "provider.db") as db:
        db.execute("DROP TABLE media")  # now showing a thread fails
    db.close()
    with pytest.raises(requests.HTTPError):
        process.phones.thread(MARA)
    output = process.end(signal.SIGTERM)
    assert "OperationalError" in output
    assert not any(secret in output for secret in ("canary", MARA, MARA[1:], TOKEN))


def test_it_serves_in_process_too(tmp_path: Path) -> None:
    app = create_provider(
        tmp_path / "new" / "p.db", account=ACCOUNT, token=TOKEN, numbers=[CLINIC], opt_out="off"
    )
    web, path = app.test_client(), f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    sent = web.post(path, data={"To": MARA, "From": CLINIC, "Body": "hello"}, auth=(ACCOUNT, TOKEN))
    assert (sent.status_code, sent.json["status"]) == (201, "queued")
    web.post("/_control/faults", json=[{"do": "drop_before"}], auth=(ACCOUNT, TOKEN))
    with pytest.raises(ConnectionResetError):
        web.get(path, auth=(ACCOUNT, TOKEN))
    close_provider(app)


def test_the_phones_side_is_for_this_machine_alone(tmp_path: Path) -> None:
    app = create_provider(tmp_path / "p.db", account=ACCOUNT, token=TOKEN)
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert (
        app.test_client().get("/_control/ledger", auth=(ACCOUNT, TOKEN), environ_base=far).status_code >= 400
    )
    assert app.test_client().get("/_control/ledger", auth=(ACCOUNT, TOKEN)).status_code == 200
    close_provider(app)


def test_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smsbot.simulator.provider", "--state", str(tmp_path / "p.db")]
    command += ["--account", ACCOUNT, "--number", CLINIC]
    run = subprocess.run(command, capture_output=True, text=True, env={}, timeout=20)
    assert run.returncode == 2
    assert "TWILIO_AUTH_TOKEN" in run.stderr
