"""The kick: after the commit, dispatch ids go to RQ so that a worker sends them at once.

Nothing rests on it. If Redis is down the caller waits half a second at most, and not again for a while: the
sweep finds every due row by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

EMERGENCIES = "emergencies"
REST = "rest"
QUEUES = (EMERGENCIES, REST)

_ALLOWED = frozenset({"smsbot.jobs.deliver_dispatch"})
_SECONDS = 0.5  # a webhook waits this long for a Redis that hangs; its whole answer has 1.5 s
_BREAKER_SECONDS = 2.0
_JOB_SECONDS = 60
_JOB_TTL_SECONDS = 120  # an old kick is worth nothing: the row decides

_failed_kicks = Counter(
    "smsbot_failed_kicks_total", "Kicks that Redis did not take; the sweep delivered instead"
)

log = structlog.get_logger()


class OurJob(Job):
    """A job that runs our functions only: whoever can write to Redis must not be able to run others."""

    @property
    def func(self) -> Any:
        """The function to run. Raises PermissionError for any but ours."""
        if self.func_name not in _ALLOWED or self.instance:
            raise PermissionError("a job that is none of ours")
        return super().func

    @property
    def success_callback(self) -> None:
        """Never: a callback would be a function of the job's choosing."""
        return

    @property
    def failure_callback(self) -> None:
        """Never."""
        return

    @property
    def stopped_callback(self) -> None:
        """Never."""
        return


@dataclass(frozen=True, slots=True)
class Owed:
    """A dispatch that was just committed."""

    dispatch_id: str
    is_emergency: bool


def connect(redis_url: str, *, for_worker: bool = False) -> Redis:
    """A connection that fails fast: redis-py's defaults make a caller wait 4 to 59 s for a dead Redis.

    A worker's connection blocks while it waits for jobs, so it has no time-out of ours.
    """
    timeout = None if for_worker else _SECONDS
    return Redis.from_url(
        redis_url, socket_connect_timeout=_SECONDS, socket_timeout=timeout, retry=Retry(NoBackoff(), 0)
    )


class Kicker:
    """Tells the workers what was committed, best effort."""

    def __init__(self, redis_url: str | None) -> None:
        self._queues: dict[str, Queue] = {}
        self._closed_until = 0.0
        if redis_url:
            connection = connect(redis_url)
            self._queues = {name: our_queue(name, connection) for name in QUEUES}

    def kick(self, owed: Iterable[Owed]) -> bool:
        """Enqueue the ids, one round trip for each queue. Swallows and counts every failure of Redis."""
        batch = list(owed)
        if not batch or not self._queues:
            return False
        if time.monotonic() < self._closed_until:
            _failed_kicks.inc(len(batch))
            return False
        try:
            for name in QUEUES:
                self._enqueue(name, [one for one in batch if one.is_emergency == (name == EMERGENCIES)])
        except (RedisError, OSError) as error:
            self._closed_until = time.monotonic() + _BREAKER_SECONDS
            _failed_kicks.inc(len(batch))
            log.warning("kick_failed", error=type(error).__name__)
            return False
        return True

    def _enqueue(self, name: str, batch: list[Owed]) -> None:
        if not batch:
            return
        jobs = [
            Queue.prepare_data(
                "smsbot.jobs.deliver_dispatch",
                args=(one.dispatch_id,),
                timeout=_JOB_SECONDS,
                ttl=_JOB_TTL_SECONDS,
                result_ttl=0,
                failure_ttl=3600,
                description="",
            )
            for one in batch
        ]
        self._queues[name].enqueue_many(jobs)


def our_queue(name: str, connection: Redis) -> Queue:
    """A queue of our job class with the JSON serializer."""
    return Queue(name, connection=connection, job_class=OurJob, serializer=JSONSerializer)
