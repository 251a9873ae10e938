"""Three in the morning: the nurse on call wakes up, and helps with one thumb."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import (
    UNDONE,
    YOLANDA,
    Screens,
    at_hour,
    fits,
    has_it,
    lock_with_fingerprint,
    look_at_phones,
    on_patients_phone,
    reply_field,
    sign_in_as,
    sign_out,
    tap,
)
from tests.system import System

pytestmark = pytest.mark.browser

PLEA = "llevo una hora mirando el frasco de pastillas, ya no puedo más"
ANSWER = "Soy Nadia. Le llamo ahora mismo. Por favor conteste."


@pytest.fixture(scope="module")
def clinic_toml() -> str:
    return at_hour(3)[0]


@pytest.fixture
def nadias_phone(system: System, screens: Screens) -> Page:
    """It was trusted on a quiet day: it opens the inbox with its screen lock."""
    phone = screens.phone()
    lock_with_fingerprint(phone)
    sign_in_as(phone, system, "nurse", "/account")
    tap(phone.get_by_role("link", name="Trust this device"))
    phone.get_by_label("Name of this device").fill("Nadia's phone")
    phone.get_by_label("Your password").fill(system.account["password"])
    tap(phone.get_by_role("button", name="Trust this device"))
    expect(phone.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
    tap(phone.get_by_role("link", name="I have kept them"))
    sign_out(phone)
    return phone


def test_an_emergency_at_night_is_answered_with_one_thumb(
    system: System, screens: Screens, nadias_phone: Page
) -> None:
    system.provider.text(YOLANDA, PLEA)

    look_at_phones(nadias_phone, system, YOLANDA)
    her_texts = nadias_phone.locator(".small-phone").filter(has_text="Nadia")
    alert = her_texts.locator(".alert-text").filter(has_text="EMERGENCY").first
    expect(alert).to_be_visible()
    expect(alert).not_to_contain_text("pastillas")
    alert.get_by_role("link").tap()

    expect(nadias_phone.get_by_role("heading", name="Sign in")).to_be_visible()
    tap(nadias_phone.get_by_role("button", name="Unlock with this device"))
    expect(nadias_phone).to_have_url(re.compile(r"/cases/\w{4}$"))
    expect(nadias_phone.locator(".case-head .urgency").first).to_have_text("emergency")
    assert fits(nadias_phone)
    expect(nadias_phone.locator(".acts").get_by_text("Call", exact=True)).to_be_visible()
    tap(nadias_phone.get_by_role("button", name="Take", exact=True))
    has_it(nadias_phone, "Nadia (nurse)")

    read = nadias_phone.locator(".thread .text.in .bubble")
    read.scroll_into_view_if_needed()
    expect(read).to_contain_text(PLEA)
    expect(nadias_phone.get_by_text("They write Spanish.")).to_be_visible()

    tap(reply_field(nadias_phone))
    nadias_phone.keyboard.type(ANSWER)
    tap(nadias_phone.get_by_role("button", name="Send", exact=True))
    expect(nadias_phone.get_by_text("Not sent yet.")).to_be_visible()
    assert fits(nadias_phone)

    yolandas_phone = screens.phone()
    look_at_phones(yolandas_phone, system, YOLANDA)
    expect(on_patients_phone(yolandas_phone).filter(has_text=ANSWER)).to_be_visible(timeout=UNDONE)
    nadias_phone.reload()
    expect(nadias_phone.locator(".thread .text.out").filter(has_text=ANSWER)).to_be_visible()
    expect(nadias_phone.get_by_text("Not sent yet.")).to_be_hidden()
