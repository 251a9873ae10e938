"""How to come to a screen that no address opens: what is pressed, typed, uploaded before."""

from __future__ import annotations

import time
from datetime import date, timedelta

from playwright.sync_api import Page

from smsbot import clock
from tests.journeys.stage import PASSWORD, Stage, Step, follow, sign_in


def press(name: str, inside: str = "main") -> Step:
    """Press the first button of this name, and be where it leads."""
    return lambda page, stage: follow(page, page.locator(inside).get_by_role("button", name=name).first)


def type_password(page: Page, stage: Stage) -> None:
    """Sign in as somebody who has a second factor."""
    sign_in(page, "olive@example.com", PASSWORD)


def wrong_password(page: Page, stage: Stage) -> None:
    """Sign in with another password."""
    sign_in(page, "nurse@example.com", "wrong horse battery")


def fill(label: str, words: str, button: str) -> Step:
    """Type words (`stage.names` fill their braces) into a field, and press a button."""

    def step(page: Page, stage: Stage) -> None:
        page.get_by_label(label, exact=True).fill(words.format(**stage.names))
        follow(page, page.locator("main").get_by_role("button", name=button).first)

    return step


def search(words: str) -> Step:
    """Search for words."""

    def step(page: Page, stage: Stage) -> None:
        page.locator("#q").fill(words)
        follow(page, page.get_by_role("button", name="Search", exact=True))

    return step


def two_and_a_press(page: Page, stage: Stage) -> None:
    """Choose two cases, and resolve them."""
    for place in range(2):
        page.locator(".pick input").nth(place).check()
    page.locator("#bulk-reason").select_option("answered")
    follow(page, page.locator("#bulk").get_by_role("button", name="Resolve"))


def none_chosen(page: Page, stage: Stage) -> None:
    """Resolve the chosen cases, of which there are none."""
    page.locator("#bulk-reason").select_option("answered", force=True)
    with page.expect_navigation(wait_until="load"):
        page.locator("#bulk").evaluate("form => form.requestSubmit()")


def reply(words: str) -> Step:
    """Send a reply."""

    def step(page: Page, stage: Stage) -> None:
        page.locator("#words").fill(words)
        follow(page, page.locator("#reply").get_by_role("button", name="Send", exact=True))

    return step


def draft(words: str) -> Step:
    """Write a reply, and have it read before it is sent."""

    def step(page: Page, stage: Stage) -> None:
        with page.expect_response(lambda response: response.url.endswith("/segments")):
            page.locator("#words").fill(words)
        page.locator(".reply-counted").get_by_text("reads as").first.wait_for()

    return step


def reply_late(page: Page, stage: Stage) -> None:
    """Send a reply while a further text comes."""
    stage.text("news", "Sorry, I mean on Tuesday")
    reply("Yes, please bring them.")(page, stage)


def resolve_late(page: Page, stage: Stage) -> None:
    """Resolve a case while a further text comes."""
    stage.text("news", "And is my sister allowed to come along?")
    page.get_by_label("Answered", exact=True).check()
    follow(page, page.locator("#resolve").get_by_role("button", name="Resolve"))


def sit_beside(page: Page, stage: Stage) -> None:
    """Somebody else has the routine case open."""
    stage.somebody_is_in("routine")


def weekly_plan(page: Page, stage: Stage) -> None:
    """Put somebody on duty every Monday and Tuesday."""
    page.get_by_label("Mon", exact=True).check()
    page.get_by_label("Tue", exact=True).check()
    follow(page, page.get_by_role("button", name="Add", exact=True))


def no_weekdays(page: Page, stage: Stage) -> None:
    """Put somebody on duty on no day of the week."""
    follow(page, page.get_by_role("button", name="Add", exact=True))


def _in_three_days(stage: Stage) -> date:
    return (stage.parts.clinic.local(clock.now()) + timedelta(days=3)).date()


def swap_backwards(page: Page, stage: Stage) -> None:
    """Put somebody on duty until before the beginning."""
    day = _in_three_days(stage)
    page.get_by_label("From", exact=True).fill(f"{day}T12:00")
    page.get_by_label("To", exact=True).fill(f"{day}T09:00")
    follow(page, page.get_by_role("button", name="Put on duty"))


def close(page: Page, stage: Stage) -> None:
    """Close the office for a storm, and pause automatic replies."""
    page.get_by_label("Another time").check()
    page.locator("#until-other").fill(f"{_in_three_days(stage)}T08:00")
    page.locator("#closing-note").fill("Storm")
    follow(page, page.get_by_role("button", name="Close the office"))
    follow(page, page.get_by_role("button", name="Pause automatic replies"))


def close_in_the_past(page: Page, stage: Stage) -> None:
    """Close the office until a day that is over."""
    page.get_by_label("Another time").check()
    page.locator("#until-other").fill("2020-01-01T08:00")
    follow(page, page.get_by_role("button", name="Close the office"))


def reword(words: str, button: str) -> Step:
    """Change the first wording, and press a button."""

    def step(page: Page, stage: Stage) -> None:
        page.locator('textarea[name="text"]').first.fill(words)
        follow(page, page.get_by_role("button", name=button).first)

    return step


def saved_wrong(page: Page, stage: Stage) -> None:
    """Add a saved reply with a blank that nothing fills."""
    page.locator("#name").fill("Parking")
    page.locator("#body").fill("Hi {nobody}, park behind the house.")
    follow(page, page.get_by_role("button", name="Add it"))


def upload(content: str) -> Step:
    """Have it shown what a patient list of this content would change."""

    def step(page: Page, stage: Stage) -> None:
        file = {"name": "patients.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.locator("#file").set_input_files([file])  # type: ignore[list-item]
        follow(page, page.get_by_role("button", name="Show what would change"))

    return step


def upload_too_much(page: Page, stage: Stage) -> None:
    """Import a file that is too large."""
    path = stage.system.home.parent / "large.csv"
    path.write_bytes(b"clinic_id,name\n" + b"S-1,Invented Person\n" * 1_400_000)
    page.locator("#file").set_input_files(path)
    follow(page, page.get_by_role("button", name="Show what would change"))


def add_person(page: Page, stage: Stage) -> None:
    """Add a person to the staff list."""
    page.locator("#name").fill("Nora (nurse)")
    page.locator("#email").fill("nora@example.com")
    page.locator("#phone").fill("561-555-0157")
    follow(page, page.get_by_role("main").locator('form button[type="submit"]').first)


def add_person_wrongly(page: Page, stage: Stage) -> None:
    """Add a person with the address of another, and no telephone."""
    page.locator("#name").fill("Nora (nurse)")
    page.locator("#email").fill("nurse@example.com")
    page.locator("#phone").fill("12")
    follow(page, page.get_by_role("main").locator('form button[type="submit"]').first)


def broken(page: Page, stage: Stage) -> None:
    """Open a case one of whose texts cannot be read."""
    with stage.broken_text("first"):
        page.goto(stage.address("/cases/{first}"))


def look_closer(page: Page, stage: Stage) -> None:
    """Have the doctor look."""
    follow(page, page.get_by_role("button", name="Look closer"))


def ring_the_nurse(page: Page, stage: Stage) -> None:
    """Press Call, and give the phone the time to ring."""
    press("Call")(page, stage)
    time.sleep(0.2)


def too_short(page: Page, stage: Stage) -> None:
    """Choose a password that is too short."""
    page.locator("main form").evaluate("form => { form.noValidate = true }")
    fill("New password", "heron", "Set password")(page, stage)


def ask_sam(page: Page, stage: Stage) -> None:
    """Ask for a second factor from now on."""
    stage.ask_for_a_factor("sam@example.com")
