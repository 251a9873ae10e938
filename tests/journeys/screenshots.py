"""Takes the pictures of docs/ from a real run: `python -m tests.journeys.screenshots` or `make screenshots`.

Invented people text a fresh simulator in three languages, a nurse signs in and takes a case, and a headless
chromium looks at it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.system import ROOT, System, eventually, system_on

CHROMIUM = "/usr/bin/chromium"
DOCS = ROOT / "docs"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
WALT = "+15615550110"
# Every machine takes the same pictures, whatever other fonts it has.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <match target="pattern">
    <edit name="family" mode="prepend" binding="strong"><string>Liberation Sans</string></edit>
  </match>
</fontconfig>
"""

TEXTS = (
    ("+15615550114", "All forms are filled in. Do you need them before Thursday?"),
    ("+15615550112", "Mwen bezwen yon randevou lendi maten silvouplè"),
    ("+15615550115", "Little nauseous after today's session, ginger ale is helping"),
    ("+15615550111", "se me acabó la sertralina y la farmacia no me da más"),
    (WALT, "Could I come in next Tuesday afternoon for a follow up?"),
    (WALT, "chest tight since the infusion"),
)


def take_pictures(folder: Path, scheme: str = "light", desk: dict[str, int] = DESK) -> None:
    """Run a simulator, text it, and leave the four pictures in `folder`."""
    with (
        tempfile.TemporaryDirectory() as home,
        system_on(Path(home), is_patient=False) as system,
        chromium() as browser,
    ):
        system.run()
        for sender, body in TEXTS:
            system.provider.text(sender, body)
        eventually(system.alerts)
        code = next(case["code"] for case in system.rows("cases") if case["urgency"] == "emergency")
        page = open_page(browser, desk, scheme)
        sign_in(page, system)
        page.goto(f"{system.url}/simulator?phone={WALT}".replace("+", "%2B"))
        page.get_by_text(code).first.wait_for()
        page.screenshot(path=folder / "simulator.png")
        page.goto(system.url)
        take_the_routine_one(page)
        page.screenshot(path=folder / "inbox.png")
        page.goto(f"{system.url}/cases/{code}")
        page.screenshot(path=folder / "case.png")
        pocket = open_page(browser, PHONE, scheme)
        sign_in(pocket, system)
        pocket.goto(f"{system.url}/cases/{code}")
        pocket.screenshot(path=folder / "case-phone.png")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, headless, with the one font that comes with it."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as fonts, sync_playwright() as playwright:
        fonts.write(FONTS)
        fonts.flush()
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            env={**os.environ, "FONTCONFIG_FILE": fonts.name},
        )
        yield browser
        browser.close()


def open_page(browser: Browser, size: dict[str, int], scheme: str = "light") -> Page:
    """A page of this size, two dots to a pixel."""
    return browser.new_page(
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=2,
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-US",
    )


def sign_in(page: Page, system: System) -> None:
    """As the nurse on call."""
    page.goto(f"{system.url}/sign-in")
    page.get_by_label("E-mail").fill("nurse@example.com")
    page.get_by_label("Password").fill(system.account["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Open cases").wait_for()


def take_the_routine_one(page: Page) -> None:
    """So that the list shows a case that somebody has."""
    page.get_by_text("Do you need them before Thursday").click()
    page.get_by_role("button", name="Take").click()
    page.get_by_text("Nadia (nurse) has it").wait_for()
    page.get_by_role("link", name="All cases").click()
    page.get_by_role("heading", name="Open cases").wait_for()


if __name__ == "__main__":
    take_pictures(DOCS if len(sys.argv) < 2 else Path(sys.argv[1]))
