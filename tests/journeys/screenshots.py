"""Takes the pictures of docs/ from a real run: `python -m tests.journeys.screenshots` or `make screenshots`.

Every screen of screens.py goes to docs/screens/, on a desk and in the light; the main ones on a phone and in
the dark too. The four of the README are larger, and come from a clinic with the ladder as it is delivered.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.journeys.screens import EMPTY, GROUPS, Screen
from tests.journeys.small_png import make_small
from tests.journeys.stage import Stage, chromium, follow, sign_in, stage_in
from tests.system import ROOT, System, eventually, system_on

DOCS = ROOT / "docs"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}  # of the README
TALLEST = 1600  # pixels: what is below it is more of the same
WALT = "+15615550110"
TEXTS = (
    ("+15615550114", "All forms are filled in. Do you need them before Thursday?"),
    ("+15615550112", "Mwen bezwen yon randevou lendi maten silvouplè"),
    ("+15615550115", "Little nauseous after today's session, ginger ale is helping"),
    ("+15615550111", "se me acabó la sertralina y la farmacia no me da más"),
    (WALT, "Could I come in next Tuesday afternoon for a follow up?"),
    (WALT, "chest tight since the infusion"),
)


def take_every_screen(folder: Path, browser: Browser) -> None:
    """Leave a picture of each screen in this folder, and none of what is no screen any more."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for group in GROUPS.values():
        with tempfile.TemporaryDirectory() as home, stage_in(Path(home), browser, viewport=WIDE) as stage:
            for screen in group:
                if screen not in EMPTY and not stage.is_filled:
                    stage.fill()
                _take(stage, screen, folder)
    make_small(folder, browser)


def _take(stage: Stage, screen: Screen, folder: Path) -> None:
    page = stage.page_of(screen.who)
    _look_as(page, WIDE, "light")
    screen.open(stage, page)
    _picture(page, folder / f"{screen.name}.png")
    if screen.is_main:
        _look_as(page, WIDE, "dark")
        _picture(page, folder / f"{screen.name}-dark.png")
        _look_as(page, NARROW, "light")
        _picture(page, folder / f"{screen.name}-phone.png")
        _look_as(page, NARROW, "dark")
        _picture(page, folder / f"{screen.name}-phone-dark.png")


def _look_as(page: Page, size: dict[str, int], scheme: str) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def _picture(page: Page, path: Path) -> None:
    """The whole page as far as TALLEST, as wide as the screen."""
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    area = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    page.screenshot(path=path, full_page=True, clip=area, animations="disabled")  # type: ignore[arg-type]


def take_for_the_readme(folder: Path, browser: Browser) -> None:
    """Run a simulator, text it, and leave the four pictures in this folder."""
    with tempfile.TemporaryDirectory() as home, system_on(Path(home), is_patient=False) as system:
        system.run()
        for sender, body in TEXTS:
            system.provider.text(sender, body)
        eventually(system.alerts)
        code = next(case["code"] for case in system.rows("cases") if case["urgency"] == "emergency")
        page = _signed_in(browser, DESK, system)
        page.goto(f"{system.url}/simulator?phone={WALT}".replace("+", "%2B"))
        page.get_by_text(code).first.wait_for()
        page.screenshot(path=folder / "simulator.png")
        page.goto(system.url)
        _take_the_routine_one(page)
        page.screenshot(path=folder / "inbox.png")
        page.goto(f"{system.url}/cases/{code}")
        page.screenshot(path=folder / "case.png")
        pocket = _signed_in(browser, PHONE, system)
        pocket.goto(f"{system.url}/cases/{code}")
        pocket.screenshot(path=folder / "case-phone.png")


def _signed_in(browser: Browser, size: dict[str, int], system: System) -> Page:
    """The nurse on call at a screen of this size, two dots to a pixel."""
    page = browser.new_page(
        viewport={"width": size["width"], "height": size["height"]}, device_scale_factor=2, locale="en-US"
    )
    page.goto(f"{system.url}/sign-in")
    sign_in(page, "nurse@example.com", system.account["password"])
    return page


def _take_the_routine_one(page: Page) -> None:
    """So that the list shows a case that somebody has."""
    page.get_by_text("Do you need them before Thursday").click()
    follow(page, page.get_by_role("button", name="Take", exact=True))
    page.get_by_role("link", name="All cases").click()
    page.get_by_role("heading", name="Inbox").wait_for()


if __name__ == "__main__":
    where = DOCS if len(sys.argv) < 2 else Path(sys.argv[1])
    with chromium() as running:
        take_for_the_readme(where, running)
        take_every_screen(where / "screens", running)
