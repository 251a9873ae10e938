"""Correcting what was read out of a text, and splitting a text off into a case of its own."""

from __future__ import annotations

from flask import Blueprint

correcting = Blueprint("correcting", __name__)
