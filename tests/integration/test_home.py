"""A home: its keys, its stamp, its schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from smsbot.crypto import make_keys, write_keys
from smsbot.db import Database
from smsbot.home import HomeError, socket_path
from smsbot.models import Base
from smsbot.wiring import Wiring, build
from tests.conftest import Clock, make_settings, prepare
from tests.system import free_port
from tests.texts import inbound

LIVE = {
    "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "TWILIO_FROM": "+15615550100",
    "PUBLIC_URL": "https://texts.example.com",
}


def test_unknown_keys_refuse_to_start_with_the_remedy(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("hello"))
    keys = wiring.settings.keys_file
    keys.rename(keys.with_name("kept.json"))
    write_keys(keys, make_keys())
    with pytest.raises(HomeError, match="Put back the key file"):
        build(wiring.settings)


def test_a_missing_key_file_is_never_replaced_beside_sealed_data(wiring: Wiring) -> None:
    wiring.settings.keys_file.unlink()
    with pytest.raises(HomeError, match="missing"):
        build(wiring.settings)
    assert not wiring.settings.keys_file.exists()


def test_a_home_stays_what_it_was_made_for(wiring: Wiring, tmp_path: Path) -> None:
    live = make_settings(tmp_path, wiring.settings.port, **LIVE, DATABASE_URL=str(wiring.db.url))
    with pytest.raises(HomeError, match="made for simulator use"):
        build(live)


def test_a_live_home_seeds_nobody_and_has_no_simulator(tmp_path: Path, time: Clock) -> None:
    from smsbot.web import create_app

    settings = make_settings(tmp_path, free_port(), **LIVE)
    db = Database(settings.database_url)
    db.migrate()
    parts = build(settings)
    client = create_app(parts).test_client()
    assert client.get("/simulator").status_code == 404
    assert client.get("/readyz").json["staff"] is False
    parts.close()


def test_an_old_schema_is_told_to_migrate(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, free_port())
    settings.home.mkdir()
    with pytest.raises(HomeError, match="smsbot migrate"):
        build(settings)


def test_a_newer_schema_is_told_to_update(wiring: Wiring) -> None:
    with wiring.db.engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HomeError, match="newer version"):
        build(wiring.settings)


def test_migrations_make_what_the_models_say(wiring: Wiring) -> None:
    found = inspect(wiring.db.engine)
    for table in Base.metadata.sorted_tables:
        assert {column.name for column in table.columns} == {
            column["name"] for column in found.get_columns(table.name)
        }, table.name
        assert {index.name for index in table.indexes} <= {
            index["name"] for index in found.get_indexes(table.name)
        }, table.name


def test_migrating_twice_at_once_is_safe(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    url = f"sqlite:///{tmp_path}/x.db"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Database(url).migrate(), range(4)))


def test_the_home_and_its_secrets_are_private(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, free_port())
    prepare(settings)
    assert settings.home.stat().st_mode & 0o077 == 0
    for name in ("keys.json", "simulator.json"):
        assert (settings.home / name).stat().st_mode & 0o077 == 0


def test_a_long_home_gets_a_short_socket(tmp_path: Path) -> None:
    assert socket_path(tmp_path / "home") == tmp_path / "home" / "redis" / "redis.sock"
    deep = tmp_path / ("x" * 90)
    assert len(str(socket_path(deep))) < 100
