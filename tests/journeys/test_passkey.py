"""A phone is trusted and unlocked with its passkey; a lost phone is stood in for by a recovery code.

In a real browser, whose passkeys live in a virtual authenticator of the developer tools.
"""

from __future__ import annotations

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.journeys.desk import Screens, give_password, lock_with_fingerprint
from tests.system import System

pytestmark = pytest.mark.browser


@pytest.fixture
def page(screens: Screens) -> Page:
    # what the browser itself says of these answers is no complaint of the page
    screens.expected = (401, 422)
    return screens.of_size(360, 740)


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """The phone's own authenticator, unlocked by its owner whenever it asks."""
    return lock_with_fingerprint(page)


def unlocks(tools: CDPSession, is_verified: bool) -> None:
    """Whether the next one who holds the phone can unlock it."""
    tools.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": tools.authenticator_id, "isUserVerified": is_verified},  # type: ignore[attr-defined]
    )


def sign_in(page: Page, system: System, email: str, path: str = "") -> None:
    page.goto(f"{system.url}/sign-in?next={path}")
    give_password(page, system, email)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def trust(page: Page, system: System) -> None:
    page.goto(f"{system.url}/account")
    page.get_by_role("link", name="Trust this device").click()
    page.get_by_label("Name of this device").fill("My own phone")
    page.get_by_label("Your password").fill(system.account["password"])
    page.get_by_role("button", name="Trust this device").click()
    page.get_by_role("heading", name="Keep these recovery codes").wait_for()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("My own phone").first).to_be_visible()


def test_a_trusted_phone_opens_the_case_without_typing(
    system: System, page: Page, authenticator: CDPSession
) -> None:
    system.provider.text("+15615550114", "chest tight since the infusion")
    sign_in(page, system, "nurse@example.com")
    code = page.locator(".case code").first.inner_text()
    trust(page, system)
    sign_out(page)
    page.goto(f"{system.url}/cases/{code}")
    expect(page.locator("button.main")).to_have_text("Unlock with this device")
    page.get_by_role("button", name="Unlock with this device").click()
    page.wait_for_url(f"{system.url}/cases/{code}")
    expect(page.get_by_text("chest tight").first).to_be_visible()

    sign_out(page)
    unlocks(authenticator, False)  # somebody else picks the phone up
    page.get_by_role("button", name="Unlock with this device").click()
    page.get_by_text("Nothing was unlocked").wait_for()
    assert page.url.endswith("/sign-in")
    unlocks(authenticator, True)
    page.get_by_role("button", name="Unlock with this device").click()
    page.wait_for_url(f"{system.url}/")

    page.goto(f"{system.url}/account")
    page.get_by_role("button", name="Remove My own phone").click()
    page.get_by_text("Your password alone opens this inbox").wait_for()
    sign_out(page)
    page.get_by_role("button", name="Unlock with this device").click()
    page.get_by_text("not trusted here any more").wait_for()
    expect(page.locator("button.main")).to_have_text("Sign in")


def test_a_forgotten_phone_is_stood_in_for_by_a_recovery_code(system: System, page: Page) -> None:
    sign_in(page, system, "prescriber@example.com", "/account/authenticator")
    page.get_by_label("Your password").fill(system.account["password"])
    page.get_by_role("button", name="Set up").click()
    expect(page.locator(".qr svg")).to_be_visible()
    app = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    kept = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    sign_in(page, system, "prescriber@example.com", "/account")
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("That code is not right")).to_be_visible()
    page.goto(f"{system.url}/")  # no way round
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(kept)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{system.url}/account")
    expect(page.get_by_text("9 left")).to_be_visible()
    expect(page.get_by_text("By password and recovery code")).to_be_visible()
