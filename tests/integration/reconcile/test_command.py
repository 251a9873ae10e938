"""`smsbot reconcile`: what no webhook brought, taken in by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from smsbot.cli import main
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.reconcile.parts import FAX, missed


class TestCommand:
    @pytest.fixture
    def database(self) -> dict[str, str]:
        """SQLite is enough here."""
        return {}

    @pytest.fixture
    def smsbot(self, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
        for name, value in (
            ("SMSBOT_HOME", str(wiring.settings.home)),
            ("PORT", str(wiring.settings.port)),
        ):
            monkeypatch.setenv(name, value)
        return lambda *words: CliRunner().invoke(main, ["reconcile", *words])

    def test_it_takes_in_what_is_missing_and_counts(
        self, wiring: Wiring, phones: Phones, time: Clock, smsbot: Callable[..., Result]
    ) -> None:
        missed(phones, FAX)
        time.forward(hours=5)
        first, second = smsbot("--since", "6", "--json"), smsbot("--since", "6", "--json")
        counts = {"listed": 1, "known": 0, "taken_in": 1, "failed": 0, "spooled": 0}
        since = (time() - timedelta(hours=6)).isoformat()
        assert json.loads(first.stdout) == {"since": since, **counts}
        assert json.loads(second.stdout) == {"since": since, **counts, "known": 1, "taken_in": 0}
        assert (first.exit_code, second.exit_code) == (0, 0)

    def test_a_time_without_offset_is_the_clinics(
        self, wiring: Wiring, phones: Phones, smsbot: Callable[..., Result]
    ) -> None:
        done = smsbot("--since", "2026-11-22T08:00", "--json")
        assert datetime.fromisoformat(json.loads(done.stdout)["since"]) == datetime.fromisoformat(
            "2026-11-22T13:00+00:00"
        )

    @pytest.mark.parametrize(
        ("words", "code"),
        [(["--since", "yesterday"], 2), (["--since", "2026-12-01T08:00"], 2), ([], 2), (["--since", "6"], 1)],
    )
    def test_what_is_wrong_is_said(
        self, wiring: Wiring, time: Clock, smsbot: Callable[..., Result], words: list[str], code: int
    ) -> None:
        done = smsbot(*words)  # nothing listens at the provider's address
        assert (done.exit_code, done.stdout) == (code, "")
        assert "Error: " in done.stderr
