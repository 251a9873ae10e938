"""A reply to the wrong words, taken back in time: no phone ever shows it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.desk import (
    UNDONE,
    WALT,
    Screens,
    look_at_phones,
    on_patients_phone,
    open_case,
    reply_field,
    sign_in_as,
)
from tests.system import System

pytestmark = pytest.mark.browser


def test_a_reply_that_was_undone_never_reaches_the_patient(system: System, screens: Screens) -> None:
    system.provider.text(WALT, "Could I come in next Tuesday afternoon for a follow up?")
    nadia = screens.desk()
    sign_in_as(nadia, system, "nurse")
    open_case(nadia, system, "next Tuesday afternoon")

    reply_field(nadia).fill("Tuesday at 2 PM is yours, Roseline.")
    nadia.get_by_role("button", name="Send", exact=True).click()
    expect(nadia.get_by_text("Not sent yet.")).to_be_visible()
    nadia.get_by_role("button", name="Undo").click()

    expect(nadia.get_by_text("Not sent yet.")).to_be_hidden()
    expect(reply_field(nadia)).to_have_value("Tuesday at 2 PM is yours, Roseline.")
    expect(nadia.locator(".thread .text.out").filter(has_text="Roseline")).to_be_hidden()

    reply_field(nadia).fill("Tuesday at 2 PM is yours, Walt.")
    nadia.get_by_role("button", name="Send", exact=True).click()
    look_at_phones(phone := screens.phone(), system, WALT)
    expect(on_patients_phone(phone).filter(has_text="is yours, Walt")).to_be_visible(timeout=UNDONE)
    # the later text is there, so the earlier one would have been: nobody accepted it, no phone shows it
    assert [one["body"] for one in system.provider.ledger() if "Roseline" in one["body"]] == []
    assert [one["body"] for one in system.provider.thread(WALT) if "Roseline" in one["body"]] == []
