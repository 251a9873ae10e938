"""Logs: one line an event, a fixed event name, ids and states only; JSON unless a person is watching."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog


def configure_logs(part: str) -> None:
    """Set up structured logs on stderr for this process."""
    is_watched = sys.stderr.isatty()
    renderer = (
        structlog.dev.ConsoleRenderer(colors=True, pad_event_to=22)
        if is_watched
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            _says(part),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries say what is worth knowing at WARNING; below it RQ prints job arguments.
    # Its warnings hold addresses, and those the numbers texted.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def _says(part: str) -> structlog.typing.Processor:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**event, "part": event.get("part", part)}

    return add
