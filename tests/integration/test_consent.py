"""Consent from the webhook to the ledger: what a text says about being texted, and what it stops."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from smsbot import consent
from smsbot.cli import main
from smsbot.domain import Consent, Silence
from smsbot.models import Case, ConsentEntry, Contact, Dispatch, DispatchState, Event, Message
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Webhook
from tests.system import new_sid
from tests.texts import WALT

ROUTINE = "whats your fax number"
EMERGENCY = "chest tight since the infusion"


def say(webhook: Webhook, body: str, **fields: str) -> str:
    """Text this, under an id of its own; gives the answer."""
    sid = new_sid()
    return webhook.text(Body=body, MessageSid=sid, SmsSid=sid, SmsMessageSid=sid, **fields).text


def contact(wiring: Wiring) -> Contact:
    with wiring.db.reading() as session:
        return session.scalars(select(Contact)).one()


def ledger(wiring: Wiring) -> list[tuple[str, str, str, str | None]]:
    with wiring.db.reading() as session:
        lines = session.scalars(select(ConsentEntry).order_by(ConsentEntry.at, ConsentEntry.id))
        return [(one.kind, one.change, one.source, one.words) for one in lines if one.kind != "privacy"]


def send_again(wiring: Wiring, time: Clock) -> None:
    """No receipt has come for a reply in TwiML: the outbox takes it up."""
    time.forward(seconds=70)
    for dispatch_id in wiring.outbox.due_ids(10):
        wiring.outbox.deliver(dispatch_id)


def is_silent(answer: str) -> bool:
    return "<Message" not in answer


def change(wiring: Wiring, kind: consent.Kind, to: consent.Change, **how: object) -> bool:
    """Change the one contact's consent, by default by the provider's word."""
    with wiring.db.writing() as session:
        one = session.scalars(select(Contact)).one()
        return consent.change(session, one, kind=kind, change=to, **{"source": "provider", **how})  # type: ignore[arg-type]


def test_stop_is_in_the_ledger_with_its_words_and_later_texts_are_unanswered(
    wiring: Wiring, webhook: Webhook, time: Clock
) -> None:
    say(webhook, "Stop")
    assert contact(wiring).consent == Consent.OPTED_OUT
    assert contact(wiring).consent_at == time()
    assert ledger(wiring) == [("texts", "stop", "keyword", "Stop")]
    assert is_silent(say(webhook, ROUTINE))
    assert is_silent(say(webhook, EMERGENCY))
    with wiring.db.reading() as session:
        assert session.scalars(select(Message).where(Message.direction == "out")).all() == []
        assert session.scalars(select(Case)).one().urgency == "emergency"


def test_start_brings_the_answers_back(wiring: Wiring, webhook: Webhook, time: Clock) -> None:
    say(webhook, "STOP")
    time.forward(minutes=1)
    say(webhook, "START")
    assert ledger(wiring)[1:] == [("texts", "start", "keyword", "START")]
    assert not is_silent(say(webhook, ROUTINE))


def test_yes_is_a_start_only_for_who_has_opted_out(wiring: Wiring, webhook: Webhook, time: Clock) -> None:
    say(webhook, "YES")
    assert ledger(wiring) == []
    say(webhook, "STOP")
    time.forward(minutes=1)
    say(webhook, "Yes")
    assert ledger(wiring)[1:] == [("texts", "start", "keyword", "Yes")]
    assert contact(wiring).consent == Consent.OPTED_IN


def test_yes_does_not_start_a_toll_free_line(wiring: Wiring, webhook: Webhook) -> None:
    say(webhook, "STOP", To="+18445550100")
    say(webhook, "YES", To="+18445550100")
    assert contact(wiring).consent == Consent.OPTED_OUT


@pytest.mark.parametrize(
    "body", ["please stop texting me", "no me manden más mensajes", "pa voye mesaj ban mwen ankò"]
)
def test_plain_words_stop_us_and_get_one_confirmation(wiring: Wiring, webhook: Webhook, body: str) -> None:
    answer = say(webhook, body)
    assert "START" in answer
    assert ledger(wiring) == [("texts", "stop", "words", body)]
    assert is_silent(say(webhook, body)), "one confirmation, not two"
    assert len(ledger(wiring)) == 2, "every saying is kept"
    assert contact(wiring).consent == Consent.OPTED_OUT


@pytest.mark.parametrize(
    "body", ["should i stop my Lexapro?", "cancel my appt friday", "quiero dejar la pastilla"]
)
def test_stopping_something_else_is_no_opt_out(wiring: Wiring, webhook: Webhook, body: str) -> None:
    say(webhook, body)
    assert contact(wiring).consent == Consent.UNKNOWN
    assert ledger(wiring) == []


def test_what_the_provider_took_for_an_opt_out_is_one(wiring: Wiring, webhook: Webhook, time: Clock) -> None:
    assert is_silent(say(webhook, "basta ya", OptOutType="STOP"))
    assert contact(wiring).consent == Consent.OPTED_OUT
    time.forward(minutes=1)
    assert is_silent(say(webhook, "hola", OptOutType="START"))
    assert ledger(wiring) == [
        ("texts", "stop", "provider", "basta ya"),
        ("texts", "start", "provider", "hola"),
    ]


def test_no_reminders_is_no_opt_out(wiring: Wiring, webhook: Webhook, time: Clock) -> None:
    say(webhook, "no more reminders please")
    assert contact(wiring).reminders_off_at == time()
    assert contact(wiring).consent == Consent.UNKNOWN
    assert ledger(wiring) == [("reminders", "stop", "words", "no more reminders please")]
    time.forward(minutes=30)
    assert not is_silent(say(webhook, ROUTINE))


def test_who_wants_a_person_gets_no_robot_and_is_seen(wiring: Wiring, webhook: Webhook) -> None:
    body = "stop with the robot answers, I want a person"
    say(webhook, body)
    assert contact(wiring).silence == Silence.COMPLAINT
    assert contact(wiring).consent == Consent.UNKNOWN
    assert ledger(wiring) == [("automatic", "stop", "words", body)]
    assert is_silent(say(webhook, ROUTINE))
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().urgency == "routine"


def test_a_phone_that_others_read_gets_nothing_more_not_even_a_crisis_reply(
    wiring: Wiring, webhook: Webhook
) -> None:
    assert is_silent(say(webhook, "don’t write me on this phone, my husband reads everything"))
    assert contact(wiring).silence == Silence.PRIVATE
    assert is_silent(say(webhook, EMERGENCY))
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().urgency == "emergency"


def test_a_reply_that_waits_is_stopped_before_the_provider_when_its_contact_opts_out(
    wiring: Wiring, webhook: Webhook, phones: Phones, time: Clock
) -> None:
    say(webhook, ROUTINE)  # answered in TwiML; no receipt comes, so the outbox sends it again
    change(wiring, "texts", "stop")
    send_again(wiring, time)
    assert [one for one in phones.client.ledger() if one["to"] == WALT] == []
    with wiring.db.reading() as session:
        reply = session.scalars(select(Dispatch).where(Dispatch.purpose == "reply")).one()
        assert (reply.state, reply.error) == (DispatchState.FAILED, consent.OPTED_OUT)
        assert session.scalars(select(Case)).one().reply_lost == consent.OPTED_OUT


@pytest.mark.parametrize("body", ["please stop texting me", "stop texting me, i want to die"])
def test_the_one_answer_to_the_opt_out_itself_leaves(
    wiring: Wiring, webhook: Webhook, phones: Phones, time: Clock, body: str
) -> None:
    say(webhook, body)
    send_again(wiring, time)
    assert len([one for one in phones.client.ledger() if one["to"] == WALT]) == 1
    assert contact(wiring).consent == Consent.OPTED_OUT


def test_a_refusal_by_the_provider_teaches_us_the_opt_out(
    wiring: Wiring, webhook: Webhook, phones: Phones, time: Clock
) -> None:
    phones.client.faults({"do": "refuse", "code": 21610, "match": {"method": "POST"}})
    say(webhook, ROUTINE)
    send_again(wiring, time)
    assert contact(wiring).consent == Consent.OPTED_OUT
    assert ledger(wiring) == [("texts", "stop", "provider", None)]
    assert is_silent(say(webhook, ROUTINE))


def test_the_provider_saying_the_same_again_is_one_line(wiring: Wiring, webhook: Webhook) -> None:
    say(webhook, ROUTINE)
    assert change(wiring, "texts", "stop")
    assert not change(wiring, "texts", "stop")
    assert len(ledger(wiring)) == 1


def test_the_notice_is_told_once(wiring: Wiring, webhook: Webhook, time: Clock) -> None:
    say(webhook, "thanks!")
    change(wiring, "privacy", "told", source="notice")
    told_at = contact(wiring).notice_at
    time.forward(days=1)
    assert not change(wiring, "privacy", "told", source="notice")
    assert contact(wiring).notice_at == told_at
    with wiring.db.reading() as session:
        assert len(session.scalars(select(ConsentEntry).where(ConsentEntry.source == "notice")).all()) == 1


def test_a_graver_silence_is_kept_and_start_does_not_end_it(wiring: Wiring, webhook: Webhook) -> None:
    say(webhook, "my husband reads this phone, dont text me")
    change(wiring, "automatic", "stop", silence=Silence.COMPLAINT)
    change(wiring, "texts", "start")
    assert contact(wiring).silence == Silence.PRIVATE
    change(wiring, "automatic", "start", source="staff")
    assert contact(wiring).silence is None


def test_start_ends_a_complaint_and_brings_reminders_back(wiring: Wiring, webhook: Webhook) -> None:
    say(webhook, "hi")
    change(wiring, "automatic", "stop")
    change(wiring, "reminders", "stop")
    change(wiring, "texts", "start")
    assert (contact(wiring).silence, contact(wiring).reminders_off_at) == (None, None)


def test_a_change_that_makes_no_sense_is_refused(wiring: Wiring, webhook: Webhook) -> None:
    say(webhook, "hi")
    with pytest.raises(ValueError, match="texts cannot agreed"):
        change(wiring, "texts", "agreed")


def test_the_audit_log_says_what_changed_without_words_or_number(wiring: Wiring, webhook: Webhook) -> None:
    say(webhook, "please stop texting me")
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "consent_changed")).one()
        assert event.details == {
            "contact_id": contact(wiring).id,
            "consent": "opted_out",
            "of": "texts",
            "change": "stop",
            "source": "words",
        }


# --- the command line -----------------------------------------------------------------------------------


@pytest.fixture
def smsbot(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A runner whose environment is this home's."""
    settings = {
        "SMSBOT_HOME": str(wiring.settings.home),
        "PORT": str(wiring.settings.port),
        "DATABASE_URL": wiring.settings.database_url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield CliRunner()


def run(smsbot: CliRunner, *words: str) -> Result:
    return smsbot.invoke(main, ["consent", *words])


def exported(place: Path) -> list[dict[str, str]]:
    with place.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_export_holds_every_line_and_nobody_else_can_read_it(
    webhook: Webhook, smsbot: CliRunner, time: Clock, tmp_path: Path
) -> None:
    say(webhook, "stop texting me, =cmd")
    time.forward(days=2)
    say(webhook, "START")
    place = tmp_path / "ledger.csv"
    done = run(smsbot, "export", "--csv", str(place))
    assert done.exit_code == 0
    assert done.stdout == ""
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    rows = [row for row in exported(place) if row["kind"] == "texts"]
    assert list(rows[0]) == ["number", "at", "kind", "change", "source", "words"]
    assert [(row["number"], row["change"], row["words"]) for row in rows] == [
        (f"'{WALT}", "stop", "stop texting me, =cmd"),
        (f"'{WALT}", "start", "START"),
    ]
    since = tmp_path / "since.csv"
    run(smsbot, "export", "--since", "2026-11-24", "--csv", str(since))
    assert [row["change"] for row in exported(since) if row["kind"] == "texts"] == ["start"]


@pytest.mark.parametrize(
    "words", ["=1+1 stop texting me", "+stop texting me", "@stop texting me", "\tstop texting me"]
)
def test_no_cell_of_the_export_is_a_formula(
    webhook: Webhook, smsbot: CliRunner, tmp_path: Path, words: str
) -> None:
    say(webhook, words)
    place = tmp_path / "ledger.csv"
    run(smsbot, "export", "--csv", str(place))
    rows = exported(place)
    assert f"'{words}" in [row["words"] for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())


def test_the_export_overwrites_nothing_and_goes_to_the_screen_only_when_told(
    webhook: Webhook, smsbot: CliRunner, tmp_path: Path
) -> None:
    say(webhook, "STOP")
    place = tmp_path / "ledger.csv"
    place.write_text("mine")
    assert run(smsbot, "export", "--csv", str(place)).exit_code == 2
    assert place.read_text() == "mine"
    assert run(smsbot, "export").exit_code == 2
    assert "keyword" in run(smsbot, "export", "--csv", "-").stdout
    assert run(smsbot, "export", "--since", "yesterday", "--csv", "-").exit_code == 2


def test_staff_record_what_they_were_told(wiring: Wiring, webhook: Webhook, smsbot: CliRunner) -> None:
    say(webhook, "hi")
    words = ("--by", "nurse@example.com", "--why", "signed the paper form")
    done = run(smsbot, "set", WALT, "privacy", "agreed", *words)
    assert done.exit_code == 0, done.output
    run(smsbot, "set", "(561) 555-0110", "texts", "stop", *words)
    assert ledger(wiring) == [("texts", "stop", "staff", "signed the paper form")]
    shown = run(smsbot, "show", WALT).stdout
    assert "may not be texted: opted out" in shown
    assert "agreed to it: yes" in shown
    assert "texts stop  by staff" in shown
    assert "paper form" not in shown
    assert "paper form" in run(smsbot, "show", WALT, "--words").stdout


def test_consent_of_a_number_that_has_never_texted_can_be_recorded(wiring: Wiring, smsbot: CliRunner) -> None:
    words = ("--by", "nurse@example.com", "--why", "on the intake form")
    assert run(smsbot, "set", WALT, "privacy", "agreed", *words).exit_code == 0
    assert contact(wiring).number == WALT


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("set", WALT, "texts", "agreed", "--by", "nurse@example.com", "--why", "x"), "start or stop"),
        (("set", WALT, "privacy", "start", "--by", "nurse@example.com", "--why", "x"), "say agreed"),
        (("set", WALT, "texts", "stop", "--by", "nobody@example.com", "--why", "x"), "smsbot staff list"),
        (("set", WALT, "texts", "stop", "--by", "nurse@example.com", "--why", " "), "what the patient said"),
        (("set", "12", "texts", "stop", "--by", "nurse@example.com", "--why", "x"), "+15615550123"),
        (("show", WALT), "never texted us"),
    ],
)
def test_a_wrong_order_is_refused_with_what_to_do(
    wiring: Wiring, smsbot: CliRunner, words: tuple[str, ...], says: str
) -> None:
    done = run(smsbot, *words)
    assert done.exit_code != 0
    assert says in done.output
    with wiring.db.reading() as session:
        assert session.scalars(select(Contact)).all() == []
