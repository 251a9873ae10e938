"""EVERY screen of the product, and how to reach it on a running system (`stage.Stage`).

A test looks at each of them (test_every_screen.py), and `make screenshots` takes its picture. They come in
the order in which they are visited: some leave something behind that a later one shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.journeys import ways
from tests.journeys.stage import PASSWORD, Stage, Step


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


def _case(
    name: str,
    who: str,
    case: str,
    then: Step | None = None,
    before: Step | None = None,
    is_main: bool = False,
) -> Screen:
    """The page of one of the cases of `stage.TEXTS`."""
    return Screen(name, who, f"{{{case}_phone}}", f"/cases/{{{case}}}", then, before, is_main=is_main)


_PEOPLE = """clinic_id,name,birth_date,phone,language,shoe size
S-1001,Walter Q. Example,1961-03-09,561-555-0110,en,9
S-2001,Ana Inventada,1990-02-03,561-555-0130,es,6
S-2002,Bo Madeup,1990-02-31,561-555-0131,en,7
"""

# Nobody has texted yet.
EMPTY = (
    Screen("sign-in", None, "Sign in", "/sign-in", is_main=True),
    Screen("sign-in-from-an-alert", None, "Sign in", "/sign-in?next=/cases/K7F2"),
    Screen("sign-in-wrong", None, "Sign in", "/sign-in", ways.wrong_password, status=401),
    Screen("list-empty", "nurse", "Inbox", "/"),
    Screen("search-nothing-there", "nurse", "Search", "/search", ways.search("parking")),
    Screen("numbers-empty", "nurse", "Numbers", "/numbers"),
    Screen("shifts-none", "admin", "Who is on call", "/administration/shifts"),
    Screen("simulator-quiet", "nurse", "Text the clinic", "/simulator"),
)

_SIGNING_IN = (
    Screen("welcome", "sam", "Welcome, Sam (nurse)", "/welcome/{link}"),
    Screen("welcome-too-short", "sam", "Welcome, Sam (nurse)", "/welcome/{link}",
           ways.too_short, status=422),
    Screen("one-more-step", "sam", "One more step", "/welcome/{link}",
           lambda page, stage: (ways.fill("New password", PASSWORD, "Set password")(page, stage),
                                ways.ask_sam(page, stage), page.goto(stage.address("/sign-in/set-up")))[0]),
    Screen("set-up-step", "sam", "One more step", "/sign-in/set-up"),
    Screen("set-up-passkey", "sam", "Trust this device", "/account/passkeys/new"),
    Screen("set-up-app", "sam", "Authenticator app", "/account/authenticator"),
    Screen("set-up-app-code", "sam", "Authenticator app", "/account/authenticator", ways.press("Set up")),
    Screen("set-up-app-wrong", "sam", "Authenticator app", "/account/authenticator",
           ways.fill("Code", "000000", "Turn on"), status=422),
    Screen("welcome-used", None, "This link no longer works", "/welcome/{link}", status=410),
    Screen("second-factor", "olive", "Type the code", "/sign-in", ways.type_password, is_main=True),
    Screen("second-factor-again", "olive", "Type the code", "/sign-in/code"),
    Screen("second-factor-wrong", "olive", "Type the code", "/sign-in/code",
           ways.fill("Code", "000000", "Go on"), status=401),
    Screen("recovery", "olive", "Type a recovery code", "/sign-in/recovery"),
    Screen("recovery-wrong", "olive", "Type a recovery code", "/sign-in/recovery",
           ways.fill("Recovery code", "aaaaa-bbbbb", "Go on"), status=401),
    Screen("recovery-right", "olive", "Inbox", "/sign-in/recovery",
           ways.fill("Recovery code", "{recovery}", "Go on")),
    Screen("account-with-an-app", "olive", "Account", "/account"),
    Screen("authenticator-on", "olive", "Authenticator app", "/account/authenticator"),
    Screen("recovery-codes-left", "olive", "Recovery codes", "/account/recovery-codes"),
    Screen("recovery-codes", "olive", "Keep these recovery codes", "/account/recovery-codes",
           ways.fill("Your password", PASSWORD, "Make ten new codes")),
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
    Screen("search-words", "nurse", "Search", "/search", ways.search("parking"), is_main=True),
    Screen("search-number", "nurse", "Search", "/search", ways.search("(561) 555-0110")),
    Screen("search-name", "nurse", "Search", "/search", ways.search("Walter Example")),
    Screen("search-none", "nurse", "Search", "/search", ways.search("zebra crossing")),
    Screen("search-too-old", "nurse", "Search", "/search?for=AAAA"),
)  # fmt: skip

_CASE = (
    _case("case-emergency", "nurse", "emergency", is_main=True),
    _case("case-emergency-prescriber", "prescriber", "emergency"),
    _case("case-routine", "nurse", "routine", is_main=True),
    _case("case-with-presence", "nurse", "routine", before=ways.sit_beside),
    _case("case-refill", "nurse", "refill"),
    _case("case-taken", "nurse", "task"),
    _case("case-resolved", "nurse", "resolved"),
    _case("case-waiting", "nurse", "waiting"),
    _case("case-opted-out", "nurse", "opted_out"),
    _case("case-picture", "nurse", "picture"),
    _case("case-two-people", "nurse", "visit"),
    _case("case-front-desk", "desk", "routine"),
    Screen("case-of-others", "desk", "This case belongs to", "/cases/{clinical}", status=403),
    Screen("case-of-others-task", "desk", "This case belongs to", "/cases/{emergency}",
           lambda page, stage: page.get_by_text("Your task: book a visit").wait_for(), status=403),
    _case("reply-caution", "nurse", "refill",
           ways.draft("Please call the office tomorrow morning about your sertraline.")),
    _case("reply-undo", "nurse", "routine",
           ways.reply("Thank you. Wednesday is early enough.")),
    Screen("reply-empty", "nurse", "Not sent", "/cases/{picture}", ways.reply(""), status=422),
    Screen("reply-late", "nurse", "Read this first", "/cases/{news}", ways.reply_late, status=409),
    Screen("resolve-late", "nurse", "Nothing was changed", "/cases/{news}", ways.resolve_late, status=409),
    _case("case-ringing", "nurse", "clinical", ways.ring_the_nurse),
    Screen("correct", "nurse", "What does this text say?",
           "/cases/{clinical}/messages/{clinical_text}/correct", is_main=True),
    Screen("correct-front-desk", "desk", "What does this text say?",
           "/cases/{routine}/messages/{routine_text}/correct"),
    Screen("chart", "nurse", "For the chart", "/cases/{emergency}/chart/page"),
    Screen("bulk-none", "nurse", "No case was resolved", "/", ways.none_chosen),
    Screen("bulk-result", "nurse", "2 cases resolved", "/", ways.two_and_a_press),
)  # fmt: skip

_ADMINISTRATION = (
    Screen("hours", "admin", "Hours", "/administration/hours", is_main=True),
    Screen("hours-problem", "admin", "Hours", "/administration/hours", ways.close_in_the_past, status=422),
    Screen("hours-nurse", "nurse", "Hours", "/administration/hours"),
    Screen("wording", "admin", "Wording", "/administration/wording"),
    Screen("wording-spanish", "admin", "Wording", "/administration/wording?language=es"),
    Screen("wording-sentence", "admin", "What has arrived", "/administration/wording/en/received.neutral"),
    Screen("wording-trial", "admin", "What has arrived", "/administration/wording/en/received.neutral",
           ways.reword("We have your text and read it soon.", "See how it looks")),
    Screen("wording-problem", "admin", "What has arrived", "/administration/wording/en/received.neutral",
           ways.reword("We have {nothing} of the kind {", "Save"), status=422),
    Screen("saved-replies", "admin", "Saved replies", "/administration/saved-replies"),
    Screen("saved-replies-problem", "admin", "Saved replies", "/administration/saved-replies",
           ways.saved_wrong, status=422),
    Screen("staff", "admin", "Staff", "/administration/staff"),
    Screen("staff-new", "admin", "Add a person", "/administration/staff/new"),
    Screen("staff-new-problem", "admin", "Add a person", "/administration/staff/new",
           ways.add_person_wrongly, status=422),
    Screen("staff-link", "admin", "Hand this link to Nora (nurse)", "/administration/staff/new",
           ways.add_person),
    Screen("staff-person", "admin", "Olive (nurse)", "/administration/staff/{olive}"),
    Screen("staff-disabled", "admin", "Gil (left in May)", "/administration/staff/{gone}"),
    Screen("shifts-problem", "admin", "Who is on call", "/administration/shifts",
           ways.no_weekdays, status=422),
    Screen("shifts", "admin", "Who is on call", "/administration/shifts", ways.weekly_plan, is_main=True),
    Screen("shifts-month", "admin", "Who is on call", "/administration/shifts?view=month"),
    Screen("shifts-nurse", "nurse", "Who is on call", "/administration/shifts"),
    Screen("shifts-swap", "admin", "Put somebody on duty", "/administration/shifts/swap"),
    Screen("shifts-swap-problem", "admin", "Put somebody on duty", "/administration/shifts/swap",
           ways.swap_backwards, status=422),
    Screen("shifts-hand-over", "nurse", "Hand over your shift", "/administration/shifts/swap"),
    Screen("patients", "admin", "Import the patient list", "/administration/patients"),
    Screen("patients-problem", "admin", "Import the patient list", "/administration/patients",
           ways.upload("nothing,of use\n1,2\n"), status=422),
    Screen("patients-preview", "admin", "What the import would change", "/administration/patients",
           ways.upload(_PEOPLE), is_main=True),
    Screen("health", "admin", "System health", "/administration/health"),
    Screen("health-nurse", "nurse", "System health", "/administration/health"),
    Screen("health-closer", "admin", "System health", "/administration/health", ways.look_closer),
    Screen("audit", "admin", "Who did what", "/administration/audit"),
    Screen("audit-nothing", "admin", "Who did what", "/administration/audit?from=2020-01-01&to=2020-01-02"),
    Screen("audit-no-such-case", "admin", "Who did what", "/administration/audit?code=ZZZZ"),
    Screen("hours-closed", "admin", "Hours", "/administration/hours", ways.close),
    Screen("list-while-closed", "nurse", "Inbox", "/"),
)  # fmt: skip

_FURTHER = (
    Screen("numbers", "nurse", "Numbers", "/numbers", is_main=True),
    Screen("numbers-wrong-days", "nurse", "Numbers", "/numbers?from=2026-03-05&to=2026-03-01", status=422),
    Screen("simulator", "nurse", "Text the clinic", "/simulator?phone=%2B15615550110", is_main=True),
    Screen("not-for-your-role", "nurse", "Not for your role", "/administration/staff", status=403),
    Screen("nothing-here", "nurse", "There is nothing here", "/cases/ZZZZ", status=404),
    Screen(
        "too-large",
        "admin",
        "That is too large",
        "/administration/patients",
        ways.upload_too_much,
        status=413,
    ),
    Screen("broke", "nurse", "Something broke on our side", "", ways.broken, status=500),
)

# Each group works on a fresh system of its own, so that the two can be looked at side by side.
GROUPS = {
    "inbox": (*_LIST, *_CASE),
    "beside": (*EMPTY, *_SIGNING_IN, *_ADMINISTRATION, *_FURTHER),
}
SCREENS = tuple(screen for group in GROUPS.values() for screen in group)
