"""Two nurses in one case: they see each other, no draft is lost, nobody answers twice unawares."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import (
    UNDONE,
    WALT,
    Screens,
    has_it,
    look_at_phones,
    on_patients_phone,
    open_case,
    reply_field,
    sign_in_as,
)
from tests.system import System

pytestmark = pytest.mark.browser

QUESTION = "Little nauseous after today's session, ginger ale is helping"
DRAFT = "Sip slowly, and text us tonight how you are."


@pytest.fixture
def noras_screen(system: System, screens: Screens) -> Page:
    """Nora is new: she opens her one-time link and chooses a password."""
    made = system.command(
        "staff",
        "add",
        "nora@example.com",
        "--name",
        "Nora (nurse)",
        "--phone",
        "+15615550155",
        "--role",
        "nurse",
    )
    assert made.returncode == 0, made.stderr
    page = screens.desk()
    page.goto(made.stdout.strip())
    page.get_by_label("New password").fill("a password of her own")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    return page


def test_two_nurses_do_not_answer_one_patient_twice(
    system: System, screens: Screens, noras_screen: Page
) -> None:
    nora, nadia = noras_screen, screens.desk()
    system.provider.text(WALT, QUESTION)
    sign_in_as(nadia, system, "nurse")

    # both open it: each sees that the other is there
    open_case(nora, system, "ginger ale")
    open_case(nadia, system, "ginger ale")
    expect(nadia.locator("#here")).to_contain_text("Nora (nurse) is here")
    expect(nora.locator("#here")).to_contain_text("Nadia (nurse) is here")

    # Nora writes; Nadia sees it. Somebody calls Nora away: her draft is there when she is back
    reply_field(nora).press_sequentially(DRAFT)
    expect(nadia.locator("#here")).to_contain_text("Nora (nurse) is writing a reply")
    expect(nora.get_by_text("Kept as a draft.")).to_be_visible()
    nora.goto(f"{system.url}/")
    open_case(nora, system, "ginger ale")
    expect(reply_field(nora)).to_have_value(DRAFT)
    expect(reply_field(nadia)).to_have_value("")

    # the patient goes on writing: both are told, and shown it without losing a word
    system.provider.text(WALT, "now it comes up again a bit")
    for page in (nora, nadia):
        expect(page.get_by_text("A new text arrived.")).to_be_visible()
        page.get_by_role("link", name="Show it").click()
        expect(page.locator(".thread")).to_contain_text("now it comes up again")
    expect(reply_field(nora)).to_have_value(DRAFT)

    # Nadia is faster
    nadia.get_by_role("button", name="Take", exact=True).click()
    has_it(nadia, "Nadia (nurse)")
    reply_field(nadia).fill("Hello Walt, this is Nadia. I call you in five minutes.")
    nadia.get_by_role("button", name="Send", exact=True).click()
    expect(nadia.get_by_text("Not sent yet.")).to_be_visible()
    expect(nora.locator("#here")).to_contain_text("Nadia (nurse) replied to the patient.")
    expect(nora.locator("#here")).to_contain_text("Nadia (nurse) has this case now.")

    # Nora sends all the same: she is stopped, sees what Nadia wrote, and her words are kept
    screens.expected = (409,)
    nora.get_by_role("button", name="Send", exact=True).click()
    expect(nora.get_by_role("heading", name="Read this first")).to_be_visible()
    expect(nora.get_by_role("alert")).to_contain_text("Not sent.")
    expect(nora.get_by_text("I call you in five minutes")).to_be_visible()
    expect(reply_field(nora)).to_have_value(DRAFT)

    phone = screens.phone()
    look_at_phones(phone, system, WALT)
    expect(on_patients_phone(phone).filter(has_text="five minutes")).to_be_visible(timeout=UNDONE)
    expect(on_patients_phone(phone).filter(has_text="Sip slowly")).to_have_count(0)
