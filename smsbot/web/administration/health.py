"""How the system is: what /readyz and the doctor know, and the go-live gate."""

from __future__ import annotations

from flask import Blueprint

system_health = Blueprint("system_health", __name__)
