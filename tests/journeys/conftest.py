"""What the journeys share: a real system on its own clinic, one browser, screens that are listened to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.journeys.desk import ARGUMENTS, CHROMIUM, SOON, Screens
from tests.system import System, patient_clinic, system_on

# Playwright's own five seconds are too few where two other tests kill processes beside this one
expect.set_options(timeout=SOON)


@pytest.fixture(scope="module")
def clinic_toml() -> str:
    """The clinic of the journey; a module says otherwise with a fixture of this name."""
    return patient_clinic()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, clinic_toml: str) -> Iterator[System]:
    """The whole system in real processes: web server, workers, sweep, stand-in provider."""
    folder = tmp_path_factory.mktemp("journey")
    (folder / "home").mkdir()
    (folder / "home" / "clinic.toml").write_text(clinic_toml, encoding="utf-8")
    with system_on(folder, is_patient=False) as running:
        running.run()
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def screens(chromium: Browser) -> Iterator[Screens]:
    """Screens to sit down at. At the end nobody's browser may have complained."""
    opened = Screens(chromium)
    yield opened
    opened.close()
