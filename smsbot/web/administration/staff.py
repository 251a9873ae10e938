"""Staff and their roles."""

from __future__ import annotations

from flask import Blueprint

staff_list = Blueprint("staff_list", __name__)
