"""A person's first minute with the product, in a real browser: text, alert, sign in, take, resolve."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Screens, fits, give_password
from tests.system import System

pytestmark = pytest.mark.browser


@pytest.fixture(params=[(1440, 900), (360, 740)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, screens: Screens) -> Page:
    return screens.of_size(*request.param)


def test_from_a_text_to_a_resolved_case(system: System, page: Page) -> None:
    page.goto(f"{system.url}/simulator")
    assert fits(page)
    before = page.locator(".alert-text").count()
    began = time.monotonic()
    page.get_by_label(re.compile("Text as")).fill("chest tight since the infusion")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".alert-text").nth(before).wait_for(timeout=20_000)
    shown_after = time.monotonic() - began
    assert shown_after < 20, shown_after
    alert = page.locator(".alert-text").first
    expect(alert).to_contain_text("EMERGENCY")
    expect(alert).not_to_contain_text("chest")
    expect(page.locator(".sms.theirs").first).to_contain_text("911")

    alert.get_by_role("link").click()
    give_password(page, system, "nurse@example.com")
    page.wait_for_url(re.compile(r"/cases/\w{4}$"))
    expect(page.get_by_text("chest tight").first).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Take", exact=True).click()
    expect(page.get_by_text("Nadia (nurse) has it").first).to_be_visible()
    page.get_by_role("radio", name="911 or welfare check", exact=True).last.check()
    page.get_by_label(re.compile("What was done")).last.fill("Called, ambulance is on its way")
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
    assert fits(page)


def test_the_list_shows_a_new_case_by_itself(system: System, page: Page) -> None:
    page.goto(system.url)
    give_password(page, system, "desk@example.com")
    sender = f"+156155501{60 + int(time.time()) % 30}"
    system.provider.text(sender, "quiero cambiar mi cita para el viernes")
    page.get_by_text("quiero cambiar mi cita").first.wait_for(timeout=20_000)
    code = page.locator(".case code").first.inner_text()
    page.goto(f"{system.url}/cases/{code}")
    page.get_by_role("radio", name="Answered", exact=True).last.check()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
