"""Is it alive, can it take a text and alert someone, and the numbers behind that."""

from __future__ import annotations

import os
import time
from datetime import timedelta

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest, multiprocess
from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from smsbot import clock
from smsbot.db import Database
from smsbot.home import redis_url
from smsbot.kick import connect
from smsbot.models import Beat, Case, CaseState, Dispatch, DispatchState, Refusal, Staff
from smsbot.sweep import oldest_due_age
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

health = Blueprint("health", __name__)

SWEEP_IS_DEAD = timedelta(seconds=15)
TOO_OLD = timedelta(seconds=60)


@health.get("/healthz")
@policy(Policy.PUBLIC)
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
@policy(Policy.PUBLIC)
def readyz() -> tuple[Response, int]:
    """Whether a text can be taken in and somebody be alerted. 503 when not; `redis` alone is no reason."""
    state = condition()
    is_ready = all(state[name] for name in ("database", "sweep", "staff", "on_time"))
    return jsonify({"ready": is_ready, **state}), 200 if is_ready else 503


@health.get("/metrics")
@policy(Policy.OPERATOR)
def metrics() -> Response:
    """Prometheus metrics: counters of all processes, and gauges read from the database now."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    gauges = _gauges()
    return Response(generate_latest(registry) + generate_latest(gauges), content_type=CONTENT_TYPE_LATEST)


def condition() -> dict[str, bool]:
    """What works. Redis may be down: the sweep delivers without it, only later by seconds."""
    db = wiring().db
    try:
        with db.reading() as session:
            has_staff = (
                session.scalar(select(Staff.id).where(Staff.disabled_at.is_(None)).limit(1)) is not None
            )
        age = oldest_due_age(db)
    except SQLAlchemyError:
        return {"database": False, "sweep": False, "staff": False, "on_time": False, "redis": is_redis_up()}
    return {
        "database": True,
        "sweep": is_sweep_alive(db),
        "staff": has_staff,
        "on_time": age is None or age < TOO_OLD,
        "redis": is_redis_up(),
    }


def is_sweep_alive(db: Database) -> bool:
    """Whether a sweep has finished a cycle lately."""
    try:
        with db.reading() as session:
            at = session.scalar(select(Beat.at).where(Beat.part == "sweep"))
    except SQLAlchemyError:
        return False
    return at is not None and clock.now() - at < SWEEP_IS_DEAD


def is_redis_up() -> bool:
    """Whether Redis answers within a second."""
    connection = connect(redis_url(wiring().settings))
    try:
        return bool(connection.ping())
    except (RedisError, OSError):
        return False
    finally:
        connection.close()


def _gauges() -> CollectorRegistry:
    registry = CollectorRegistry()
    db = wiring().db
    began = time.monotonic()
    with db.reading() as session:
        cases = session.execute(
            select(Case.urgency, Case.state, func.count())
            .where(Case.state != CaseState.RESOLVED)
            .group_by(Case.urgency, Case.state)
        ).all()
        owed = session.execute(
            select(Dispatch.purpose, Dispatch.state, func.count())
            .where(Dispatch.state.not_in((DispatchState.DELIVERED, DispatchState.CANCELLED)))
            .group_by(Dispatch.purpose, Dispatch.state)
        ).all()
    open_cases = Gauge(
        "smsbot_open_cases", "Cases nobody has resolved", ["urgency", "state"], registry=registry
    )
    for urgency, state, count in cases:
        open_cases.labels(urgency, state).set(count)
    dispatches = Gauge("smsbot_dispatches", "Dispatches by state", ["purpose", "state"], registry=registry)
    for purpose, state, count in owed:
        dispatches.labels(purpose, state).set(count)
    _alerting_gauges(registry, db)
    age = oldest_due_age(db)
    Gauge("smsbot_oldest_due_seconds", "Age of the oldest due dispatch", registry=registry).set(
        age.total_seconds() if age else 0
    )
    for name, is_well in condition().items():
        Gauge(f"smsbot_{name}_ok", f"1 while {name} is well", registry=registry).set(is_well)
    Gauge("smsbot_metrics_seconds", "Time these gauges took", registry=registry).set(time.monotonic() - began)
    return registry


def _alerting_gauges(registry: CollectorRegistry, db: Database) -> None:
    """How long cases of the last day waited for a person, what did not arrive, and what was refused."""
    since = clock.now() - timedelta(days=1)
    with db.reading() as session:
        waits = [
            ((taken - opened).total_seconds(), urgency)
            for opened, taken, urgency in session.execute(
                select(Case.opened_at, Case.taken_at, Case.urgency).where(Case.taken_at > since)
            )
            if taken is not None
        ]
        failed = session.execute(
            select(Dispatch.purpose, Dispatch.route, func.count())
            .where(Dispatch.state == DispatchState.FAILED, Dispatch.created_at > since)
            .group_by(Dispatch.purpose, Dispatch.route)
        ).all()
        refused = session.execute(
            select(Refusal.reason, func.count()).where(Refusal.at > since).group_by(Refusal.reason)
        ).all()
    to_taken = Gauge(
        "smsbot_longest_to_taken_seconds",
        "Longest time from opening to taking, of cases taken in the last day",
        ["urgency"],
        registry=registry,
    )
    for urgency in {urgency for _, urgency in waits}:
        to_taken.labels(urgency).set(max(seconds for seconds, of in waits if of == urgency))
    failures = Gauge(
        "smsbot_failed_dispatches", "Failed for good in the last day", ["purpose", "route"], registry=registry
    )
    for purpose, route, count in failed:
        failures.labels(purpose, route).set(count)
    refusals = Gauge(
        "smsbot_refused_webhooks", "Refused in the last day, by reason", ["reason"], registry=registry
    )
    for reason, count in refused:
        refusals.labels(reason).set(count)
