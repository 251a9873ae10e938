"""The operator resets whoever lost phone, codes and password."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from smsbot import people
from smsbot.cli import main
from smsbot.models import Event, Passkey, RecoveryCode, Staff
from smsbot.wiring import Wiring
from tests.conftest import PASSWORD, Clock
from tests.integration.conftest import Browser


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


def give_everything(wiring: Wiring, time: Clock) -> str:
    """The nurse with an app, recovery codes and a trusted device; her id."""
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        nurse.totp, nurse.totp_at = "JBSWY3DPEHPK3PXP", time.at
        people.make_recovery_codes(session, wiring.vault, nurse)
        key = Passkey(
            id="k" * 32, staff_id=nurse.id, credential_id="x", public_key=b"x", name="x", created_at=time.at
        )
        session.add(key)
        return nurse.id


def test_a_reset_takes_everything_and_says_so(
    app: Flask, browser: Browser, wiring: Wiring, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in()
    nurse_id = give_everything(wiring, time)
    monkeypatch.setenv("SMSBOT_HOME", str(wiring.settings.home))
    done = CliRunner().invoke(main, ["staff", "reset", "nurse@example.com"])
    assert done.exit_code == 0
    assert "second step and trusted devices are removed" in done.stderr
    assert browser.get("/").headers["Location"].startswith("/sign-in?")
    assert Browser(app.test_client()).sign_in().status_code == 401
    page = "/welcome/" + done.stdout.strip().rpartition("/")[2]
    assert Browser(app.test_client()).submit(page, page, password=PASSWORD).headers["Location"] == "/"
    with wiring.db.reading() as session:
        assert session.get_one(Staff, nurse_id).totp is None
        assert session.scalars(select(Passkey)).one().revoked_at is not None
        assert session.scalars(select(RecoveryCode)).all() == []
        assert "second_factor_reset" in set(session.scalars(select(Event.kind)))
