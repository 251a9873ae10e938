"""The page of numbers, and their export."""

from __future__ import annotations

from flask import Blueprint

numbers = Blueprint("numbers", __name__)
