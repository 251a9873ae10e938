"""Searching cases by number, code, name and words."""

from __future__ import annotations

from flask import Blueprint

searching = Blueprint("searching", __name__)
