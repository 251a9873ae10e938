"""Push: one channel that takes the alert is enough; what apprise says of its addresses stays secret."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import ClassVar

import pytest
from sqlalchemy import select

from smsbot.config import SettingsError
from smsbot.models import Dispatch, DispatchState
from smsbot.routes import Letter, RouteError
from smsbot.routes.push import PushRoute
from smsbot.wiring import Wiring, build
from tests.conftest import MONDAY_MORNING
from tests.texts import inbound

BODY = "EMERGENCY - case K7F2, since 10:00 AM. https://x.example/cases/K7F2"


@dataclass
class FakeApprise:
    """As much of apprise.Apprise as is used: `add` and `notify`, which say yes or no."""

    urls: list[str] = field(default_factory=list)
    sent: ClassVar[list[tuple[str, str, str]]] = []

    def add(self, url: str) -> bool:
        self.urls.append(url)
        return not url.startswith("nonsense")

    def notify(self, *, title: str, body: str, notify_type: str, body_format: str) -> bool:
        (url,) = self.urls
        if url.startswith("raises"):
            raise RuntimeError(url)
        FakeApprise.sent.append((url, title, body))
        return not url.startswith("down")


@pytest.fixture(autouse=True)
def apprise(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that is not installed here: a module of its shape."""
    module = ModuleType("apprise")
    module.Apprise = FakeApprise  # type: ignore[attr-defined]
    module.NotifyType = type("NotifyType", (), {"WARNING": "warning"})  # type: ignore[attr-defined]
    module.NotifyFormat = type("NotifyFormat", (), {"TEXT": "text"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apprise", module)
    FakeApprise.sent.clear()


def letter() -> Letter:
    return Letter("0" * 32, "+15615550150", BODY, MONDAY_MORNING)


def test_every_channel_gets_the_alert_and_nobodys_number() -> None:
    posted = PushRoute(["ntfys://one.example/a", "slack://two"]).send(letter())
    assert sorted(FakeApprise.sent) == [
        ("ntfys://one.example/a", "EMERGENCY - case K7F2", BODY),
        ("slack://two", "EMERGENCY - case K7F2", BODY),
    ]
    assert posted.provider_id == "push:" + "0" * 32


@pytest.mark.parametrize("ill", ["down://x", "raises://x"])
def test_one_channel_that_takes_it_is_enough(ill: str) -> None:
    assert PushRoute([ill, "slack://two"]).send(letter()).status == "accepted"


@pytest.mark.parametrize("ill", ["down://x", "raises://x"])
def test_when_none_takes_it_it_is_tried_again(ill: str) -> None:
    with pytest.raises(RouteError) as raised:
        PushRoute([ill, "down://y"]).send(letter())
    assert (raised.value.code, raised.value.is_retryable) == ("push_failed", True)


def test_an_address_that_apprise_does_not_know_is_named_by_its_place_alone() -> None:
    with pytest.raises(SettingsError, match="entry 2") as raised:
        PushRoute(["slack://one", "nonsense://secret-token"])
    assert "secret-token" not in str(raised.value)


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


def test_an_alert_leaves_by_push_once_the_addresses_are_set(wiring: Wiring) -> None:
    parts = build(replace(wiring.settings, push_urls=("slack://one",)), wiring.engine)
    parts.intake.receive(inbound("chest tight since the infusion"))
    with parts.db.writing() as session:
        row = session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).first()
        assert row is not None
        row.route = "push"
    parts.outbox.deliver(row.id)
    with parts.db.reading() as session:
        assert session.get_one(Dispatch, row.id).state == DispatchState.SENT
    parts.close()
    ((_, title, body),) = FakeApprise.sent
    assert title.startswith("EMERGENCY - case ")
    assert "chest" not in body
    assert "5550110" not in body
