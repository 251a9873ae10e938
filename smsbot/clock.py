"""The time. Nothing else reads it, so that tests can set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return _source()


@contextmanager
def stopped_at(source: Callable[[], datetime] | datetime) -> Iterator[None]:
    """For tests: within the block `now()` gives this moment, or what this function returns."""
    global _source
    before = _source
    _source = source if callable(source) else lambda: source
    try:
        yield
    finally:
        _source = before
