"""How views reach the wiring of their app."""

from __future__ import annotations

from typing import cast

from flask import current_app

from smsbot.wiring import Wiring

KEY = "smsbot"


def wiring() -> Wiring:
    """The joined parts of the app that handles this request."""
    return cast(Wiring, current_app.extensions[KEY])
