"""What each role may not do, and the calm page that says so, and who may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import ROSELINE, WALT, YOLANDA, Screens, fits, has_it, open_case, row_of, sign_in_as
from tests.system import System, patient_clinic

pytestmark = pytest.mark.browser

FOR_ADMINISTRATORS = ("staff", "wording", "saved-replies", "patients", "audit")
WHO_MAY = "Only a nurse, a prescriber or an administrator can say how an emergency ended."


@pytest.fixture(scope="module")
def clinic_toml() -> str:
    """A clinic that keeps clinical texts from the front desk."""
    lenient = "everybody_sees_everything = true"
    assert lenient in patient_clinic()
    return patient_clinic().replace(lenient, "everybody_sees_everything = false")


@pytest.fixture
def screens(screens: Screens) -> Iterator[Screens]:
    screens.expected = (403,)
    return screens


def is_refused(page: Page, heading: str, *who_may: str) -> None:
    """A page of ours, whole and calm: it says what is not for them, who may, and the way back."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for words in who_may:
        expect(page.get_by_role("main")).to_contain_text(words)
    assert "!" not in page.get_by_role("main").inner_text()
    assert page.get_by_role("main").get_by_role("link").count() >= 1
    assert fits(page)


@pytest.mark.parametrize("role", ["desk", "nurse", "prescriber"])
def test_administration_is_for_administrators(system: System, screens: Screens, role: str) -> None:
    page = screens.desk()
    sign_in_as(page, system, role)
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    for place in FOR_ADMINISTRATORS:
        page.goto(f"{system.url}/administration/{place}")
        is_refused(page, "Not for your role", "administrator")
    # the hours are there for everybody to read, and for administrators to change
    page.goto(f"{system.url}/administration/hours")
    expect(page.get_by_text("Administrators change what is on it.")).to_be_visible()
    expect(page.get_by_role("button", name="Close the office")).to_have_count(0)


def test_the_front_desk_does_not_read_a_clinical_case(system: System, screens: Screens) -> None:
    nadia, fern = screens.desk(), screens.phone()
    system.provider.text(YOLANDA, "Little nauseous after today's session")
    sign_in_as(nadia, system, "nurse")
    code = open_case(nadia, system, "nauseous")

    sign_in_as(fern, system, "desk")
    expect(fern.locator("#list")).to_be_visible()
    expect(row_of(fern, "nauseous")).to_have_count(0)
    fern.goto(f"{system.url}/cases/{code}")
    is_refused(fern, "This case belongs to the nurse team", "ask that team")
    assert "nauseous" not in fern.content()


def test_the_front_desk_does_not_end_an_emergency(system: System, screens: Screens) -> None:
    nadia, fern = screens.desk(), screens.desk()
    system.provider.text(WALT, "Do you have parking for a wheelchair van?")
    sign_in_as(fern, system, "desk")
    open_case(fern, system, "wheelchair van")
    fern.get_by_role("button", name="Take", exact=True).click()
    has_it(fern, "Fern (front desk)")
    fern.get_by_role("radio", name="Answered").check()

    # while Fern looks at it, Nadia reads more between the lines
    sign_in_as(nadia, system, "nurse")
    open_case(nadia, system, "wheelchair van")
    nadia.locator(".reading-of summary").filter(has_text="Read as").click()
    nadia.get_by_role("link", name="Correct this").click()
    nadia.get_by_role("radio", name="Emergency").check()
    nadia.get_by_role("button", name="Keep the correction").click()
    expect(nadia.locator(".case-head .urgency").first).to_have_text("emergency")

    # what Fern's screen still offers is refused, with the reason; and then it is not offered any more
    fern.get_by_role("button", name="Resolve", exact=True).click()
    is_refused(fern, "Nothing was changed", WHO_MAY)
    fern.get_by_role("link", name="Back to case").click()
    has_it(fern, "Fern (front desk)")
    expect(fern.locator("#resolve")).to_contain_text(WHO_MAY)
    expect(fern.locator("#resolve").get_by_role("button")).to_have_count(0)


def test_an_emergency_of_others_is_not_the_front_desks(system: System, screens: Screens) -> None:
    nadia, fern = screens.desk(), screens.desk()
    system.provider.text(ROSELINE, "chest tight since the infusion")
    sign_in_as(nadia, system, "nurse")
    code = open_case(nadia, system, "chest tight")
    sign_in_as(fern, system, "desk")
    fern.goto(f"{system.url}/cases/{code}")
    is_refused(fern, "This case belongs to the nurse team", "ask that team")
