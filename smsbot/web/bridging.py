"""Calling a patient through the clinic's number: the nurse's phone first, then the patient's."""

from __future__ import annotations

from flask import Blueprint

bridging = Blueprint("bridging", __name__)
