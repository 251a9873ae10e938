"""The canary: a body, a name and a number are found nowhere but in sealed columns."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from sqlalchemy import select

from smsbot.models import Case
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Browser, Webhook

BODY = "canary-body-7713 chest pain since my infusion"
NUMBER = "+15615550177"
CANARIES = (b"canary-body-7713", b"5615550177", b"Nadia", b"nurse@example.com", b"5615550150")


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite: its file can be read as bytes."""
    return {}


def test_nothing_of_a_person_is_found_outside_sealed_columns(
    wiring: Wiring,
    webhook: Webhook,
    browser: Browser,
    phones: Phones,
    time: Clock,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)  # what a process of ours logs, see configure_logs
    webhook.text(Body=BODY, From=NUMBER)
    time.forward(seconds=2)
    wiring.sweep().cycle()
    time.forward(seconds=70)
    wiring.sweep().cycle()
    metrics = browser.get("/metrics").data
    outside = browser.get("/readyz").data + browser.get("/healthz").data + browser.get("/cases/2345").data
    alerts = [one["body"] for one in phones.client.ledger() if one["to"] != NUMBER]
    assert alerts
    with sqlite3.connect(wiring.settings.home / "smsbot.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    files = b"".join(path.read_bytes() for path in wiring.settings.home.rglob("*") if path.is_file())
    printed = capsys.readouterr()
    seen = {
        "files": files,
        "metrics": metrics,
        "pages": outside,
        "alerts": " ".join(alerts).encode(),
        "logs": (printed.out + printed.err + caplog.text).encode(),
    }
    assert {name for name, content in seen.items() for canary in CANARIES if canary in content} == set()
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().urgency == "emergency"
