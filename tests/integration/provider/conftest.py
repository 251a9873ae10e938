"""The stand-in provider over real HTTP, before a make-believe clinic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.rest import Client

from smsbot.simulator.provider import create_provider, serving
from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import ACCOUNT, CLINIC, TOKEN, Clinic, a_web_server, an_sdk


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    clinic = Clinic()
    with a_web_server(clinic.app()) as clinic.url:
        yield clinic


@pytest.fixture
def provider_url(tmp_path: Path, clinic: Clinic) -> Iterator[str]:
    app = create_provider(
        tmp_path / "provider.db",
        account=ACCOUNT,
        token=TOKEN,
        numbers=[CLINIC],
        sms_url=f"{clinic.url}/sms",
        sms_fallback_url=f"{clinic.url}/fallback",
        status_delay=0.1,
    )
    with serving(app) as url:
        yield url


@pytest.fixture
def phones(provider_url: str) -> ProviderClient:
    return ProviderClient(provider_url, ACCOUNT, TOKEN)


@pytest.fixture
def sdk(provider_url: str) -> Iterator[Client]:
    with an_sdk(provider_url) as client:
        yield client
