"""`smsbot run`: the whole system on one machine, supervised."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click
import structlog
from redis.exceptions import RedisError

from smsbot import home
from smsbot.clinic import load_clinic
from smsbot.config import Settings, load_settings
from smsbot.db import Database
from smsbot.home import HomeError, redis_url
from smsbot.kick import EMERGENCIES, REST, connect
from smsbot.models.base import use_vault
from smsbot.running.embedded_redis import NoRedis, server_command
from smsbot.running.supervisor import Part, Supervisor
from smsbot.simulator.people import SAMPLE_STAFF, seed_patients, seed_saved_replies, seed_staff
from smsbot.wiring import build

_REDIS_STARTS_SECONDS = 10.0

log = structlog.get_logger()


def run_everything() -> None:
    """Prepare the home, start all parts, keep them running until Ctrl-C or SIGTERM.

    Raises one of wiring.STARTING_ERRORS or NoRedis.
    """
    settings = load_settings()
    clinic = load_clinic(settings.clinic_file)
    home.make_home(settings)
    with only_one(settings.home):
        _check_ports(settings)
        keys_are_new = not settings.keys_file.exists()
        db = Database(settings.database_url)
        db.migrate()
        vault = home.open_vault(settings, db)
        use_vault(vault)
        home.check_stamp(settings, db)
        metrics_folder = _fresh_folder(settings.home / "metrics")
        environ = {"PROMETHEUS_MULTIPROC_DIR": str(metrics_folder)}
        supervisor = Supervisor([])
        if settings.redis_url is None:
            redis = Part("redis", server_command(settings))
            supervisor.parts.append(redis)
            supervisor.start(redis)
            _await_redis(settings, redis)
        if settings.is_simulator:
            made_up = home.simulator_file(settings)
            # by the environment: a command line can be read by every user of the machine
            token = {"TWILIO_AUTH_TOKEN": made_up.auth_token}
            supervisor.parts.append(Part("provider", provider_command(settings, clinic.text_line), token))
            seed_staff(db, vault, made_up.password)
        build(settings).close()  # everything that can be wrong is said before anything serves
        if settings.is_simulator:
            seed_patients(db, vault)  # the home is stamped by now
            seed_saved_replies(db, clinic.languages)
        db.close()
        supervisor.parts += serving_parts(environ)
        _announce(settings, keys_are_new)
        supervisor.run()


def serving_parts(environ: dict[str, str]) -> list[Part]:
    """Web, the two workers and the sweep."""
    return [
        Part("web", web_command(), environ),
        *(Part(f"worker-{queue}", worker_command(queue), environ) for queue in (EMERGENCIES, REST)),
        Part("sweep", sweep_command(), environ),
    ]


def web_command() -> list[str]:
    """The web server."""
    settings = "python:smsbot.running.gunicorn_settings"
    return [sys.executable, "-m", "gunicorn", "--config", settings, "smsbot.web:create_app()"]


def worker_command(queue: str) -> list[str]:
    """One worker for one queue."""
    return [sys.executable, "-m", "smsbot.running.worker", "--queue", queue]


def sweep_command() -> list[str]:
    """The sweep."""
    return [sys.executable, "-m", "smsbot", "sweep"]


def provider_command(settings: Settings, text_line: str) -> list[str]:
    """The simulator's stand-in provider, which calls our webhooks like the real one."""
    made_up = home.simulator_file(settings)
    # fmt: off
    return [
        sys.executable, "-m", "smsbot.simulator.provider",
        "--state", str(settings.home / "provider.db"), "--port", str(settings.provider_port),
        "--account", made_up.account_sid, "--number", text_line,
        "--sms-url", f"{settings.public_url}/twilio/sms",
        "--sms-fallback-url", f"{settings.public_url}/twilio/sms/fallback",
    ]
    # fmt: on


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the home: a second start says plainly that one is running. Raises HomeError."""
    lock: IO[str] = open(folder / "run.lock", "a+")  # noqa: SIM115  (held until the end)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        raise HomeError(
            f"smsbot is running on {folder} already (process {pid}). End it first, or set SMSBOT_HOME."
        ) from error
    try:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
    finally:
        lock.truncate(0)
        lock.close()


def _check_ports(settings: Settings) -> None:
    ports = [settings.port, *([settings.provider_port] if settings.is_simulator else [])]
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.bind if port == settings.port else "127.0.0.1", port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise HomeError(f"Cannot listen on {settings.bind}:{port}: {error.strerror}.") from error
                raise HomeError(
                    f"Port {port} is in use by another program. Choose another: PORT={settings.port + 10}"
                ) from error


def _fresh_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    return path


def _await_redis(settings: Settings, part: Part) -> None:
    deadline = time.monotonic() + _REDIS_STARTS_SECONDS
    while time.monotonic() < deadline:
        if part.process is not None and part.process.poll() is not None:
            raise NoRedis("The embedded Redis server ended at once; its reason stands above.")
        connection = connect(redis_url(settings))
        try:
            connection.ping()
            return
        except (RedisError, OSError):
            time.sleep(0.05)
        finally:
            connection.close()
    log.warning("redis_slow")  # not fatal: the sweep delivers without it


def _announce(settings: Settings, keys_are_new: bool) -> None:
    lines = ["", f"  Inbox       {settings.public_url}/"]
    if settings.is_simulator:
        made_up = home.simulator_file(settings)
        lines += [
            f"              sign in as {SAMPLE_STAFF[0].email}  password {made_up.password}",
            f"  Simulator   {settings.public_url}/simulator",
            "              texts to and from invented phones; nothing leaves this machine",
        ]
    else:
        lines += [
            "              first sign-in: smsbot staff add EMAIL --name … --phone … --role administrator"
        ]
    lines += [f"  State       {settings.home}"]
    if keys_are_new:
        lines += [f"  Keys        {settings.keys_file}: back this file up; nothing can be read without it"]
    lines += ["", "  Ctrl-C ends everything.", ""]
    click.echo("\n".join(lines), err=True)
