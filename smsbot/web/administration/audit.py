"""Searching the audit log."""

from __future__ import annotations

from flask import Blueprint

audit_search = Blueprint("audit_search", __name__)
