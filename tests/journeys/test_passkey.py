"""A phone is trusted and unlocked with its passkey; a lost phone is stood in for by a recovery code.

In a real browser, whose passkeys live in a virtual authenticator of the developer tools.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.system import System, system_on

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE_WITH_SCREEN_LOCK = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with system_on(tmp_path_factory.mktemp("passkeys")) as running:
        running.run()
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    # what the browser itself says of answers 401 and 422 is no complaint of the page
    assert [one for one in complaints if "status of 4" not in one] == []


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """The phone's own authenticator, unlocked by its owner whenever it asks."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE_WITH_SCREEN_LOCK})
    tools.authenticator_id = made["authenticatorId"]  # type: ignore[attr-defined]
    return tools


def unlocks(tools: CDPSession, is_verified: bool) -> None:
    """Whether the next one who holds the phone can unlock it."""
    tools.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": tools.authenticator_id, "isUserVerified": is_verified},  # type: ignore[attr-defined]
    )


def sign_in(page: Page, system: System, email: str, path: str = "") -> None:
    page.goto(f"{system.url}/sign-in?next={path}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(system.account["password"])
    page.get_by_role("button", name="Sign in").click()


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
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="I have kept them").click()
    assert page.get_by_text("My own phone").first.is_visible()


def test_a_trusted_phone_opens_the_case_without_typing(
    system: System, page: Page, authenticator: CDPSession
) -> None:
    system.provider.text("+15615550114", "chest tight since the infusion")
    sign_in(page, system, "nurse@example.com")
    code = page.locator(".case code").first.inner_text()
    trust(page, system)
    sign_out(page)
    page.goto(f"{system.url}/cases/{code}")
    assert page.locator("button.main").inner_text() == "Unlock with this device"
    page.get_by_role("button", name="Unlock with this device").click()
    page.wait_for_url(f"{system.url}/cases/{code}")
    assert page.get_by_text("chest tight").first.is_visible()

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
    assert page.locator("button.main").inner_text() == "Sign in"


def test_a_forgotten_phone_is_stood_in_for_by_a_recovery_code(system: System, page: Page) -> None:
    sign_in(page, system, "prescriber@example.com", "/account/authenticator")
    page.get_by_label("Your password").fill(system.account["password"])
    page.get_by_role("button", name="Set up").click()
    assert page.locator(".qr svg").is_visible()
    app = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    kept = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    sign_in(page, system, "prescriber@example.com", "/account")
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_text("That code is not right").is_visible()
    page.goto(f"{system.url}/")  # no way round
    assert page.get_by_role("heading", name="Type the code").is_visible()
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(kept)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{system.url}/account")
    assert page.get_by_text("9 left").is_visible()
    assert page.get_by_text("By password and recovery code").is_visible()
