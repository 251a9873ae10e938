"""The second factor: codes of an authenticator app, and recovery codes."""

from __future__ import annotations

from flask import Blueprint

second_factor = Blueprint("second_factor", __name__)
