"""The kick for real: a Redis-protocol server, RQ, and a worker that sends."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from smsbot import wiring as wiring_module
from smsbot.home import redis_url
from smsbot.kick import EMERGENCIES, REST, Kicker, OurJob, Owed, connect, our_queue
from smsbot.models import Dispatch
from smsbot.running.embedded_redis import server_command
from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.system import NURSE, eventually
from tests.texts import inbound


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


@pytest.fixture(params=["embedded", pytest.param("system", marks=pytest.mark.system_redis)])
def redis_server(request: pytest.FixtureRequest, wiring: Wiring) -> Iterator[str]:
    """The embedded server of this home, and in `make check` the machine's redis-server too."""
    command = server_command(wiring.settings)
    if request.param == "system":
        command[0] = shutil.which("redis-server") or "redis-server is missing"
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = redis_url(wiring.settings)
    connection = connect(url)

    def is_up() -> bool:
        try:
            return bool(connection.ping())
        except Exception:
            return False

    eventually(is_up)
    yield url
    connection.close()
    process.terminate()
    process.wait(timeout=10)


def work(url: str, queue: str, monkeypatch: pytest.MonkeyPatch, parts: Wiring) -> None:
    """Run the waiting jobs of one queue here."""
    monkeypatch.setattr(wiring_module, "current", lambda: parts)
    connection = connect(url, for_worker=True)
    worker = SimpleWorker(
        [our_queue(queue, connection)], connection=connection, job_class=OurJob, serializer=JSONSerializer
    )
    worker.work(burst=True, logging_level="WARNING")
    connection.close()


def test_a_kick_makes_the_worker_send(
    wiring: Wiring, phones: Phones, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring.kicker = Kicker(redis_server)
    wiring.intake.receive(inbound("chest tight since the infusion"))
    assert not phones.client.ledger()
    work(redis_server, REST, monkeypatch, wiring)
    assert not phones.client.ledger()  # emergencies have a queue of their own
    work(redis_server, EMERGENCIES, monkeypatch, wiring)
    assert [one["to"] for one in phones.client.ledger()] == [NURSE]


def test_redis_holds_ids_only(wiring: Wiring, redis_server: str) -> None:
    wiring.kicker = Kicker(redis_server)
    wiring.intake.receive(inbound("canary-5521 chest pain", "+15615550188"))
    connection = connect(redis_server)
    held = b""
    for key in connection.scan_iter("*"):
        held += key + (connection.dump(key) or b"")
        if connection.type(key) == b"hash":
            held += repr(connection.hgetall(key)).encode()
    connection.close()
    assert b"deliver_dispatch" in held
    for canary in (b"canary-5521", b"5550188", b"5550150", b"chest"):
        assert canary not in held
    with wiring.db.reading() as session:
        assert session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).one()


def test_the_socket_is_private_and_the_log_is_on_disk(wiring: Wiring, redis_server: str) -> None:
    socket = Path(redis_server.removeprefix("unix://"))
    assert socket.stat().st_mode & 0o077 == 0
    connection = connect(redis_server)
    assert connection.config_get("appendonly")["appendonly"] == "yes"
    assert connection.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    connection.close()


def test_a_foreign_job_is_not_run(
    wiring: Wiring, redis_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    connection = connect(redis_server)
    queue = our_queue(EMERGENCIES, connection)
    marker = tmp_path / "owned"
    queue.enqueue_call("os.mkdir", args=(str(marker),))
    work(redis_server, EMERGENCIES, monkeypatch, wiring)
    connection.close()
    assert not marker.exists()


def test_a_dispatch_id_that_is_not_there_does_nothing(
    wiring: Wiring, phones: Phones, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Kicker(redis_server).kick([Owed("f" * 32, True)])
    work(redis_server, EMERGENCIES, monkeypatch, wiring)
    assert not phones.client.ledger()
