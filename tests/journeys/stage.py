"""The stage on which every screen can be shown: a running system, its people, their browsers."""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response, sync_playwright
from sqlalchemy import select

from smsbot import people, viewing
from smsbot.config import load_settings
from smsbot.models import Case, Contact, Message, Staff, StaffSession
from smsbot.models.people import Role
from smsbot.wiring import Wiring, build
from tests.system import System, eventually, patient_clinic, system_on

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Every machine draws the same letters, whatever other fonts it has.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <match target="pattern">
    <edit name="family" mode="prepend" binding="strong"><string>Liberation Sans</string></edit>
  </match>
</fontconfig>
"""
SAMPLE = frozenset({"nurse", "prescriber", "desk", "admin"})  # who can sign in by a password alone
PASSWORD = "three calm herons"  # of those who are added here
# A violation of our policy is said on the console by the browser, but only here with what was refused.
LISTEN = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("POLICY", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber));
"""
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGNgYPhPIhrVMKph"
    "VMOQ1gAAVjX/AQEkIs4AAAAASUVORK5CYII="
)

# case -> whose phone, and what they text
TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "routine": ("+15615550114", ("All forms are filled in. Do you need them before Thursday?",)),
    "visit": ("+15615550112", ("Mwen bezwen yon randevou lendi maten silvouplè",)),
    "clinical": ("+15615550115", ("Little nauseous after today's session, ginger ale is helping",)),
    "refill": ("+15615550111", ("se me acabó la sertralina y la farmacia no me da más",)),
    "emergency": (
        "+15615550110",
        ("Could I come in next Tuesday afternoon for a follow up?", "chest tight since the infusion"),
    ),
    "resolved": ("+15615550116", ("What time do you open on Friday?",)),
    "waiting": ("+15615550117", ("Can you send me the address for the forms?",)),
    "opted_out": ("+15615550118", ("What does the first visit cost?", "STOP")),
    "task": (
        "+15615550119",
        ("2 Lexapro left, pharmacy says no refills. Could I come in Friday afternoon?",),
    ),
    "first": ("+15615550125", ("Is there parking at your building?",)),
    "second": ("+15615550126", ("Do you take cards or only cash?",)),
    "news": ("+15615550127", ("Do I need to bring my papers on Monday?",)),
    "picture": ("+15615550128", ("Here is my insurance card",)),
}


@dataclass
class Stage:
    """A system and the browsers of its people. `names` fill the braces in addresses of screens."""

    system: System
    parts: Wiring
    browser: Browser
    options: dict[str, Any] = field(default_factory=dict)  # of a browser's context
    names: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    status: int = 0  # of the last document
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def is_filled(self) -> bool:
        """Whether everybody has texted."""
        return "link" in self.names

    def address(self, path: str) -> str:
        """The whole address of a path with its braces filled."""
        return self.system.url + path.format(**self.names)

    def page_of(self, who: str | None) -> Page:
        """The browser of a person, signed in if a password is enough; None: of nobody, fresh each time."""
        if who is None and "" in self.pages:
            self.pages.pop("").context.close()
        page = self.pages.get(who or "")
        if page is None:
            page = self.pages[who or ""] = self._new_page()
            if who in SAMPLE:
                page.goto(self.address("/sign-in"))
                sign_in(page, f"{who}@example.com", self.system.account["password"])
        return page

    def text(self, who: str, body: str | None = None, **options: Any) -> None:
        """One more text of the person in this case, or all that they text at first."""
        number, bodies = TEXTS[who]
        for each in bodies if body is None else (body,):
            self.system.provider.text(number, each, **options)
        self._name_case(who, number)

    def fill(self) -> None:
        """Everybody texts; Olive gets an authenticator app, Sam a link, and the nurse does some work."""
        for who in TEXTS:
            self.text(who, **({"media": (("image/png", PICTURE),)} if who == "picture" else {}))
        self._add_people()
        self.act("nurse", "waiting", "Wait for the patient", inside="More")
        page = self.act("nurse", "resolved", None)
        page.get_by_label("Answered", exact=True).check()
        follow(page, page.locator("#resolve").get_by_role("button", name="Resolve"))
        self.act("nurse", "task", "Take")

    def act(self, who: str, case: str, button: str | None, inside: str = "") -> Page:
        """Open a case and press a button on it."""
        page = self.page_of(who)
        page.goto(self.address(f"/cases/{{{case}}}"))
        if inside:
            page.locator("summary", has_text=inside).first.click()
        if button:
            follow(page, page.get_by_role("button", name=button, exact=True).first)
        return page

    def somebody_is_in(self, case: str, email: str = "prescriber@example.com") -> None:
        """A colleague has this case on the screen, and writes."""
        with self.parts.db.writing() as session:
            found = session.scalars(select(Case).where(Case.code == self.names[case])).one()
            viewing.note_viewing(session, found.id, self.staff(session, email).id, is_writing=True)

    def staff(self, session: Any, email: str) -> Staff:
        """A person by their e-mail address."""
        found = people.find_by_email(session, self.parts.vault, email)
        assert found is not None, email
        return found

    def ask_for_a_factor(self, email: str) -> None:
        """As in a live home: the sessions of this person open nothing before a second factor is set up."""
        with self.parts.db.writing() as session:
            staff = self.staff(session, email)
            for row in session.scalars(select(StaffSession).where(StaffSession.staff_id == staff.id)):
                people.demand(session, row.id, "setup")

    @contextlib.contextmanager
    def broken_text(self, case: str) -> Iterator[None]:
        """While this lasts a text of the case cannot be unsealed, as after damage to the disk."""

        def put(blob: bytes | None) -> bytes:
            with self.parts.db.writing() as session:
                found = session.scalars(select(Case).where(Case.code == self.names[case])).one()
                text = session.scalars(select(Message).where(Message.case_id == found.id).limit(1)).one()
                kept, text.body_sealed = bytes(text.body_sealed), blob or b"damaged beyond repair"
            return kept

        kept = put(None)
        try:
            yield
        finally:
            put(kept)

    def _new_page(self) -> Page:
        context = self.browser.new_context(locale="en-US", reduced_motion="reduce", **self.options)
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._note_status)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        """A document that is an error is one on the console too: it is the screen that is wanted."""
        is_the_document = message.text.startswith("Failed to load resource") and self.status >= 400
        if message.type == "error" and not is_the_document:
            self.complaints.append(message.text)

    def _note_status(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.status = response.status

    def _name_case(self, who: str, number: str) -> None:
        index = self.parts.vault.blind_index("number", number)
        query = (
            select(Case.code, Message.id)
            .join(Contact, Contact.id == Case.contact_id)
            .join(Message, Message.case_id == Case.id)
            .where(Contact.number_index == index, Message.direction == "in")
            .order_by(Message.created_at)
        )

        def found() -> Any:
            with self.parts.db.reading() as session:
                return session.execute(query).first()

        self.names[who], self.names[f"{who}_text"] = eventually(found)
        self.names[f"{who}_phone"] = f"({number[2:5]}) {number[5:8]}-{number[8:]}"

    def _add_people(self) -> None:
        with self.parts.db.writing() as session:
            vault = self.parts.vault
            olive = _person(session, vault, "olive", "Olive (nurse)", "+15615550154")
            people.set_password(session, olive, PASSWORD)
            people.start_totp(olive)
            assert people.confirm_totp(session, olive, code_of(olive))
            self.names["recovery"] = people.make_recovery_codes(session, vault, olive)[0]
            sam = _person(session, vault, "sam", "Sam (nurse)", "+15615550155")
            self.names["link"] = people.make_link(session, vault, sam.id)
            gone = _person(session, vault, "gone", "Gil (left in May)", "+15615550156")
            people.disable(session, gone)
            self.names |= {"olive": olive.id, "sam": sam.id, "gone": gone.id}


def _person(session: Any, vault: Any, name: str, full_name: str, phone: str) -> Staff:
    email = f"{name}@example.com"
    return people.add_staff(
        session, vault, email=email, name=full_name, phone=phone, role=Role.NURSE, is_on_call=False
    )


def code_of(staff: Staff) -> str:
    """What the authenticator app of this person shows."""
    import pyotp

    return pyotp.TOTP(staff.totp).now()


def sign_in(page: Page, email: str, password: str) -> None:
    """Fill in the form that is on the page."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    follow(page, page.get_by_role("button", name="Sign in", exact=True))


def follow(page: Page, button: Locator) -> None:
    """Press it, and be where it leads."""
    with page.expect_navigation(wait_until="load"):
        button.click()


def strict_clinic() -> str:
    """A clinic that keeps clinical texts from the front desk, with a ladder that tells by text alone."""
    loose = "everybody_sees_everything = true"
    assert loose in patient_clinic()
    return patient_clinic().replace(loose, "everybody_sees_everything = false")


@contextlib.contextmanager
def stage_in(folder: Path, browser: Browser, **options: Any) -> Iterator[Stage]:
    """A stage on a fresh home below this folder, empty; its system is ended afterwards."""
    (folder / "home").mkdir(exist_ok=True)
    (folder / "home" / "clinic.toml").write_text(strict_clinic(), encoding="utf-8")
    with system_on(folder, is_patient=False) as system:
        system.run()
        parts = build(load_settings(system.environ, root=system.home))
        stage = Stage(system, parts, browser, options)
        try:
            yield stage
        finally:
            for page in stage.pages.values():
                page.context.close()
            parts.close()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, headless, with the one font that comes with it."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as fonts, sync_playwright() as playwright:
        fonts.write(FONTS)
        fonts.flush()
        environ = {**os.environ, "FONTCONFIG_FILE": fonts.name}
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, env=environ)
        yield browser
        browser.close()


Step = Callable[[Page, Stage], None]
