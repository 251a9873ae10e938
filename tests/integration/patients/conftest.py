"""Somebody at a shell, with a patient list to import."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.integration.patients.parts import Clinic


@pytest.fixture
def clinic(smsbot: CliRunner, tmp_path: Path) -> Clinic:
    """Somebody at a shell with files."""
    return Clinic(smsbot, tmp_path)
