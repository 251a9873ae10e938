"""A busy morning at a desk: six texts, one nurse, no mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.desk import (
    UNDONE,
    WALT,
    YOLANDA,
    Keyboard,
    Screens,
    at_hour,
    has_focus,
    has_it,
    look_at_phones,
    on_patients_phone,
    reply_field,
    row_of,
)
from tests.system import System

pytestmark = pytest.mark.browser

REFILL = "2 Lexapro left, pharmacy says no refills"
VISIT = "Quiero cambiar mi cita para el viernes por la tarde"
THE_REST = {
    "+15615550131": "Could you send me a receipt for my last payment?",
    "+15615550132": "What are your opening hours on Friday?",
    "+15615550133": "Do you take Aetna insurance?",
    "+15615550134": "Can you send my records to another doctor?",
}


@pytest.fixture(scope="module")
def clinic_toml() -> str:
    return at_hour(10)[0]


def test_a_morning_by_keyboard_alone(system: System, screens: Screens) -> None:
    for number, words in {**THE_REST, YOLANDA: VISIT, WALT: REFILL}.items():
        system.provider.text(number, words)
    page = screens.desk()
    keys = Keyboard(page)

    # in, without leaving the keys: the field for the address has the focus
    page.goto(system.url)
    keys.write("nurse@example.com")
    keys.press("Tab")
    keys.write(system.account["password"])
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.locator("li.case")).to_have_count(6)

    # what can I press here?
    expect(page.get_by_role("button", name="Keyboard: press ?")).to_be_visible()
    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

    # down twice and up again: the first case is the most urgent one; take it from the list
    first, second = (page.locator("li.case a").nth(place) for place in (0, 1))
    keys.press("j", "j")
    assert has_focus(second)
    keys.press("k")
    assert has_focus(first)
    expect(first).to_contain_text("Lexapro")
    keys.press("a")
    has_it(page, "Nadia (nurse)")

    # a saved reply, and off it goes
    keys.press("r")
    expect(reply_field(page)).to_be_focused()
    keys.tab_to(page.get_by_text("Saved replies"))
    keys.press("Enter")
    keys.tab_to(page.get_by_role("button", name=re.compile("^Refill passed on English")))
    keys.press("Enter")
    expect(reply_field(page)).to_be_focused()
    expect(reply_field(page)).to_have_value(re.compile("Your prescriber has your refill request"))
    keys.write(" Nadia")
    keys.tab_to(page.get_by_role("button", name="Send", exact=True))
    keys.press("Enter")
    expect(page.get_by_text("Not sent yet.")).to_be_visible()

    # that one is done: why, and a note for whoever looks later
    keys.press("e")
    expect(page.get_by_role("radio", name="Answered")).to_be_focused()
    keys.press("Space", "Tab")
    keys.write("Paul has the request")
    keys.press("Tab", "Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.locator("li.case")).to_have_count(5)
    expect(row_of(page, "Lexapro")).to_have_count(0)

    # Yolanda is on the telephone: find her case by her whole name
    keys.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keys.write("yolanda muestra")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Patients of this name")).to_be_visible()
    keys.press("j", "Enter")
    expect(page.locator(".thread")).to_contain_text(VISIT)
    keys.press("a")
    has_it(page, "Nadia (nurse)")
    keys.tab_to(page.get_by_role("link", name="Inbox").first)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()

    # the front desk answered three of the rest on the telephone: away with them, all at once
    for words in list(THE_REST.values())[:3]:
        while not has_focus(row_of(page, words).get_by_role("link")):
            keys.press("j")
        keys.press("x")
        while not has_focus(page.locator("li.case a").first):
            keys.press("k")
    expect(page.locator("#bulk-count")).to_have_text("3 cases chosen")
    keys.tab_to(page.locator("#bulk-reason"))
    keys.write("No action")
    keys.press("Tab", "Enter")
    expect(page.get_by_role("heading", name="3 cases resolved")).to_be_visible()
    keys.tab_to(page.get_by_role("link", name="Back to the list"))
    keys.press("Enter")
    expect(page.locator("li.case")).to_have_count(2)
    expect(row_of(page, "my records")).to_be_visible()
    expect(row_of(page, VISIT)).to_contain_text("You have it")

    # and by now Walt has his answer
    phone = screens.phone()
    look_at_phones(phone, system, WALT)
    answer = on_patients_phone(phone).filter(has_text="Your prescriber has your refill request")
    expect(answer).to_be_visible(timeout=UNDONE)
    expect(answer).to_contain_text("Nadia")
