"""Every word a patient can receive, and changing it."""

from __future__ import annotations

from flask import Blueprint

wording_editor = Blueprint("wording_editor", __name__)
