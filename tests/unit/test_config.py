"""Settings: every error at once, and what each value comes to."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from smsbot.config import SETTINGS, SettingsError, load_settings

LIVE = {
    "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "TWILIO_FROM": "(561) 555-0100",
    "PUBLIC_URL": "https://texts.example.com/",
}


def load(tmp_path: Path, **environ: str):
    return load_settings(environ, root=tmp_path)


def test_without_any_setting_it_is_a_simulator_on_loopback(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.is_simulator
    assert (settings.bind, settings.port, settings.public_url) == ("127.0.0.1", 8080, "http://localhost:8080")
    assert settings.home == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/smsbot.db"


def test_a_live_system_is_read_and_tidied(tmp_path: Path) -> None:
    settings = load(tmp_path, **LIVE, TWILIO_AUTH_TOKEN_SECONDARY="s" * 32, BIND="0.0.0.0")
    assert settings.mode == "live"
    assert settings.sender == "+15615550100"
    assert settings.public_url == "https://texts.example.com"
    assert len(settings.auth_tokens) == 2


def test_every_error_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load(
            tmp_path,
            TWILIO_ACCOUNT_SID="AC12",
            PORT="eighty",
            BIND="here",
            PUBLIC_URL="http://texts.example.com",
            DATABASE_URL="mysql://x",
            REDIS_URL="localhost",
            CLINIC_FILE="/nowhere/clinic.toml",
            TWILIO_FROM="hello",
            HEARTBEAT_URL="ping",
        )
    told = str(raised.value)
    for name in (
        "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PORT", "BIND", "PUBLIC_URL", "DATABASE_URL",
        "REDIS_URL", "CLINIC_FILE", "TWILIO_FROM", "HEARTBEAT_URL",
    ):  # fmt: skip
        assert name in told


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN": "short"}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_AUTH_TOKEN_SECONDARY": "short"}, "TWILIO_AUTH_TOKEN_SECONDARY"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://10.0.0.1"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://x.example/?a=1"}, "PUBLIC_URL"),
        ({"TWILIO_FROM": ""}, "TWILIO_FROM"),
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID"),
        ({"PORT": "70000"}, "PORT"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(tmp_path: Path, change: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(tmp_path, **{**LIVE, **change})


def test_a_simulator_listens_on_loopback_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BIND"):
        load(tmp_path, BIND="0.0.0.0")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nBIND=127.0.0.2\n")
    settings = load(tmp_path, PORT="9001")
    assert (settings.port, settings.bind) == (9001, "127.0.0.2")


def test_postgres_addresses_get_their_driver(tmp_path: Path) -> None:
    assert load(tmp_path, DATABASE_URL="postgres://u:p@h/d").database_url == "postgresql+psycopg://u:p@h/d"


def test_secrets_stay_out_of_repr(tmp_path: Path) -> None:
    settings = load(tmp_path, **LIVE, DATABASE_URL="postgresql://u:hunter2@h/d")
    assert "hunter2" not in repr(settings)
    assert "t" * 32 not in repr(settings)


def test_every_setting_is_described() -> None:
    assert all(SETTINGS.values())


MAIL = {"SMTP_URL": "smtp://me:p%40ss@mail.example.com:587", "MAIL_FROM": "alerts@example.com"}


def test_e_mail_needs_a_server_and_a_sender(tmp_path: Path) -> None:
    settings = load(tmp_path, **LIVE, **MAIL)
    assert (settings.smtp_url, settings.mail_from) == (MAIL["SMTP_URL"], MAIL["MAIL_FROM"])
    assert "p%40ss" not in repr(settings)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"MAIL_FROM": ""}, "MAIL_FROM"),
        ({"MAIL_FROM": "Clinic <alerts@example.com>"}, "MAIL_FROM"),
        ({"MAIL_FROM": "alerts"}, "MAIL_FROM"),
        ({"SMTP_URL": "mail.example.com"}, "SMTP_URL"),
        ({"SMTP_URL": "http://mail.example.com"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://me@mail.example.com"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.com:port"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://mail.example.com/inbox"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://me:pa/ss@mail.example.com"}, "SMTP_URL"),
    ],
)
def test_a_mail_setting_that_cannot_work_is_refused(
    tmp_path: Path, change: dict[str, str], name: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        load(tmp_path, **{**LIVE, **MAIL, **change})


def test_nothing_leaves_a_simulator_by_mail_or_push(tmp_path: Path) -> None:
    local = load(tmp_path, SMTP_URL="smtp://localhost:1025", MAIL_FROM="alerts@example.com")
    assert local.smtp_url == "smtp://localhost:1025"
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, **MAIL, PUSH_URLS="ntfys://ntfy.example.com/secret-topic")
    assert [("SMTP_URL" in one, "PUSH_URLS" in one) for one in raised.value.errors[:2]] == [
        (True, False),
        (False, True),
    ]
    assert "secret-topic" not in str(raised.value)


def test_push_says_how_to_install_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not installed
    with pytest.raises(SettingsError, match="pip install apprise"):
        load(tmp_path, **LIVE, PUSH_URLS="slack://a/b/c ntfys://ntfy.example.com/topic")


def test_push_addresses_are_split_at_spaces_and_kept_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apprise = ModuleType("apprise")
    apprise.__spec__ = ModuleSpec("apprise", None)
    monkeypatch.setitem(sys.modules, "apprise", apprise)
    settings = load(tmp_path, **LIVE, PUSH_URLS="slack://a/b/c  ntfys://ntfy.example.com/topic")
    assert settings.push_urls == ("slack://a/b/c", "ntfys://ntfy.example.com/topic")
    assert "slack" not in repr(settings)
    with pytest.raises(SettingsError, match="entry 2"):
        load(tmp_path, **LIVE, PUSH_URLS="slack://a/b/c topic")
