"""Pushes an alert to the clinic's channels (Slack, Teams, PagerDuty, ntfy …) through apprise, an extra."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from smsbot.config import SettingsError
from smsbot.routes.base import Letter, Posted, RouteError
from smsbot.routes.headline import headline

log = structlog.get_logger()


class PushRoute:
    """Every address gets the alert. The addresses are the clinic's, not a person's, and most are secret."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Raises SettingsError for an address that apprise does not know."""
        self._apprise = importlib.import_module("apprise")
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs addresses
        self._channels = [self._channel(place, url) for place, url in enumerate(urls, start=1)]

    def send(self, letter: Letter) -> Posted:
        """Push to all at once; one that takes it is enough. Raises RouteError when none does.

        apprise does not say why, so it is tried again: twice is better than not at all.
        """
        with ThreadPoolExecutor(len(self._channels)) as pool:
            taken = list(pool.map(lambda channel: self._push(channel, letter), self._channels))
        if not any(taken):
            raise RouteError("push_failed", is_retryable=True)
        if not all(taken):
            log.warning("push_partly_failed", dispatch_id=letter.dispatch_id, failed=taken.count(False))
        return Posted(f"push:{letter.dispatch_id}", "accepted")

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Nobody can be asked: it is pushed again."""
        return None

    def _channel(self, place: int, url: str) -> Any:
        channel = self._apprise.Apprise()
        if not channel.add(url):
            raise SettingsError(
                [
                    f"PUSH_URLS: entry {place} is none that apprise knows: https://github.com/caronc/apprise/wiki"
                ]
            )
        return channel

    def _push(self, channel: Any, letter: Letter) -> bool:
        kinds = self._apprise
        try:
            return bool(
                channel.notify(
                    title=headline(letter.body),
                    body=letter.body,
                    notify_type=kinds.NotifyType.WARNING,
                    body_format=kinds.NotifyFormat.TEXT,
                )
            )
        except (
            Exception
        ) as error:  # a plug-in of a hundred and thirty: one that breaks must not stop the rest
            log.warning("push_raised", dispatch_id=letter.dispatch_id, error=type(error).__name__)
            return False
