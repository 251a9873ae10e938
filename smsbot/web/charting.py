"""Copying a case to the practice's records."""

from __future__ import annotations

from flask import Blueprint

charting = Blueprint("charting", __name__)
