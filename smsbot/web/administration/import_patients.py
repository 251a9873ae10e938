"""Importing the patient list, with a look at what it would change."""

from __future__ import annotations

from flask import Blueprint

import_patients = Blueprint("import_patients", __name__)
