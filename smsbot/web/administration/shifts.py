"""Who is on call: the calendar, swaps and gaps."""

from __future__ import annotations

from flask import Blueprint

shift_calendar = Blueprint("shift_calendar", __name__)
