"""The list of what `make sabotage` switches off follows the code."""

from __future__ import annotations

import pytest

from tests.faults.protections import PROTECTIONS, Protection
from tests.faults.sabotage import is_in_place


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda one: one.name)
def test_what_is_switched_off_stands_where_the_list_says(protection: Protection) -> None:
    assert is_in_place(protection)
