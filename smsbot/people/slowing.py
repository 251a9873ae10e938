"""Slower after failures, for passwords and codes alike; never a lock-out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import SignInFailure
from smsbot.upsert import insert_if_new

_FREE_TRIES = 3
_LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Attempt:
    """How a try went. With `wait`, in seconds, nothing was looked at: it came too early."""

    is_right: bool
    wait: float = 0.0


def attempt(session: Session, key_indexes: list[str], check: Callable[[], bool]) -> Attempt:
    """Check something short, such as a code, and count it, in the caller's one writing transaction.

    Tries that race wait for each other only if the caller holds a row that they share.
    """
    wait = seconds_to_wait(session, key_indexes)
    if wait > 0:
        return Attempt(False, wait)
    is_right = check()
    (forget_failures if is_right else note_failure)(session, key_indexes)
    return Attempt(is_right)


def seconds_to_wait(session: Session, key_indexes: list[str]) -> float:
    """How long the next try has to wait after failures: 1, 2, 4 … 30 s; never a lock-out."""
    waits = [0.0]
    for row in session.scalars(select(SignInFailure).where(SignInFailure.key_index.in_(key_indexes))):
        if row.failures < _FREE_TRIES:
            continue
        pause = min(2.0 ** (row.failures - _FREE_TRIES), _LONGEST_WAIT_SECONDS)
        waits.append(pause - (clock.now() - row.failed_at).total_seconds())
    return max(waits)


def note_failure(session: Session, key_indexes: list[str]) -> None:
    """Count a failed sign-in."""
    for key in key_indexes:
        first = {"key_index": key, "failures": 1, "failed_at": clock.now()}
        if not insert_if_new(session, SignInFailure, first):
            row = session.get_one(SignInFailure, key, with_for_update=True, populate_existing=True)
            row.failures, row.failed_at = row.failures + 1, clock.now()


def forget_failures(session: Session, key_indexes: list[str]) -> None:
    """After a good sign-in."""
    for key in key_indexes:
        row = session.get(SignInFailure, key)
        if row is not None:
            session.delete(row)
