"""The kick: fast when Redis is dead, and a job class that runs our functions only."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from smsbot.kick import Kicker, OurJob, Owed

OWED = [Owed("a" * 32, True), Owed("b" * 32, False)]


def test_a_dead_redis_costs_no_time_and_raises_nothing(tmp_path: Path) -> None:
    kicker = Kicker(f"unix://{tmp_path}/nobody.sock")
    began = time.monotonic()
    for _ in range(50):
        assert not kicker.kick(OWED)
    assert time.monotonic() - began < 1.5


def test_without_redis_nothing_is_kicked() -> None:
    assert not Kicker(None).kick(OWED)


@pytest.mark.parametrize("name", ["os.system", "subprocess.run", "smsbot.jobs.other", "builtins.eval"])
def test_a_job_that_is_none_of_ours_does_not_run(name: str) -> None:
    job = OurJob.__new__(OurJob)
    job._func_name = name
    job._instance = None
    with pytest.raises(PermissionError):
        _ = job.func


def test_a_jobs_callbacks_are_never_looked_up() -> None:
    job = OurJob.__new__(OurJob)
    job._success_callback_name = job._failure_callback_name = "os.system"
    assert job.success_callback is None
    assert job.failure_callback is None
    assert job.stopped_callback is None
