"""Hours, holidays, closed until, and the pause of automatic replies."""

from __future__ import annotations

from flask import Blueprint

hours = Blueprint("hours", __name__)
