"""Who has a case on the screen, and drafts that are not lost."""

from __future__ import annotations

from flask import Blueprint

presence = Blueprint("presence", __name__)
