"""The home: one folder with all state, its keys, its stamp, and the simulator's own account."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.config import Settings
from smsbot.crypto import Keys, Vault, make_keys, read_keys, write_keys, write_private
from smsbot.db import Database
from smsbot.models import KeyInUse, Stamp
from smsbot.upsert import insert_if_new

_LONGEST_SOCKET_PATH = 100  # the system's limit is 108 bytes


class HomeError(Exception):
    """This home cannot be started like this. The text says what is wrong and the remedy."""


@dataclass(frozen=True)
class Account:
    """The account at the provider: the operator's, or the simulator's own random one."""

    account_sid: str
    auth_tokens: tuple[str, ...]
    sender: str | None
    messaging_service_sid: str | None
    api_url: str | None


@dataclass(frozen=True)
class SimulatorFile:
    """What a simulator home makes up once: an account at the stand-in provider and a sign-in."""

    account_sid: str
    auth_token: str
    password: str


def make_home(settings: Settings) -> None:
    """Make the folder, readable by its owner alone."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)


def open_vault(settings: Settings, db: Database) -> Vault:
    """The keys of this home; made at the very first run. Raises HomeError when they do not fit the data.

    New keys are never made beside data that was sealed under others.
    """
    with db.reading() as session:
        in_use = set(session.scalars(select(KeyInUse.key_id)))
    if not settings.keys_file.exists() and not in_use:
        with contextlib.suppress(FileExistsError):  # another process of ours was first
            write_keys(settings.keys_file, make_keys())
    keys = _read_or_explain(settings, in_use)
    unknown = in_use - set(keys.encryption)
    if unknown:
        raise HomeError(
            f"The database holds data sealed with the keys {', '.join(sorted(unknown))}, which "
            f"{settings.keys_file} does not hold. Put back the key file that belongs to this database "
            "(SMSBOT_KEYS), or point DATABASE_URL at the database that belongs to these keys."
        )
    with db.writing() as session:
        insert_if_new(session, KeyInUse, {"key_id": keys.current, "first_used_at": clock.now()})
    return Vault(keys)


def _read_or_explain(settings: Settings, in_use: set[str]) -> Keys:
    if not settings.keys_file.exists():
        raise HomeError(
            f"The key file {settings.keys_file} is missing, and the database holds data sealed with the keys "
            f"{', '.join(sorted(in_use))}. Put back the copy you keep of it; without it nothing can be read."
        )
    return read_keys(settings.keys_file)


def check_stamp(settings: Settings, db: Database) -> None:
    """A home is stamped simulator or live at its first start. Raises HomeError if started as the other."""
    with db.writing() as session:
        insert_if_new(session, Stamp, {"name": "mode", "value": settings.mode})
        stamped = _stamp(session, "mode")
    if stamped != settings.mode:
        remedy = (
            "set TWILIO_ACCOUNT_SID again"
            if stamped == "live"
            else "take TWILIO_ACCOUNT_SID out of the settings"
        )
        raise HomeError(
            f"This home was made for {stamped} use and is being started as {settings.mode}. "
            f"Either {remedy}, or give the {settings.mode} system a home of its own (SMSBOT_HOME)."
        )


def check_schema(db: Database) -> None:
    """Raises HomeError when the schema is not this version's."""
    script = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    with db.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise HomeError(
            f"The database was written by a newer version of smsbot (schema {found}): update smsbot."
        )
    raise HomeError("The database schema is not up to date: run `smsbot migrate` (or `make migrate`).")


def account_of(settings: Settings, text_line: str) -> Account:
    """The provider account to use; in a simulator a made-up one that owns the clinic's text line."""
    if not settings.is_simulator:
        return Account(
            settings.account_sid or "",
            settings.auth_tokens,
            settings.sender,
            settings.messaging_service_sid,
            settings.api_url,
        )
    made_up = simulator_file(settings)
    url = f"http://127.0.0.1:{settings.provider_port}"
    return Account(made_up.account_sid, (made_up.auth_token,), text_line, None, url)


def simulator_file(settings: Settings) -> SimulatorFile:
    """Read what the simulator made up for this home, or make it up now."""
    path = settings.home / "simulator.json"
    made = SimulatorFile("AC" + secrets.token_hex(16), secrets.token_hex(16), secrets.token_urlsafe(9))
    if not path.exists():
        with contextlib.suppress(FileExistsError):
            write_private(path, json.dumps(asdict(made)))
    return _read_simulator_file(path)


def _read_simulator_file(path: Path) -> SimulatorFile:
    try:
        return SimulatorFile(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise HomeError(f"{path} is damaged: delete it, and a new one is made.") from error


def redis_url(settings: Settings) -> str:
    """Where Redis is: REDIS_URL, or the embedded server's socket, running or not."""
    return settings.redis_url or f"unix://{socket_path(settings.home)}"


def socket_path(home: Path) -> Path:
    """The socket of this home's server; under the temp folder if the home's own path is too long."""
    path = home / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    short = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"smsbot-{os.getuid()}-{short}" / "redis.sock"


def _stamp(session: Session, name: str) -> str:
    return session.get_one(Stamp, name).value
