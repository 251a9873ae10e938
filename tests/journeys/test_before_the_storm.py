"""A hurricane comes: the administrator closes the office for days, and patients are told when it opens."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from smsbot.clinic_changes.living import FRESH_SECONDS
from smsbot.simulator.people import SAMPLE_PATIENTS
from tests.journeys.desk import Screens, at_hour, look_at_phones, on_patients_phone, sign_in_as
from tests.system import System, eventually

pytestmark = pytest.mark.browser

WALT, _, _, NEWCOMER = SAMPLE_PATIENTS
QUESTION = WALT.samples[0]  # a visit, please
CLINIC, ZONE = at_hour(12)


@pytest.fixture(scope="module")
def clinic_toml() -> str:
    """Noon of a working day, whatever day it is: so nobody is told of a later day but for the storm."""
    hours = CLINIC.replace('"Mo-Fr 09:00-17:00; PH off"', '"Mo-Su 09:00-17:00"')
    return hours.replace('holidays = "US"', 'holidays = "none"')


def ask(phone: Page, words: str) -> str:
    """Text the clinic from the phone on the screen; the answer that it shows."""
    before = on_patients_phone(phone).count()
    phone.get_by_label(re.compile("^Text as")).fill(words)
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(on_patients_phone(phone)).to_have_count(before + 1)
    return on_patients_phone(phone).first.inner_text()


def everybody_knows(page: Page, banner: Locator, count: int) -> None:
    """Somebody reloads until the banner is as it should be, and every process of the server knows it too."""
    changed = time.monotonic()

    def is_known() -> bool:
        page.reload()
        return banner.count() == count and time.monotonic() > changed + FRESH_SECONDS

    eventually(is_known, every=0.25)


def test_closed_until_after_the_storm(system: System, screens: Screens) -> None:
    opens = datetime.now(ZONE) + timedelta(days=3)
    day = f"{opens:%A}"  # Thursday, when the storm comes on a Monday
    ada, fern, phone = screens.desk(), screens.desk(), screens.phone()
    sign_in_as(fern, system, "desk")
    sign_in_as(ada, system, "admin")

    # Ada closes the office: one form, and it holds at once
    ada.get_by_role("link", name="Administration").first.click()
    expect(ada.get_by_role("heading", name="Close the office for a while")).to_be_visible()
    expect(ada.locator(".told")).not_to_contain_text(day)
    ada.get_by_label("Another time").check()
    ada.get_by_label("Day and time").fill(f"{opens:%Y-%m-%d}T09:00")
    ada.get_by_label("Why (for staff; patients do not see it)").fill("Hurricane")
    ada.get_by_role("button", name="Close the office").click()
    expect(ada.get_by_role("heading", name="The office is closed until")).to_contain_text(f"{opens:%a} 9 AM")
    expect(ada.locator(".told")).to_contain_text(day)

    # whoever works sees it on every page; the patient is told the day
    banner = fern.get_by_role("status").filter(has_text="The office is closed until")
    everybody_knows(fern, banner, 1)
    expect(banner).to_contain_text(f"{opens:%a} 9 AM")
    look_at_phones(phone, system, WALT.number)
    answer = ask(phone, QUESTION)
    assert day in answer
    assert "Hurricane" not in answer

    # the storm turned away
    ada.get_by_role("button", name="Open again now").click()
    expect(ada.get_by_role("heading", name="Close the office for a while")).to_be_visible()
    expect(ada.get_by_text("Hurricane")).to_be_visible()  # the history knows
    everybody_knows(fern, banner, 0)
    look_at_phones(phone, system, NEWCOMER.number)
    assert day not in ask(phone, QUESTION)
