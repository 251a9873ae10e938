"""EVERY screen of the product, and how to reach it on a running system (`stage.Stage`).

A test looks at each of them (test_every_screen.py), and `make screenshots` takes its picture. They come in
the order in which they are visited: some leave something behind that a later one shows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta

from playwright.sync_api import Page

from smsbot import clock
from tests.journeys.stage import PASSWORD, Stage, Step, follow, sign_in


@dataclass(frozen=True)
class Screen:
    """One screen. `name` names its picture, `heading` is its h1, `who` is signed in.

    `address` is opened (`stage.names` fill its braces), then `then` leads from there to the screen.
    """

    name: str
    who: str | None
    heading: str
    address: str = ""
    then: Step | None = None
    before: Step | None = None  # anything in the system that has to happen first
    status: int = 200
    is_main: bool = False  # gets pictures on a phone and in the dark too

    def open(self, stage: Stage, page: Page) -> None:
        """Go there, in the browser of whom the screen is for."""
        stage.complaints.clear()
        if self.before:
            self.before(page, stage)
        if self.address:
            page.goto(stage.address(self.address))
        if self.then:
            self.then(page, stage)
        page.wait_for_load_state("load")


# Addresses that answer GET with no screen: what machines, scripts and downloads ask for.
NO_SCREENS = {
    "static",
    "health.healthz",
    "health.readyz",
    "health.metrics",
    "phones.state",  # the simulator's phones, refreshed
    "attachments.download",
    "attachments.picture",  # shown by the case page
    "charting.text",  # copied by a script, or downloaded
    "numbers.export",
}


def press(name: str, inside: str = "main") -> Step:
    """Press the first button of this name, and be where it leads."""
    return lambda page, stage: follow(page, page.locator(inside).get_by_role("button", name=name).first)


def _type_password(page: Page, stage: Stage) -> None:
    sign_in(page, "olive@example.com", PASSWORD)


def _wrong_password(page: Page, stage: Stage) -> None:
    sign_in(page, "nurse@example.com", "wrong horse battery")


def _fill(label: str, words: str, button: str) -> Step:
    def step(page: Page, stage: Stage) -> None:
        page.get_by_label(label, exact=True).fill(words.format(**stage.names))
        follow(page, page.locator("main").get_by_role("button", name=button).first)

    return step


def _search(words: str) -> Step:
    def step(page: Page, stage: Stage) -> None:
        page.locator("#q").fill(words)
        follow(page, page.get_by_role("button", name="Search", exact=True))

    return step


def _two_and_a_press(page: Page, stage: Stage) -> None:
    for place in range(2):
        page.locator(".pick input").nth(place).check()
    page.locator("#bulk-reason").select_option("answered")
    follow(page, page.locator("#bulk").get_by_role("button", name="Resolve"))


def _none_chosen(page: Page, stage: Stage) -> None:
    page.locator("#bulk-reason").select_option("answered", force=True)
    with page.expect_navigation(wait_until="load"):
        page.locator("#bulk").evaluate("form => form.requestSubmit()")


def _reply(words: str) -> Step:
    def step(page: Page, stage: Stage) -> None:
        page.locator("#words").fill(words)
        follow(page, page.locator("#reply").get_by_role("button", name="Send", exact=True))

    return step


def _draft(words: str) -> Step:
    def step(page: Page, stage: Stage) -> None:
        with page.expect_response(lambda response: response.url.endswith("/segments")):
            page.locator("#words").fill(words)
        page.locator(".reply-counted").get_by_text("reads as").first.wait_for()

    return step


def _reply_late(page: Page, stage: Stage) -> None:
    stage.text("news", "Sorry, I mean on Tuesday")
    _reply("Yes, please bring them.")(page, stage)


def _resolve_late(page: Page, stage: Stage) -> None:
    stage.text("news", "And is my sister allowed to come along?")
    page.get_by_label("Answered", exact=True).check()
    follow(page, page.locator("#resolve").get_by_role("button", name="Resolve"))


def _sit_beside(page: Page, stage: Stage) -> None:
    stage.somebody_is_in("routine")


def _weekly_plan(page: Page, stage: Stage) -> None:
    page.get_by_label("Mon", exact=True).check()
    page.get_by_label("Tue", exact=True).check()
    follow(page, page.get_by_role("button", name="Add", exact=True))


def _no_weekdays(page: Page, stage: Stage) -> None:
    follow(page, page.get_by_role("button", name="Add", exact=True))


def _in_three_days(stage: Stage) -> date:
    return (stage.parts.clinic.local(clock.now()) + timedelta(days=3)).date()


def _swap_backwards(page: Page, stage: Stage) -> None:
    day = _in_three_days(stage)
    page.get_by_label("From", exact=True).fill(f"{day}T12:00")
    page.get_by_label("To", exact=True).fill(f"{day}T09:00")
    follow(page, page.get_by_role("button", name="Put on duty"))


def _close(page: Page, stage: Stage) -> None:
    page.get_by_label("Another time").check()
    page.locator("#until-other").fill(f"{_in_three_days(stage)}T08:00")
    page.locator("#closing-note").fill("Storm")
    follow(page, page.get_by_role("button", name="Close the office"))
    follow(page, page.get_by_role("button", name="Pause automatic replies"))


def _close_in_the_past(page: Page, stage: Stage) -> None:
    page.get_by_label("Another time").check()
    page.locator("#until-other").fill("2020-01-01T08:00")
    follow(page, page.get_by_role("button", name="Close the office"))


def _reword(words: str, button: str) -> Step:
    def step(page: Page, stage: Stage) -> None:
        page.locator('textarea[name="text"]').first.fill(words)
        follow(page, page.get_by_role("button", name=button).first)

    return step


def _saved_wrong(page: Page, stage: Stage) -> None:
    page.locator("#name").fill("Parking")
    page.locator("#body").fill("Hi {nobody}, park behind the house.")
    follow(page, page.get_by_role("button", name="Add it"))


def _upload(content: str) -> Step:
    def step(page: Page, stage: Stage) -> None:
        file = {"name": "patients.csv", "mimeType": "text/csv", "buffer": content.encode()}
        page.locator("#file").set_input_files([file])  # type: ignore[list-item]
        follow(page, page.get_by_role("button", name="Show what would change"))

    return step


def _upload_too_much(page: Page, stage: Stage) -> None:
    path = stage.system.home.parent / "large.csv"
    path.write_bytes(b"clinic_id,name\n" + b"S-1,Invented Person\n" * 1_400_000)
    page.locator("#file").set_input_files(path)
    follow(page, page.get_by_role("button", name="Show what would change"))


def _add_person(page: Page, stage: Stage) -> None:
    page.locator("#name").fill("Nora (nurse)")
    page.locator("#email").fill("nora@example.com")
    page.locator("#phone").fill("561-555-0157")
    follow(page, page.get_by_role("main").locator('form button[type="submit"]').first)


def _add_person_wrongly(page: Page, stage: Stage) -> None:
    page.locator("#name").fill("Nora (nurse)")
    page.locator("#email").fill("nurse@example.com")
    page.locator("#phone").fill("12")
    follow(page, page.get_by_role("main").locator('form button[type="submit"]').first)


def _broken(page: Page, stage: Stage) -> None:
    with stage.broken_text("first"):
        page.goto(stage.address("/cases/{first}"))


def _look_closer(page: Page, stage: Stage) -> None:
    follow(page, page.get_by_role("button", name="Look closer"))


def _ring_the_nurse(page: Page, stage: Stage) -> None:
    press("Call")(page, stage)
    time.sleep(0.2)


def _too_short(page: Page, stage: Stage) -> None:
    page.locator("main form").evaluate("form => { form.noValidate = true }")
    _fill("New password", "heron", "Set password")(page, stage)


def _ask_sam(page: Page, stage: Stage) -> None:
    stage.ask_for_a_factor("sam@example.com")


_PEOPLE = """clinic_id,name,birth_date,phone,language,shoe size
S-1001,Walter Q. Example,1961-03-09,561-555-0110,en,9
S-2001,Ana Inventada,1990-02-03,561-555-0130,es,6
S-2002,Bo Madeup,1990-02-31,561-555-0131,en,7
"""

# Nobody has texted yet.
EMPTY = (
    Screen("sign-in", None, "Sign in", "/sign-in", is_main=True),
    Screen("sign-in-from-an-alert", None, "Sign in", "/sign-in?next=/cases/K7F2"),
    Screen("sign-in-wrong", None, "Sign in", "/sign-in", _wrong_password, status=401),
    Screen("list-empty", "nurse", "Inbox", "/"),
    Screen("search-nothing-there", "nurse", "Search", "/search", _search("parking")),
    Screen("numbers-empty", "nurse", "Numbers", "/numbers"),
    Screen("shifts-none", "admin", "Who is on call", "/administration/shifts"),
    Screen("simulator-quiet", "nurse", "Text the clinic", "/simulator"),
)

_SIGNING_IN = (
    Screen("welcome", "sam", "Welcome, Sam (nurse)", "/welcome/{link}"),
    Screen("welcome-too-short", "sam", "Welcome, Sam (nurse)", "/welcome/{link}",
           _too_short, status=422),
    Screen("one-more-step", "sam", "One more step", "/welcome/{link}",
           lambda page, stage: (_fill("New password", PASSWORD, "Set password")(page, stage),
                                _ask_sam(page, stage), page.goto(stage.address("/sign-in/set-up")))[0]),
    Screen("set-up-step", "sam", "One more step", "/sign-in/set-up"),
    Screen("set-up-passkey", "sam", "Trust this device", "/account/passkeys/new"),
    Screen("set-up-app", "sam", "Authenticator app", "/account/authenticator"),
    Screen("set-up-app-code", "sam", "Authenticator app", "/account/authenticator", press("Set up")),
    Screen("set-up-app-wrong", "sam", "Authenticator app", "/account/authenticator",
           _fill("Code", "000000", "Turn on"), status=422),
    Screen("welcome-used", None, "This link no longer works", "/welcome/{link}", status=410),
    Screen("second-factor", "olive", "Type the code", "/sign-in", _type_password, is_main=True),
    Screen("second-factor-again", "olive", "Type the code", "/sign-in/code"),
    Screen("second-factor-wrong", "olive", "Type the code", "/sign-in/code",
           _fill("Code", "000000", "Go on"), status=401),
    Screen("recovery", "olive", "Type a recovery code", "/sign-in/recovery"),
    Screen("recovery-wrong", "olive", "Type a recovery code", "/sign-in/recovery",
           _fill("Recovery code", "aaaaa-bbbbb", "Go on"), status=401),
    Screen("recovery-right", "olive", "Inbox", "/sign-in/recovery",
           _fill("Recovery code", "{recovery}", "Go on")),
    Screen("account-with-an-app", "olive", "Account", "/account"),
    Screen("authenticator-on", "olive", "Authenticator app", "/account/authenticator"),
    Screen("recovery-codes-left", "olive", "Recovery codes", "/account/recovery-codes"),
    Screen("recovery-codes", "olive", "Keep these recovery codes", "/account/recovery-codes",
           _fill("Your password", PASSWORD, "Make ten new codes")),
    Screen("account", "nurse", "Account", "/account", is_main=True),
    Screen("account-password", "nurse", "Change password", "/account/password"),
    Screen("account-authenticator", "nurse", "Authenticator app", "/account/authenticator"),
    Screen("account-no-codes", "nurse", "Recovery codes", "/account/recovery-codes"),
    Screen("account-passkey", "nurse", "Trust this device", "/account/passkeys/new"),
)  # fmt: skip

_LIST = (
    Screen("list", "nurse", "Inbox", "/", is_main=True),
    Screen("list-mine", "nurse", "Inbox", "/?show=mine"),
    Screen("list-mine-none", "prescriber", "Inbox", "/?show=mine"),
    Screen("list-unassigned", "nurse", "Inbox", "/?show=unassigned"),
    Screen("list-waiting", "nurse", "Inbox", "/?show=waiting"),
    Screen("list-resolved", "nurse", "Inbox", "/?show=resolved"),
    Screen("list-of-a-team", "nurse", "Inbox", "/?team=front_desk"),
    Screen("list-front-desk", "desk", "Inbox", "/"),
    Screen("list-keys", "nurse", "Inbox", "/", lambda page, stage: page.keyboard.press("?")),
    Screen("list-chosen", "nurse", "Inbox", "/",
           lambda page, stage: page.locator(".pick input").first.check()),
    Screen("search", "nurse", "Search", "/search"),
    Screen("search-words", "nurse", "Search", "/search", _search("parking"), is_main=True),
    Screen("search-number", "nurse", "Search", "/search", _search("(561) 555-0110")),
    Screen("search-name", "nurse", "Search", "/search", _search("Walter Example")),
    Screen("search-none", "nurse", "Search", "/search", _search("zebra crossing")),
    Screen("search-too-old", "nurse", "Search", "/search?for=AAAA"),
)  # fmt: skip

_CASE = (
    Screen("case-emergency", "nurse", "{emergency_phone}", "/cases/{emergency}", is_main=True),
    Screen("case-emergency-prescriber", "prescriber", "{emergency_phone}", "/cases/{emergency}"),
    Screen("case-routine", "nurse", "{routine_phone}", "/cases/{routine}", is_main=True),
    Screen("case-with-presence", "nurse", "{routine_phone}", "/cases/{routine}", before=_sit_beside),
    Screen("case-refill", "nurse", "{refill_phone}", "/cases/{refill}"),
    Screen("case-taken", "nurse", "{task_phone}", "/cases/{task}"),
    Screen("case-resolved", "nurse", "{resolved_phone}", "/cases/{resolved}"),
    Screen("case-waiting", "nurse", "{waiting_phone}", "/cases/{waiting}"),
    Screen("case-opted-out", "nurse", "{opted_out_phone}", "/cases/{opted_out}"),
    Screen("case-picture", "nurse", "{picture_phone}", "/cases/{picture}"),
    Screen("case-two-people", "nurse", "{visit_phone}", "/cases/{visit}"),
    Screen("case-front-desk", "desk", "{routine_phone}", "/cases/{routine}"),
    Screen("case-of-others", "desk", "This case belongs to", "/cases/{clinical}", status=403),
    Screen("case-of-others-task", "desk", "This case belongs to", "/cases/{emergency}",
           lambda page, stage: page.get_by_text("Your task: book a visit").wait_for(), status=403),
    Screen("reply-caution", "nurse", "{refill_phone}", "/cases/{refill}",
           _draft("Please call the office tomorrow morning about your sertraline.")),
    Screen("reply-undo", "nurse", "{routine_phone}", "/cases/{routine}",
           _reply("Thank you. Wednesday is early enough.")),
    Screen("reply-empty", "nurse", "Not sent", "/cases/{picture}", _reply(""), status=422),
    Screen("reply-late", "nurse", "Read this first", "/cases/{news}", _reply_late, status=409),
    Screen("resolve-late", "nurse", "Nothing was changed", "/cases/{news}", _resolve_late, status=409),
    Screen("case-ringing", "nurse", "{clinical_phone}", "/cases/{clinical}", _ring_the_nurse),
    Screen("correct", "nurse", "What does this text say?",
           "/cases/{clinical}/messages/{clinical_text}/correct", is_main=True),
    Screen("correct-front-desk", "desk", "What does this text say?",
           "/cases/{routine}/messages/{routine_text}/correct"),
    Screen("chart", "nurse", "For the chart", "/cases/{emergency}/chart/page"),
    Screen("bulk-none", "nurse", "No case was resolved", "/", _none_chosen),
    Screen("bulk-result", "nurse", "2 cases resolved", "/", _two_and_a_press),
)  # fmt: skip

_ADMINISTRATION = (
    Screen("hours", "admin", "Hours", "/administration/hours", is_main=True),
    Screen("hours-problem", "admin", "Hours", "/administration/hours", _close_in_the_past, status=422),
    Screen("hours-nurse", "nurse", "Hours", "/administration/hours"),
    Screen("wording", "admin", "Wording", "/administration/wording"),
    Screen("wording-spanish", "admin", "Wording", "/administration/wording?language=es"),
    Screen("wording-sentence", "admin", "What has arrived", "/administration/wording/en/received.neutral"),
    Screen("wording-trial", "admin", "What has arrived", "/administration/wording/en/received.neutral",
           _reword("We have your text and read it soon.", "See how it looks")),
    Screen("wording-problem", "admin", "What has arrived", "/administration/wording/en/received.neutral",
           _reword("We have {nothing} of the kind {", "Save"), status=422),
    Screen("saved-replies", "admin", "Saved replies", "/administration/saved-replies"),
    Screen("saved-replies-problem", "admin", "Saved replies", "/administration/saved-replies",
           _saved_wrong, status=422),
    Screen("staff", "admin", "Staff", "/administration/staff"),
    Screen("staff-new", "admin", "Add a person", "/administration/staff/new"),
    Screen("staff-new-problem", "admin", "Add a person", "/administration/staff/new",
           _add_person_wrongly, status=422),
    Screen("staff-link", "admin", "Hand this link to Nora (nurse)", "/administration/staff/new", _add_person),
    Screen("staff-person", "admin", "Olive (nurse)", "/administration/staff/{olive}"),
    Screen("staff-disabled", "admin", "Gil (left in May)", "/administration/staff/{gone}"),
    Screen("shifts-problem", "admin", "Who is on call", "/administration/shifts", _no_weekdays, status=422),
    Screen("shifts", "admin", "Who is on call", "/administration/shifts", _weekly_plan, is_main=True),
    Screen("shifts-month", "admin", "Who is on call", "/administration/shifts?view=month"),
    Screen("shifts-nurse", "nurse", "Who is on call", "/administration/shifts"),
    Screen("shifts-swap", "admin", "Put somebody on duty", "/administration/shifts/swap"),
    Screen("shifts-swap-problem", "admin", "Put somebody on duty", "/administration/shifts/swap",
           _swap_backwards, status=422),
    Screen("shifts-hand-over", "nurse", "Hand over your shift", "/administration/shifts/swap"),
    Screen("patients", "admin", "Import the patient list", "/administration/patients"),
    Screen("patients-problem", "admin", "Import the patient list", "/administration/patients",
           _upload("nothing,of use\n1,2\n"), status=422),
    Screen("patients-preview", "admin", "What the import would change", "/administration/patients",
           _upload(_PEOPLE), is_main=True),
    Screen("health", "admin", "System health", "/administration/health"),
    Screen("health-nurse", "nurse", "System health", "/administration/health"),
    Screen("health-closer", "admin", "System health", "/administration/health", _look_closer),
    Screen("audit", "admin", "Who did what", "/administration/audit"),
    Screen("audit-nothing", "admin", "Who did what", "/administration/audit?from=2020-01-01&to=2020-01-02"),
    Screen("audit-no-such-case", "admin", "Who did what", "/administration/audit?code=ZZZZ"),
    Screen("hours-closed", "admin", "Hours", "/administration/hours", _close),
    Screen("list-while-closed", "nurse", "Inbox", "/"),
)  # fmt: skip

_FURTHER = (
    Screen("numbers", "nurse", "Numbers", "/numbers", is_main=True),
    Screen("numbers-wrong-days", "nurse", "Numbers", "/numbers?from=2026-03-05&to=2026-03-01", status=422),
    Screen("simulator", "nurse", "Text the clinic", "/simulator?phone=%2B15615550110", is_main=True),
    Screen("not-for-your-role", "nurse", "Not for your role", "/administration/staff", status=403),
    Screen("nothing-here", "nurse", "There is nothing here", "/cases/ZZZZ", status=404),
    Screen(
        "too-large", "admin", "That is too large", "/administration/patients", _upload_too_much, status=413
    ),
    Screen("broke", "nurse", "Something broke on our side", "", _broken, status=500),
)

# Each group works on a fresh system of its own, so that the two can be looked at side by side.
GROUPS = {
    "inbox": (*_LIST, *_CASE),
    "beside": (*EMPTY, *_SIGNING_IN, *_ADMINISTRATION, *_FURTHER),
}
SCREENS = tuple(screen for group in GROUPS.values() for screen in group)
