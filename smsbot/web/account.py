"""One's own account: sessions, the second factor, trusted phones."""

from __future__ import annotations

from flask import Blueprint

account = Blueprint("account", __name__)
