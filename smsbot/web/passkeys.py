"""Trusted phones: passkeys that sign in without typing."""

from __future__ import annotations

from flask import Blueprint

passkeys = Blueprint("passkeys", __name__)
