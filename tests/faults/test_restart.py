"""`smsbot run`: killed whole, killed in part, ended, started twice."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conftest import make_settings
from tests.faults.parts import Parts, new_phone
from tests.faults.scenes import CREATE, EMERGENCY
from tests.system import System, eventually, new_sid, system_on

END_SECONDS = 5.0


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """A fresh home."""
    with system_on(tmp_path) as made:
        yield made


def pid_of(system: System, words: str) -> int:
    """The first process whose command holds these words."""
    found = [pid for pid, command in system.pids().items() if words in command]
    assert found, f"nothing runs {words!r}"
    return min(found)


@pytest.mark.thorough
def test_killed_whole_after_an_emergency_it_goes_on_where_it_was(system: System, tmp_path: Path) -> None:
    system.run()
    parts = Parts(system, make_settings(tmp_path, system.port))
    for seconds in (0.05, 0.5):
        sid = new_sid()
        system.provider.text(new_phone(), EMERGENCY, sid=sid, wait=False)
        time.sleep(seconds)
        system.kill_everything()
        parts.end_leases()
        system.run()
        eventually(lambda sid=sid: is_kept(parts, sid))  # the network repeats what was never answered
        message = parts.message_of(sid)
        parts.settle(message.contact_id)
        (case,) = parts.cases_of(message.contact_id)
        assert case.state == "open"
        assert len(parts.alerts_about(case)) == 1, f"killed after {seconds} s"
        assert parts.replies_to(parts_phone(system, sid))
    parts.db.close()


def is_kept(parts: Parts, sid: str) -> bool:
    """Whether the text is in the database."""
    with contextlib.suppress(AssertionError):
        parts.message_of(sid)
        return True
    return False


def parts_phone(system: System, sid: str) -> str:
    """From which phone the text came, as the network knows."""
    return next(str(one["from"]) for one in system.provider.messages() if one["sid"] == sid)


@pytest.mark.thorough
def test_a_second_start_on_the_same_home_says_so(whole: Parts) -> None:
    system = whole.system
    second = system.command("run")
    assert second.returncode == 1
    assert "is running on" in second.stderr
    assert str(system.home) in second.stderr
    assert requests.get(f"{system.url}/readyz", timeout=5).ok


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_everything(system: System, number: signal.Signals) -> None:
    process = system.run()
    assert len(system.pids()) >= 7
    freeze = pid_of(system, "smsbot sweep")
    os.kill(freeze, signal.SIGSTOP)  # not even a part that does not listen outlives it
    began = time.monotonic()
    system.kill(process, number)
    took = time.monotonic() - began
    assert took < END_SECONDS, f"took {took:.1f} s"
    assert not system.pids()
    assert "all_ended" in system.log()


@pytest.mark.thorough
def test_kill_9_of_the_supervisor_leaves_nothing_running(system: System) -> None:
    process = system.run()
    # one is just talking to the provider, and would wait for it for eight seconds
    system.provider.faults({"do": "hang", "match": CREATE, "seconds": 20})
    assert system.post(system.form(EMERGENCY)).ok
    eventually(lambda: any(rule["fired"] for rule in system.provider.faults()))
    began = time.monotonic()
    system.kill(process, signal.SIGKILL)
    eventually(lambda: not system.pids(), seconds=20)
    took = time.monotonic() - began
    assert took < END_SECONDS, f"took {took:.1f} s"


@pytest.mark.thorough
def test_a_part_that_is_killed_is_started_again(whole: Parts) -> None:
    system = whole.system
    killed = {
        "web": pid_of(system, "gunicorn"),
        "worker-emergencies": pid_of(system, "--queue emergencies"),
        "worker-rest": pid_of(system, "--queue rest"),
        "sweep": pid_of(system, "smsbot sweep"),
        "redis": pid_of(system, "redis.sock"),
    }
    old_web = {pid for pid, command in system.pids().items() if "gunicorn" in command}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not old_web & set(system.pids()))  # an orphan answers for a moment longer
    for part in killed:
        eventually(lambda part=part: has_died_and_started(system, part), seconds=30)
    eventually(lambda: is_well(system), seconds=45)
    assert not set(killed.values()) & set(system.pids())
    sid = new_sid()
    assert system.post(system.form(EMERGENCY, new_phone(), sid)).ok
    (case,) = whole.cases_of(whole.message_of(sid).contact_id)
    eventually(lambda: whole.alerts_about(case))


def is_well(system: System) -> bool:
    """Whether /readyz says that everything works, Redis too."""
    with contextlib.suppress(requests.RequestException):  # refused, or a server that is just ending
        answer = requests.get(f"{system.url}/readyz", timeout=5).json()
        return bool(answer["ready"] and answer["redis"])
    return False


def has_died_and_started(system: System, part: str) -> bool:
    """Whether the log tells of a death, and of a start after it."""
    log = (system.home.parent / "log.txt").read_text(errors="replace").splitlines()
    of_part = [line for line in log if f'"part": "{part}"' in line]
    died = [number for number, line in enumerate(of_part) if '"part_died"' in line]
    return bool(died) and any('"part_started"' in line for line in of_part[died[0] :])
