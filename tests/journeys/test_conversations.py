"""Every conversation of `conversations/`, through the real webhook, on a stopped clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from smsbot import clock
from smsbot.triage import Engine
from tests.conftest import Clock
from tests.journeys.conversation import Conversation, read_conversation, read_conversations
from tests.journeys.playing import House, Player, house_of

CONVERSATIONS = read_conversations()


class Houses:
    """One house for each clinic profile, and for each whether it keeps a list of patients."""

    def __init__(self, folder: Path, prepared_home: Path, engine: Engine, stack: ExitStack) -> None:
        self._make = lambda name, clinic: stack.enter_context(
            house_of(folder / name, prepared_home, clinic, engine)
        )
        self._built: dict[str, House] = {}

    def of(self, told: Conversation) -> House:
        """The house of this conversation."""
        key = json.dumps([told.clinic, bool(told.patients)], sort_keys=True, default=str)
        if key not in self._built:
            self._built[key] = self._make(str(len(self._built)), told.clinic)
        return self._built[key]


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory, prepared_home: Path, engine: Engine) -> Iterator[Houses]:
    """Houses that are built once."""
    with ExitStack() as stack:
        yield Houses(tmp_path_factory.mktemp("houses"), prepared_home, engine, stack)


@pytest.mark.xdist_group("conversations")
@pytest.mark.parametrize("told", CONVERSATIONS, ids=lambda told: told.name)
def test_a_conversation(houses: Houses, told: Conversation) -> None:
    time = Clock(told.starts)
    with clock.stopped_at(time):
        player = Player(houses.of(told), told, time)
        try:
            player.play()
        finally:
            player.end()


def test_there_are_at_least_sixty_conversations() -> None:
    assert len(CONVERSATIONS) >= 60


def test_a_word_that_means_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('title = "a"\nstarts = 2026-11-23T10:00:00\n[[step]]\ntxt = "hi"\n')
    with pytest.raises(ValueError, match="a.toml: unknown: txt"):
        read_conversation(tmp_path / "a.toml")
