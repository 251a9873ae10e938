"""Five hundred naughty strings as texts and as names: the screens stay whole, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.serving import make_server

from smsbot import clock
from smsbot.models import Case, Contact, Message, Patient
from smsbot.web import create_app
from smsbot.web.pages import visible
from smsbot.wiring import Wiring, build
from tests.conftest import MONDAY_MORNING, PASSWORD, Clock, make_settings, prepare
from tests.integration.conftest import Browser as Client
from tests.integration.conftest import Webhook
from tests.journeys.naughty import naughty_strings
from tests.journeys.stage import LISTEN, chromium, sign_in
from tests.system import free_port

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(400)]  # each text is really triaged: half a minute

STRINGS = naughty_strings()
ONE_PHONE = "+15615550199"  # what is not sent from a phone of its own comes from this one, in one case
OWN_PHONES = 60  # so many have a phone, a patient and a case each
VOID = {"meta", "link", "input", "br", "img", "hr", "path", "rect", "line", "circle"}
# Every element that our templates may put on a page, beside those of drawings.
OURS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title link script body a header svg path span nav form input button main section "
        "article p h1 h2 h3 div ol ul li code time strong em mark label textarea select option fieldset "
        "legend details summary aside footer dl dt dd blockquote noscript kbd table thead tbody tr th td "
        "figure figcaption q br optgroup g text rect line circle polyline desc",
    )
)


class Structure(HTMLParser):
    """What stands on a page: its elements, and everything in it that could act."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.strange: list[str] = []
        self.bubbles: list[str] = []
        self.feed(page)
        self.close()
        self.strange += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        given = dict(attrs)
        is_known = tag in OURS or (tag == "dialog" and given.get("id") == "keys-help")
        is_ours = is_known and not any(name.startswith(("on", "hx-on", "data-hx")) for name in names)
        leads = [given.get(name) for name in ("href", "src", "action", "formaction", "hx-get", "hx-post")]
        is_here = all(not to or re.match(r"/(?!/)|#|\?|tel:", to) for to in leads)
        if not is_ours or not is_here or "style" in names or "srcdoc" in names:
            self.strange.append(self.get_starttag_text() or tag)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.strange.append("a script in the page")
        if (given.get("class") or "") == "bubble":
            self.bubbles.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.strange.append(f"closed out of turn: {tag}")

    def handle_data(self, data: str) -> None:
        if self.bubbles and "p" in self.open and "main" in self.open:
            self.bubbles[-1] += data


@dataclass
class Filled:
    """A clinic to which all the strings have come."""

    wiring: Wiring
    client: Client
    codes: list[str] = field(default_factory=list)  # of the cases with a phone of their own
    big: str = ""  # the case with all the others
    preview: str = ""
    written: str = ""

    def admin(self) -> Client:
        """A signed-in administrator."""
        client = Client(create_app(self.wiring).test_client())
        client.sign_in("admin@example.com")
        return client


def number_of(place: int) -> str:
    """An invented phone."""
    return f"+1561556{place:04d}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    stopped = Clock(MONDAY_MORNING)
    settings = make_settings(tmp_path_factory.mktemp("naughty"), free_port())
    with clock.stopped_at(stopped):
        prepare(settings)
        wiring = build(settings)
        app = create_app(wiring)
        client = Client(app.test_client())
        ready = Filled(wiring, client)
        _import_patients(ready)
        _send_texts(ready, Webhook(app.test_client(), wiring), stopped)
        client.sign_in()
        yield ready
        wiring.close()


def _import_patients(filled: Filled) -> None:
    """Every string is a patient's name; what a list cannot hold is refused line by line, and left out."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["clinic_id", "name", "address", "phone"])
    for place, words in enumerate(STRINGS):
        lines.writerow([f"N-{place}", words, words, number_of(place)])
    admin = filled.admin()
    token = re.search(r'name="csrf_token" value="([^"]+)"', admin.get("/administration/patients").text)
    assert token
    file = FileStorage(io.BytesIO(out.getvalue().encode()), filename="patients.csv")
    form = {"csrf_token": token[1], "file": file}
    shown = admin.client.post("/administration/patients/preview", data=form)
    assert shown.status_code == 200
    filled.preview = shown.text
    hidden = dict(re.findall(r'name="(csrf_token|checksum|stamp)" value="([^"]+)"', shown.text))
    done = admin.client.post("/administration/patients/write", data={**hidden, "skip_bad": "1"})
    filled.written = admin.get(done.headers["Location"]).text


def _send_texts(filled: Filled, webhook: Webhook, stopped: Clock) -> None:
    for place, words in enumerate(STRINGS):
        stopped.forward(seconds=2)
        sender = number_of(place) if place % (len(STRINGS) // OWN_PHONES) == 0 else ONE_PHONE
        assert webhook.text(Body=words, From=sender).status_code == 200, ascii(words)
    with filled.wiring.db.reading() as session:
        for code, number in _cases(session):
            if number == ONE_PHONE:
                filled.big = filled.big or code
            else:
                filled.codes.append(code)


def _cases(session) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    found = session.execute(select(Case, Contact).join(Contact, Contact.id == Case.contact_id))
    return [(row.Case.code, row.Contact.number) for row in found]


def test_there_are_more_than_five_hundred() -> None:
    assert len(STRINGS) > 500


def test_every_string_arrived_as_it_was_sent(filled: Filled) -> None:
    with filled.wiring.db.reading() as session:
        kept = {one.body for one in session.scalars(select(Message).where(Message.direction == "in"))}
    assert {one.replace("\0", "") for one in STRINGS} - kept == set()


def test_nearly_every_string_is_a_patients_name(filled: Filled) -> None:
    with filled.wiring.db.reading() as session:
        names = [one.name for one in session.scalars(select(Patient))]
    assert len(names) > 400
    assert "Written" in filled.written
    assert any("<script>" in name for name in names)


@pytest.mark.parametrize(
    "address",
    ["/", "/?show=unassigned&n=2000", "/?poll=1&n=2000", "/cases/{big}", "/cases/{big}?all=1",
     "/cases/{big}/chart/page", "/numbers", "/search"],
)  # fmt: skip
def test_a_screen_stays_whole(filled: Filled, address: str) -> None:
    shown = filled.client.get(address.format(big=filled.big))
    assert shown.status_code == 200
    assert Structure(shown.text).strange == []


def test_each_case_stays_whole_and_shows_the_very_words(filled: Filled) -> None:
    assert len(filled.codes) > OWN_PHONES // 2
    for code in filled.codes:
        shown = filled.client.get(f"/cases/{code}")
        found = Structure(shown.text)
        assert (shown.status_code, found.strange) == (200, []), code
        with filled.wiring.db.reading() as session:
            case = session.scalars(select(Case).where(Case.code == code)).one()
            texts = session.scalars(select(Message).where(Message.case_id == case.id)).all()
            bodies = {visible(one.body) for one in texts if one.body.strip()}
        said = ["".join(one.split()) for one in found.bubbles]
        assert all(any("".join(body.split()) in one for one in said) for body in bodies), code


def test_the_forms_of_a_text_stay_whole(filled: Filled) -> None:
    with filled.wiring.db.reading() as session:
        case = session.scalars(select(Case).where(Case.code == filled.big)).one()
        texts = session.scalars(
            select(Message.id).where(Message.case_id == case.id, Message.direction == "in")
        ).all()
    for text in texts[::10]:
        shown = filled.client.get(f"/cases/{filled.big}/messages/{text}/correct")
        assert shown.status_code == 200
        assert Structure(shown.text).strange == []


def test_whoever_looks_for_a_string_gets_a_whole_page(filled: Filled) -> None:
    for words in STRINGS[::9]:
        shown = filled.client.submit("/search", "/search", q=words)
        assert shown.status_code == 303
        page = filled.client.get(shown.headers["Location"])
        assert page.status_code == 200, ascii(words)
        assert Structure(page.text).strange == [], ascii(words)


def test_administration_stays_whole(filled: Filled) -> None:
    admin = filled.admin()
    assert Structure(filled.preview).strange == []
    assert Structure(filled.written).strange == []
    for address in ("audit", "audit?code=%3Cscript%3E", "patients", "health", "hours"):
        shown = admin.get(f"/administration/{address}")
        assert shown.status_code == 200
        assert Structure(shown.text).strange == [], address


def test_no_export_holds_a_formula_or_a_word_of_a_patient(filled: Filled) -> None:
    admin = filled.admin()
    audit = admin.submit("/administration/audit", "/administration/audit.csv").text
    numbers = re.findall(r'href="(/numbers\.csv[^"]+)"', admin.get("/numbers").text)
    exports = [audit, *(admin.get(one.replace("&amp;", "&")).text for one in numbers)]
    assert len(exports) > 3
    for one in exports:
        cells = [cell for row in csv.reader(io.StringIO(one)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "@", "\t", "\r")]
        assert "__hit" not in one


def test_the_chart_is_plain_text(filled: Filled) -> None:
    shown = filled.client.get(f"/cases/{filled.big}/chart")
    assert shown.status_code == 200
    assert shown.mimetype == "text/plain"
    assert "nosniff" in shown.headers["X-Content-Type-Options"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def served(filled: Filled) -> Iterator[str]:
    """The same clinic behind an address, for a real browser."""
    port = filled.wiring.settings.port
    server = make_server("127.0.0.1", port, create_app(filled.wiring), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
def test_nothing_runs_and_nothing_is_pushed_out_of_the_screen(
    filled: Filled, served: str, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    context.add_init_script(LISTEN)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
    page.goto(f"{served}/sign-in")
    sign_in(page, "nurse@example.com", PASSWORD)
    addresses = [
        "/",
        "/?show=unassigned&n=2000",
        f"/cases/{filled.big}?all=1",
        f"/cases/{filled.big}/chart/page",
    ]
    for address in [*addresses, *(f"/cases/{code}" for code in filled.codes[::6])]:
        page.goto(served + address)
        complaints += _seen(page, address)
    for words in ("script", "WWWWWWWW", "before"):
        page.goto(f"{served}/search")
        page.locator("#q").fill(words)
        page.get_by_role("button", name="Search", exact=True).click()
        page.get_by_role("heading", name="Texts").wait_for()
        complaints += _seen(page, f"search for {words}")
    context.close()
    assert complaints == []


def _seen(page: Page, where: str) -> list[str]:
    hit, spare, widest = page.evaluate(
        """() => [window.__hit, document.documentElement.scrollWidth - document.documentElement.clientWidth,
          [...document.querySelectorAll("main *")]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .slice(0, 2).map(one => one.outerHTML.slice(0, 160))]"""
    )
    faults = [f"{where}: a script ran"] if hit else []
    return faults + ([f"{where}: scrolls sideways by {spare} px: {widest}"] if spare > 0 else [])
