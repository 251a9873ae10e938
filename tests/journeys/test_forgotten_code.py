"""The phone with the authenticator app is lost: a recovery code opens the inbox, then a new app is set up."""

from __future__ import annotations

import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Screens, give_password, sign_in_as, sign_out
from tests.system import System

pytestmark = pytest.mark.browser

PAUL = "prescriber@example.com"
STEP = 30  # seconds for which an authenticator app shows one code


def set_up_app(page: Page) -> pyotp.TOTP:
    """From the button to the codes to keep; the app that was set up."""
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    app = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    return app


def test_a_recovery_code_stands_in_for_a_lost_phone(system: System, screens: Screens) -> None:
    page, password = screens.desk(), system.account["password"]

    # on a quiet day Paul sets the app up, and keeps the codes in a drawer
    sign_in_as(page, system, "prescriber", "/account/authenticator")
    page.get_by_label("Your password").fill(password)
    lost = set_up_app(page)
    expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
    drawer = page.locator(".codes code").all_inner_texts()
    assert len(set(drawer)) == 10
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    # the phone is gone: the password alone opens nothing
    page.goto(system.url)
    give_password(page, system, PAUL)
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    page.goto(f"{system.url}/account")
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(drawer[0])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    # a new phone: the lost app goes, a new one comes
    page.goto(f"{system.url}/account")
    expect(page.get_by_text("9 left")).to_be_visible()
    page.get_by_role("link", name="Change authenticator app").click()
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("Your password alone opens this inbox")).to_be_visible()
    page.get_by_role("link", name="Set up authenticator app").click()
    page.get_by_label("Your password").fill(password)
    app = set_up_app(page)
    page.get_by_role("link", name="I have kept them").click()
    sign_out(page)

    # what the lost phone shows is worth nothing, what the new one shows next opens the inbox
    screens.expected = (401,)
    page.goto(system.url)
    give_password(page, system, PAUL)
    page.get_by_label("Code", exact=True).fill(lost.now())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("That code is not right")
    page.get_by_label("Code", exact=True).fill(app.at(time.time() + STEP))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
