"""What every journey needs: a screen that tells on its browser, people who sign in, keys and a thumb."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from tests.system import System, patient_clinic

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WALT, YOLANDA, ROSELINE = "+15615550110", "+15615550111", "+15615550112"
THUMB = 44  # px: the least that a thumb hits
SOON = 20_000  # ms: what leaves at once, on a machine that has much to do
UNDONE = 40_000  # ms: what leaves after the ten seconds in which it can be undone
_SCREEN_LOCK = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Screens:
    """The screens of one journey, and all that their browsers complained of."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    expected: tuple[int, ...] = ()  # the refusals that belong to the story, which browsers log as errors

    def desk(self) -> Page:
        """A screen of its own at a desk."""
        return self.of_size(1440, 900)

    def phone(self) -> Page:
        """A small phone that knows touch alone."""
        return self.of_size(360, 740, is_phone=True)

    def of_size(self, width: int, height: int, *, is_phone: bool = False) -> Page:
        """A screen so many pixels wide and high; with a mouse, unless it is a phone."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, has_touch=is_phone, is_mobile=is_phone
        )
        # a violation of the content security policy is an error of the console, too
        context.on("console", lambda line: self._complain(line.text) if line.type == "error" else None)
        context.on("weberror", lambda problem: self._complain(str(problem.error)))
        context.on(
            "response", lambda got: self._complain(f"{got.status} {got.url}") if got.status > 499 else None
        )
        return context.new_page()

    def close(self) -> None:
        """Everybody goes home; whatever a browser complained of fails the journey."""
        for context in self.browser.contexts:
            context.close()
        belong = [f"status of {status}" for status in self.expected]
        assert [line for line in self.complaints if not any(part in line for part in belong)] == []

    def _complain(self, words: str) -> None:
        self.complaints.append(words)


def at_hour(hour: int) -> tuple[str, ZoneInfo]:
    """The sample clinic where it is this hour now, by its `clinic.toml`, and its time zone."""
    shift = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    name = f"Etc/GMT{-shift:+d}" if shift else "Etc/UTC"  # these names count the other way round
    return patient_clinic().replace('"America/New_York"', f'"{name}"'), ZoneInfo(name)


def sign_in_as(page: Page, system: System, role: str, path: str = "/") -> None:
    """As somebody of the sample staff: nurse, prescriber, desk, admin."""
    page.goto(f"{system.url}/sign-in?next={path}")
    give_password(page, system, f"{role}@example.com")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def give_password(page: Page, system: System, email: str) -> None:
    """Fill the form of the sign-in."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(system.account["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    """Leave, as at the end of a shift."""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def row_of(page: Page, words: str) -> Locator:
    """The case in the list whose last text says this."""
    return page.locator("li.case").filter(has_text=words)


def open_case(page: Page, system: System, words: str) -> str:
    """From the list to the case whose last text says this; its code."""
    page.goto(f"{system.url}/")
    row = row_of(page, words)
    code = row.locator("code").inner_text()
    row.get_by_role("link").click()
    expect(page).to_have_url(f"{system.url}/cases/{code}")
    return code


def reply_field(page: Page) -> Locator:
    """Where the text to the patient is written."""
    return page.locator("#words")


def has_it(page: Page, name: str) -> None:
    """The case says that this person has it."""
    expect(page.locator(".who-has-it")).to_contain_text(f"{name} has it")


def look_at_phones(page: Page, system: System, patient: str) -> None:
    """The simulated phones: of this patient, and of the staff."""
    page.goto(f"{system.url}/simulator?phone={patient}".replace("+", "%2B"))


def on_patients_phone(page: Page) -> Locator:
    """What the clinic texted to the patient whose phone is looked at, newest first."""
    return page.locator(".of-patient .sms.theirs p")


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def tap(target: Locator) -> None:
    """With a thumb: what is tapped must be large enough for one, and lie on the screen."""
    expect(target).to_be_visible()
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    assert box["height"] >= THUMB, (target, box)
    assert box["x"] >= 0, (target, box)
    assert box["x"] + box["width"] <= 360, (target, box)
    target.tap()


def lock_with_fingerprint(page: Page) -> CDPSession:
    """Give this phone a screen lock, which its owner opens whenever it asks; returns the tools for it."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": _SCREEN_LOCK})
    tools.authenticator_id = made["authenticatorId"]  # type: ignore[attr-defined]
    return tools


@dataclass
class Keyboard:
    """Somebody who never touches a mouse."""

    page: Page

    def press(self, *keys: str) -> None:
        """One key after the other, once the page has read its scripts."""
        self.page.wait_for_load_state("domcontentloaded")
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        """Type into whatever has the focus."""
        self.page.keyboard.type(words)

    def tab_to(self, target: Locator, most: int = 60) -> None:
        """Press Tab until it has the focus."""
        for _ in range(most):
            if has_focus(target):
                return
            self.press("Tab")
        raise AssertionError(f"not within {most} steps of the Tab key: {target}")


def has_focus(target: Locator) -> bool:
    """Whether the keyboard would act on it."""
    return bool(target.evaluate("one => one === document.activeElement"))
