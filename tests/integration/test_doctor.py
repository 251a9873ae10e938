"""`smsbot doctor` against the real application, the stand-in provider and a real Redis server."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask, Response, request
from sqlalchemy import func, select
from werkzeug.serving import make_server

from smsbot import clock
from smsbot.cli import main
from smsbot.doctor import GROUPS, Line, State, examine, fix_urls
from smsbot.doctor.account import check_account
from smsbot.doctor.alive import check_heartbeat, check_sweep
from smsbot.doctor.clocks import check_clock
from smsbot.doctor.hooks import wanted
from smsbot.doctor.opt_out import check_opt_out
from smsbot.doctor.other_routes import check_other_routes
from smsbot.doctor.public_url import check_public_url
from smsbot.doctor.redis import check_redis
from smsbot.doctor.refused import check_refused
from smsbot.home import redis_url
from smsbot.kick import connect
from smsbot.models import Receipt, Refusal, new_id
from smsbot.running.embedded_redis import server_command
from smsbot.simulator.people import SAMPLE_STAFF
from smsbot.twilio.client import Provider
from smsbot.web import create_app
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.smtp import mail_server
from tests.system import TEXT_LINE, eventually, free_port

PHONE = "+15615550110"


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


@pytest.fixture
def smsbot(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose environment is this home's."""
    for name, value in (("SMSBOT_HOME", str(wiring.settings.home)), ("PORT", str(wiring.settings.port))):
        monkeypatch.setenv(name, value)
    return CliRunner()


@contextmanager
def listening(app: Any, port: int) -> Iterator[None]:
    """Serve an application on loopback."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def states(lines: list[Line]) -> list[State]:
    assert all(line.remedy for line in lines if line.state is not State.OK)
    return [line.state for line in lines]


def told(lines: list[Line]) -> str:
    return "\n".join(f"{line.what} {line.remedy}" for line in lines)


def test_each_line_says_what_and_what_to_do_and_nobodys_name_or_number(
    smsbot: CliRunner, phones: Phones
) -> None:
    done = smsbot.invoke(main, ["doctor", "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert list(dict.fromkeys(row["group"] for row in rows)) == [group.title for group in GROUPS]
    assert {frozenset(row) for row in rows} == {frozenset({"group", "state", "what", "remedy"})}
    assert {row["state"] for row in rows} == {"ok", "warn", "bad"}
    assert [row for row in rows if (row["state"] == "ok") == bool(row["remedy"])] == []
    assert "could not be checked" not in done.stdout
    for person in SAMPLE_STAFF:
        assert person.name not in done.output
        assert person.phone not in done.output
        assert person.email not in done.output


def test_people_read_groups_marks_and_the_gate(smsbot: CliRunner, phones: Phones) -> None:
    done = smsbot.invoke(main, ["doctor"])
    assert "Go-live gate\n  BAD   clinic.toml still holds examples" in done.stdout
    assert "Go-live gate: red." in done.stderr


def test_offline_asks_nobody(smsbot: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.Session.request", lambda *_, **__: pytest.fail("asked somebody"))
    done = smsbot.invoke(main, ["doctor", "--offline", "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    left_out = {row["group"] for row in rows if "--offline" in row["what"]}
    assert left_out == {group.title for group in GROUPS if group.asks_outside}
    assert smsbot.invoke(main, ["doctor", "--offline", "--fix"]).exit_code == 2


def test_settings_that_cannot_work_are_lines_too(smsbot: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIND", "here")
    monkeypatch.setenv("HEARTBEAT_URL", "ping")
    done = smsbot.invoke(main, ["doctor", "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [(row["group"], row["state"]) for row in rows] == [("Settings", "bad")] * 2
    assert "red" in done.stderr


def test_a_check_that_fails_itself_stops_no_other(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "clinic", None)
    lines = list(examine(wiring, is_offline=True))
    assert {group for group, _ in lines} == {group.title for group in GROUPS}
    assert "could not be checked (AttributeError)" in told([line for _, line in lines])


def test_fix_sets_our_addresses_with_retries_and_says_what_stood_there(
    wiring: Wiring, phones: Phones
) -> None:
    before = check_account(wiring)
    assert "without retries" in told(before)
    assert "fallback for texts is not set" in told(before)
    (line,) = fix_urls(wiring)
    assert f"{wiring.settings.public_url}/twilio/sms, nothing" in line.what
    assert set(states(check_account(wiring))) == {State.OK}
    found = Provider(phones.account_sid, (phones.token,), TEXT_LINE, None, wiring.account.api_url)
    facts, ours = found.number_urls(TEXT_LINE), wanted(wiring.settings.public_url)
    assert facts is not None
    assert (facts.sms.url, facts.sms_fallback.url, facts.voice.url) == (
        ours.sms,
        ours.sms_fallback,
        ours.voice,
    )
    assert ours.sms.endswith("/twilio/sms#rc=3&rp=all")
    assert "Nothing to set" in told(fix_urls(wiring))


def test_the_command_fixes_before_it_looks(smsbot: CliRunner, phones: Phones) -> None:
    done = smsbot.invoke(main, ["doctor", "--fix", "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0]["group"] == "Fix"
    assert {row["state"] for row in rows if row["group"] == "Account"} == {"ok"}


def test_a_wrong_token_is_named(wiring: Wiring, phones: Phones) -> None:
    wiring.account = replace(wiring.account, auth_tokens=("wrong" * 6,))
    lines = check_account(wiring)
    assert states(lines) == [State.BAD]
    assert "TWILIO_AUTH_TOKEN is refused" in lines[0].what


def test_each_of_two_tokens_is_tried_by_itself(wiring: Wiring, phones: Phones) -> None:
    wiring.account = replace(wiring.account, auth_tokens=("wrong" * 6, phones.token))
    first, second, *rest = check_account(wiring)
    assert (first.state, second.state) == (State.BAD, State.OK)
    assert "SECONDARY is right" in second.what
    assert rest  # the second one let us in


def test_a_number_of_another_account_is_bad(wiring: Wiring, phones: Phones) -> None:
    wiring.clinic = replace(wiring.clinic, text_line="+15615550199")
    assert "no such number as text_line" in told(check_account(wiring))
    assert states(fix_urls(wiring)) == [State.BAD]


def test_a_provider_that_does_not_answer_is_bad_and_ends_nothing(wiring: Wiring) -> None:
    assert State.BAD in states(check_account(wiring))
    assert states(fix_urls(wiring)) == [State.BAD]
    assert states(check_clock(wiring)) == [State.WARN]
    assert states(check_opt_out(wiring)) == [State.WARN]


def test_a_messaging_service_is_asked_and_set() -> None:
    service = {"sid": "MG" + "1" * 32, "use_inbound_webhook_on_number": False, "inbound_method": "GET"}
    app = Flask(__name__)

    @app.route("/v1/Services/<sid>", methods=["GET", "POST"])
    def answer(sid: str) -> dict[str, Any]:
        if "InboundRequestUrl" in request.form:
            service["inbound_request_url"] = request.form["InboundRequestUrl"]
        return {**service, "sid": sid}

    port = free_port()
    provider = Provider("AC" + "0" * 32, ("t" * 32,), None, "MG" + "1" * 32, f"http://127.0.0.1:{port}")
    with listening(app, port):
        before = provider.service_urls("MG" + "1" * 32)
        provider.set_service_urls(before.sid, {"inbound_request_url": "https://x.example/sms#rc=3"})
        after = provider.service_urls(before.sid)
    assert (before.by_number, before.sms.url, before.sms.method) == (False, "", "GET")
    assert after.sms.url == "https://x.example/sms#rc=3"


def test_the_clock_is_held_against_the_providers(wiring: Wiring, phones: Phones, time: Clock) -> None:
    with clock.stopped_at(clock._system_now):
        assert states(check_clock(wiring)) == [State.OK]
        real = clock.now()
    time.at = real + timedelta(minutes=10)
    (line,) = check_clock(wiring)
    assert line.state is State.BAD
    assert "ahead of" in line.what


@pytest.mark.parametrize(
    ("network", "setting", "state"),
    [
        ("default", "provider", State.OK),
        ("off", "provider", State.WARN),
        ("default", "ours", State.BAD),
    ],
)
def test_the_carriers_own_answer_is_seen_in_its_list(
    wiring: Wiring, phones: Phones, network: str, setting: str, state: State
) -> None:
    phones.client.change_settings(opt_out=network)
    phones.client.text(PHONE, "HELP", wait=False, deliver=False)
    wiring.clinic = replace(wiring.clinic, opt_out_replies=setting)
    lines = check_opt_out(wiring)
    assert states(lines) == [state]
    assert PHONE not in told(lines)


# Our own public address


def kept(wiring: Wiring) -> tuple[int, int]:
    """Receipts and refusals on file."""
    with wiring.db.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in (Receipt, Refusal))  # type: ignore[return-value]


def test_a_signed_request_to_our_own_address_arrives_and_leaves_no_trace(wiring: Wiring, app: Flask) -> None:
    with listening(app, wiring.settings.port):
        assert states(check_public_url(wiring)) == [State.OK]
    assert kept(wiring) == (0, 0)


def behind(wiring: Wiring, public_url: str) -> Wiring:
    """The same system, whose settings say this address."""
    return replace(wiring, settings=replace(wiring.settings, public_url=public_url))


def proxy(wiring: Wiring, *, query: bool = True, body: bool = True, status: int = 0) -> Flask:
    """A reverse proxy in front of the app that loses something on the way."""
    app, inside = Flask("proxy"), create_app(wiring).test_client()

    @app.post("/twilio/status")
    def pass_on() -> Response:
        if status:
            return Response("moved", status, {"Location": "https://www.example.com/twilio/status"})
        answer = inside.post(
            request.path + ("?" + request.query_string.decode() if query else ""),
            data=request.get_data() if body else request.get_data().replace(b"+", b"%20") + b"&Proxy=1",
            headers={key: request.headers[key] for key in ("Content-Type", "X-Twilio-Signature")},
        )
        return Response(answer.data, answer.status_code, content_type=answer.content_type)

    return app


@pytest.mark.parametrize(
    ("loses", "says"),
    [
        ({}, "arrives as it was signed"),
        ({"query": False}, "changes the query"),
        ({"body": False}, "changes the path or the body"),
        ({"status": 301}, "https://www.example.com/twilio/status"),
        ({"status": 404}, "another path"),
    ],
)
def test_what_a_proxy_does_to_a_request_is_told(wiring: Wiring, loses: dict[str, Any], says: str) -> None:
    door = free_port()
    parts = behind(wiring, f"http://localhost:{door}")
    with listening(create_app(parts), wiring.settings.port), listening(proxy(parts, **loses), door):
        assert says in told(check_public_url(parts))


def test_a_server_that_knows_itself_by_another_address_is_told_from_a_proxy(
    wiring: Wiring, app: Flask
) -> None:
    here = behind(wiring, f"http://127.0.0.1:{wiring.settings.port}")  # the server says localhost
    with listening(app, wiring.settings.port):
        (line,) = check_public_url(here)
    assert line.state is State.BAD
    assert "other settings than these (403)" in line.what
    assert here.settings.public_url in line.remedy


def test_nobody_at_our_address_is_bad(wiring: Wiring) -> None:
    lines = check_public_url(wiring)
    assert states(lines) == [State.BAD]
    assert "make run" in told(lines)
    assert urlsplit(wiring.settings.public_url).netloc in told(lines)


# What is on this machine


@pytest.fixture
def redis(wiring: Wiring) -> Iterator[None]:
    """The embedded server of this home."""
    process = subprocess.Popen(server_command(wiring.settings), stdout=subprocess.DEVNULL)
    eventually(lambda: is_up(wiring))
    yield
    process.terminate()
    process.wait(timeout=10)


def is_up(wiring: Wiring) -> bool:
    connection = connect(redis_url(wiring.settings))
    try:
        return bool(connection.ping())
    except Exception:
        return False
    finally:
        connection.close()


def test_the_embedded_redis_is_safe_and_an_unsafe_one_is_told(wiring: Wiring, redis: None) -> None:
    assert set(states(check_redis(wiring))) == {State.OK}
    connection = connect(redis_url(wiring.settings))
    connection.config_set("appendonly", "no")
    connection.config_set("maxmemory-policy", "allkeys-lru")
    connection.close()
    lines = check_redis(wiring)
    assert states(lines) == [State.OK, State.BAD, State.BAD]
    assert "allkeys-lru" in told(lines)


def test_a_dead_redis_is_bad_and_no_alert_is_lost(wiring: Wiring) -> None:
    lines = check_redis(wiring)
    assert states(lines) == [State.BAD]
    assert "No alert is lost" in told(lines)


def test_a_sweep_that_runs_is_well_and_one_that_stopped_is_not(wiring: Wiring, time: Clock) -> None:
    assert states(check_sweep(wiring)) == [State.BAD]
    wiring.sweep().cycle()
    assert states(check_sweep(wiring)) == [State.OK]
    time.forward(seconds=16)
    assert states(check_sweep(wiring)) == [State.BAD]


def test_the_heartbeat_is_not_sent_from_here(wiring: Wiring) -> None:
    assert states(check_heartbeat(wiring)) == [State.WARN]
    pings: list[str] = []
    app, port = Flask("watch"), free_port()
    app.before_request(lambda: pings.append(request.path))
    with listening(app, port):
        parts = replace(
            wiring, settings=replace(wiring.settings, heartbeat_url=f"http://127.0.0.1:{port}/ping")
        )
        assert states(check_heartbeat(parts)) == [State.OK]
    assert states(check_heartbeat(parts)) == [State.BAD]
    assert pings == []


def test_the_mail_server_is_greeted_and_gets_no_letter(wiring: Wiring) -> None:
    assert states(check_other_routes(wiring)) == [State.WARN]
    with mail_server() as mail:
        url = f"smtp://me:secret@127.0.0.1:{mail.port}"
        parts = replace(wiring, settings=replace(wiring.settings, smtp_url=url, mail_from="a@example.com"))
        assert states(check_other_routes(parts)) == [State.OK]
        mail.answers["AUTH"] = "535 no"
        lines = check_other_routes(parts)
        assert states(lines) == [State.BAD]
        assert "password is wrong" in told(lines)
        assert mail.letters == []


def test_a_rise_of_refused_webhooks_is_counted_by_reason_and_day(wiring: Wiring, time: Clock) -> None:
    assert states(check_refused(wiring)) == [State.OK]
    hours = [1, 2, 3, 4, 5, 23, 25, 48]
    with wiring.db.writing() as session:
        for ago in hours:
            at = clock.now() - timedelta(hours=ago)
            session.add(Refusal(id=new_id(), at=at, status=403, reason="bad_signature", size=1))
    (line,) = check_refused(wiring)
    assert line.state is State.BAD
    assert line.what.startswith("6 webhooks refused")
