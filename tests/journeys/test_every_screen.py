"""Each screen of screens.py in a real browser: fit for everybody, whole at every width, quiet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from smsbot.web import create_app
from smsbot.wiring import Wiring
from tests.journeys.screens import EMPTY, GROUPS, NO_SCREENS, SCREENS, Screen
from tests.journeys.stage import Stage, chromium, stage_in

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}

LOOK = """() => ({
  title: document.title,
  headings: [...document.querySelectorAll("h1")].map(one => one.innerText),
  spare: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  widest: [...document.querySelectorAll("main *")]
    .filter(one => !one.closest(".wide-table") && one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 3).map(one => one.outerHTML.slice(0, 120)),
})"""
# `all`: every rule with target-size, which axe leaves out by itself; else what a colour scheme can break.
AXE = """async (all) => (await axe.run(document, {
  resultTypes: ["violations"],
  ...(all ? {rules: {"target-size": {enabled: true}}}
    : {runOnly: ["color-contrast", "link-in-text-block"]}),
})).violations.flatMap(one => one.nodes.slice(0, 3).map(node =>
  `${one.id}: ${node.html.slice(0, 160)} ${(node.any[0] || node.all[0] || node.none[0] || {}).message}`))"""


@cache
def axe_source() -> str:
    """axe-core, as the package brings it."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def stage(tmp_path: Path, browser: Browser) -> Iterator[Stage]:
    with stage_in(tmp_path, browser, viewport=DESK) as ready:
        yield ready


@pytest.fixture
def app(wiring: Wiring) -> Flask:
    return create_app(wiring)


def test_every_view_is_on_a_screen_of_the_list(app: Flask) -> None:
    addresses = app.url_map.bind("localhost")
    shown = {addresses.match(one.address.partition("?")[0])[0] for one in SCREENS if one.address}
    views = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert views - shown - NO_SCREENS == set()
    assert NO_SCREENS - views == set()


def test_no_two_screens_have_one_name() -> None:
    assert len({one.name for one in SCREENS}) == len(SCREENS)


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize("group", GROUPS)
def test_nothing_is_wrong_with_any_screen(stage: Stage, group: str) -> None:
    faults = [f"{screen.name}: {fault}" for screen in GROUPS[group] for fault in _faults(stage, screen)]
    assert faults == [], "\n".join(faults)


def _faults(stage: Stage, screen: Screen) -> Iterator[str]:
    try:
        yield from _look_at(stage, screen)
    except Exception as problem:  # the other screens are looked at all the same
        yield f"cannot be reached: {str(problem)[:600]}"
    yield from stage.complaints


def _look_at(stage: Stage, screen: Screen) -> Iterator[str]:
    if screen not in EMPTY and not stage.is_filled:
        stage.fill()
    page = stage.page_of(screen.who)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    screen.open(stage, page)
    yield from _of_the_screen(stage, screen, page)
    page.evaluate(axe_source())
    yield from (f"desk, light: {fault}" for fault in page.evaluate(AXE, True))
    page.emulate_media(color_scheme="dark")
    yield from (f"desk, dark: {fault}" for fault in page.evaluate(AXE, False))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    yield from _too_wide(page, "phone")
    yield from (f"phone, dark: {fault}" for fault in page.evaluate(AXE, False))
    page.emulate_media(color_scheme="light")
    yield from (f"phone, light: {fault}" for fault in page.evaluate(AXE, True))


def _of_the_screen(stage: Stage, screen: Screen, page: Page) -> Iterator[str]:
    seen = page.evaluate(LOOK)
    if stage.status != screen.status:
        yield f"answered {stage.status}, not {screen.status}"
    if len(seen["headings"]) != 1 or not _is_meant(seen["headings"][0], screen, stage):
        yield f"has the headings {seen['headings']}, not one “{screen.heading}”"
    if not seen["title"].removesuffix(stage.parts.clinic.name).strip(" ·"):
        yield "has no title"
    yield from _too_wide(page, "desk")


def _is_meant(heading: str, screen: Screen, stage: Stage) -> bool:
    return " ".join(heading.split()).startswith(screen.heading.format(**stage.names))


def _too_wide(page: Page, where: str) -> Iterator[str]:
    seen = page.evaluate(LOOK)
    if seen["spare"] > 0:
        yield f"{where}: scrolls sideways by {seen['spare']} px: {seen['widest']}"
