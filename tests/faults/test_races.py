"""One text from everywhere at once, and many texts of one contact: kept once each, one case, one alert."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.conftest import ON_BOTH
from tests.faults.parts import Parts, new_phone, parts_on
from tests.faults.poster import race
from tests.faults.scenes import EMERGENCY, ROUTINE, THANKS
from tests.system import eventually, new_sid

COPIES = 200
TEXTS = 50
WRITERS, WRITES = 4, 50

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module", params=ON_BOTH)
def parts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Every part of a system, two web processes among them."""
    settings = {}
    if request.param == "postgres":
        make_database: Callable[[], str] = request.getfixturevalue("postgres")
        settings["DATABASE_URL"] = make_database()
    with parts_on(tmp_path_factory.mktemp("parts"), **settings) as made:
        made.redis()
        made.provider()
        made.web()
        made.worker()
        made.worker("rest")
        made.sweep()
        yield made


def post_from_everywhere(parts: Parts, forms: list[dict[str, str]]) -> list[str]:
    """Eight processes post these; the bodies of the answers, all of which are 200."""
    url = f"{parts.system.url}/twilio/sms"
    answers = race(url, parts.system.account["auth_token"], forms)
    assert {status for status, _ in answers} == {200}, parts.system.log()
    return [body for _, body in answers]


def test_two_hundred_copies_of_a_webhook_are_one_text(parts: Parts) -> None:
    phone, sid = new_phone(), new_sid()
    form = parts.system.form(EMERGENCY, phone, sid)
    answers = post_from_everywhere(parts, [form] * COPIES)
    assert len(answers) == COPIES
    assert len(set(answers)) == 1
    assert "<Message" in answers[0]

    contact_id = parts.message_of(sid).contact_id
    assert len(parts.messages_of(contact_id)) == 1
    assert len(parts.messages_of(contact_id, "out")) == 1
    (case,) = parts.cases_of(contact_id)
    eventually(lambda: parts.alerts_about(case))

    # and long after the fact
    assert parts.system.post(form).text == answers[0]
    assert len(parts.messages_of(contact_id)) == 1
    assert len(parts.alerts_about(case)) == 1


def test_fifty_texts_of_a_new_contact_open_one_case(parts: Parts) -> None:
    check_one_case(parts, new_phone())


def test_fifty_texts_of_a_known_contact_without_a_case_open_one_case(parts: Parts) -> None:
    phone = new_phone()
    assert parts.system.post(parts.system.form(THANKS, phone)).ok
    check_one_case(parts, phone, earlier=1)


def check_one_case(parts: Parts, phone: str, earlier: int = 0) -> None:
    """Fifty different texts at once, an emergency among them."""
    forms = [parts.system.form(f"{ROUTINE} ({number})", phone) for number in range(TEXTS - 1)]
    forms.insert(TEXTS // 2, parts.system.form(EMERGENCY, phone))
    answers = post_from_everywhere(parts, forms)
    assert len(answers) == TEXTS

    contact_ids = {parts.message_of(form["MessageSid"]).contact_id for form in forms}
    (contact_id,) = contact_ids
    assert len(parts.messages_of(contact_id)) == TEXTS + earlier
    (case,) = parts.cases_of(contact_id)
    assert case.urgency == "emergency"
    # each saw what the one before had changed, and one was answered with the notice that is given once
    assert parts.version_of(contact_id) == TEXTS + earlier + 1
    assert {one.case_id for one in parts.messages_of(contact_id)} <= {case.id, None}


def test_writers_that_look_first_lose_nothing(parts: Parts) -> None:
    assert parts.system.post(parts.system.form(THANKS, phone := new_phone(), sid := new_sid())).ok, phone
    contact_id = parts.message_of(sid).contact_id
    before = parts.version_of(contact_id)
    writers = [
        parts.system.start("-m", "tests.faults.writer", parts.settings.database_url, contact_id, str(WRITES))
        for _ in range(WRITERS)
    ]
    assert {writer.wait(timeout=60) for writer in writers} == {0}, parts.system.log()
    assert parts.version_of(contact_id) == before + WRITERS * WRITES


def test_one_message_id_under_two_senders_is_kept_once(parts: Parts) -> None:
    sids = [new_sid() for _ in range(10)]
    senders = (new_phone(), new_phone())
    forms = [parts.system.form(EMERGENCY, sender, sid) for sid in sids for sender in senders * 4]
    answers = post_from_everywhere(parts, forms)
    by_sid: dict[str, set[str]] = {}
    for form, answer in zip(in_order_of_posting(forms), answers, strict=True):
        by_sid.setdefault(form["MessageSid"], set()).add(answer)
    assert set(map(len, by_sid.values())) == {1}  # whoever was second got the words of the first
    for sid in sids:
        parts.message_of(sid)  # one, or this raises


def in_order_of_posting(forms: list[dict[str, str]]) -> list[dict[str, str]]:
    """The forms in the order in which `race` gives their answers."""
    return [form for number in range(8) for form in forms[number::8]]
