"""A home that polls already."""

from __future__ import annotations

import pytest

from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.reconcile.parts import polled


@pytest.fixture
def watched(wiring: Wiring, phones: Phones, time: Clock) -> Wiring:
    """A home whose first poll was an hour ago."""
    polled(wiring)
    time.forward(hours=1)
    return wiring
