"""Redis killed, frozen, absent, full, read-only, emptied: texts are answered and emergencies leave."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import redis
import requests

from smsbot.home import socket_path
from tests.faults.parts import Parts, new_phone, parts_on
from tests.faults.scenes import EMERGENCY
from tests.system import System, eventually, new_sid, system_on

pytestmark = pytest.mark.thorough

ANSWER_SECONDS = 1.5
ALERT_SECONDS = 5.0


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Everything but Redis runs; a worker that dies for want of it is started again, as a supervisor does."""
    with parts_on(tmp_path_factory.mktemp("parts")) as made:
        made.provider()
        made.redis()
        made.web()
        made.sweep()
        yield made


@pytest.fixture
def server(parts: Parts) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis server that works, with a worker on it; afterwards it is gone."""
    server = parts.redis()
    worker = parts.worker()
    eventually(lambda: says_redis(parts.system, True))
    yield server
    worker.kill()
    worker.wait()
    server.kill()
    server.wait()


def says_redis(system: System, is_up: bool) -> bool:
    """Whether /readyz says so of Redis. It is no reason not to be ready."""
    answer = requests.get(f"{system.url}/readyz", timeout=10).json()
    return answer["redis"] is is_up and answer["ready"] is True


def client_of(parts: Parts) -> redis.Redis:
    """A client of our own for this home's server."""
    return redis.Redis(unix_socket_path=str(socket_path(parts.system.home)))


def kill(server: subprocess.Popen[bytes], _client: redis.Redis) -> None:
    """Dead at once."""
    server.kill()
    server.wait()


def freeze(server: subprocess.Popen[bytes], _client: redis.Redis) -> None:
    """Takes connections and never answers."""
    server.send_signal(signal.SIGSTOP)


def fill(_server: subprocess.Popen[bytes], client: redis.Redis) -> None:
    """Out of memory."""
    client.config_set("maxmemory", "1kb")


def make_read_only(_server: subprocess.Popen[bytes], client: redis.Redis) -> None:
    """A replica of nothing takes no writes."""
    client.config_set("replica-serve-stale-data", "yes")
    client.replicaof("127.0.0.1", 1)


def empty(_server: subprocess.Popen[bytes], client: redis.Redis) -> None:
    """Everything in it is gone."""
    client.flushall()


Harm = Callable[[subprocess.Popen[bytes], redis.Redis], None]


@pytest.mark.parametrize("harm", [kill, freeze, fill, make_read_only, empty], ids=lambda harm: harm.__name__)
def test_a_harmed_redis_delays_nothing(parts: Parts, server: subprocess.Popen[bytes], harm: Harm) -> None:
    with client_of(parts) as client:
        harm(server, client)
    check_emergency(parts)
    answers = harm not in (kill, freeze)
    assert says_redis(parts.system, answers)


def test_a_redis_that_comes_back_is_used_again(parts: Parts, server: subprocess.Popen[bytes]) -> None:
    freeze(server, client_of(parts))
    check_emergency(parts)
    server.send_signal(signal.SIGCONT)
    eventually(lambda: says_redis(parts.system, True))
    eventually(lambda: is_sent_by_worker(parts), seconds=30)


def test_redis_that_was_never_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("without")
    with system_on(folder, settings={"REDIS_URL": f"unix://{folder}/nothing.sock"}) as system:
        system.run()
        check_system(system)
        assert says_redis(system, False)


def check_emergency(parts: Parts) -> None:
    """An emergency is answered at once, and its alert is with the provider within five seconds."""
    check_system(parts.system)


def check_system(system: System) -> None:
    """The same for any system."""
    before = {one["sid"] for one in system.alerts()}
    began, began_at = time.monotonic(), datetime.now(UTC)
    answer = system.post(system.form(EMERGENCY, new_phone(), new_sid()))
    took = time.monotonic() - began
    assert answer.status_code == 200
    assert took < ANSWER_SECONDS, f"answered after {took:.1f} s"

    def fresh() -> list[datetime]:
        alerts = [one for one in system.alerts() if one["sid"] not in before]
        return [datetime.fromisoformat(one["at"]) for one in alerts]

    (at,) = eventually(fresh, seconds=30)
    assert (at - began_at).total_seconds() < ALERT_SECONDS, f"alert after {at - began_at}"


def is_sent_by_worker(parts: Parts) -> bool:
    """Whether a new emergency goes the quick way."""
    before = sent_by_worker(parts)
    assert parts.system.post(parts.system.form(EMERGENCY, new_phone())).ok
    time.sleep(1.0)
    return sent_by_worker(parts) > before


def sent_by_worker(parts: Parts) -> int:
    """How many dispatches the workers have sent, by their log."""
    log = (parts.system.home.parent / "log.txt").read_text(errors="replace")
    return sum('"dispatch_sent"' in line and '"part": "worker-' in line for line in log.splitlines())
