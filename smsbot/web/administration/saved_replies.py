"""Saved replies, in each language."""

from __future__ import annotations

from flask import Blueprint

saved_replies = Blueprint("saved_replies", __name__)
