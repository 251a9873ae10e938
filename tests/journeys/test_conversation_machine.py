"""Anybody may text anything at any time: what comes back always keeps the rules of an answer.

Hypothesis invents the conversations; the same ones each time. Triage, handlers, policy, wording and database
are the real ones. The rules are written down here a second time, in another way than in the product.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from smsbot import clock, escalation, handlers
from smsbot.correspondence import writing
from smsbot.domain import Consent, Flag, Inbound, Silence, Situation, Triage
from smsbot.escalation import Rounds
from smsbot.intake.decision import Decision
from smsbot.models import Base, Case, CaseState, Contact, Message, Staff, TriageRecord
from smsbot.models.base import use_vault
from smsbot.replies.segments import segments
from smsbot.triage import Engine
from smsbot.wiring import Wiring, build
from tests.conftest import Clock, make_settings
from tests.faults.climbing import NoKick, without_waiting_for_the_disk
from tests.system import free_port
from tests.texts import inbound

BEGINS = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # 90 minutes before the office closes on a Monday
PHONES = ("+15615550120", "+15615550121")
TEXTS = (
    *("i want to kill myself", "i took all my pills", "chest pain since the infusion", "me quiero morir"),
    *("he hits me and is outside the door", "mwen vle mouri", "still chest pain", "my bp is 190/125"),
    *("i stopped sleeping and everything is racing", "threw up four times since yesterday", "i feel worse"),
    *("can i get an appointment", "can i move thursday to next week tuesday 3pm", "quiero una cita"),
    *("mwen bezwen yon randevou", "i need a refill", "refill lexapro please", "necesito mas sertralina"),
    *("tuesday after 3", "the cvs on atlantic", "lexapro", "yes", "no", "2", "hey", "???", "call me"),
    *("whats your fax number", "my address changed", "thanks!", "👍", "gracias", "ok", "are you a robot?"),
    *("STOP", "START", "HELP", "CANCEL", "YES", "stop texting me", "no me manden mas mensajes"),
    *("no more reminders please", "stop with the robot answers, i want a person", "wrong number"),
    *("dont write me on this phone, my husband reads everything", "stop my lexapro?", "2 pills left"),
)
_KEPT = ("stamps", "keys_in_use", "protocols", "alembic_version", "staff")
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)

phones = st.sampled_from((PHONES[0], PHONES[0], PHONES[1]))


@dataclass(frozen=True)
class Said:
    """An automatic text that a phone got."""

    at: datetime
    keys: tuple[str, ...]
    words: str
    case_id: str | None


class Line:
    """A clinic with a text line; its triage reads each text in its situation once."""

    def __init__(self, parts: Wiring, engine: Engine) -> None:
        self.parts, self.db = parts, parts.db
        without_waiting_for_the_disk(parts.db)
        self.rounds = Rounds(parts.db, parts.ladder)
        self.decided: Decision | None = None
        read = cache(engine.triage)
        policy = handlers.ReplyPolicy(opt_out_replies="ours")

        def decide(text: Inbound, situation: Situation) -> Decision:
            known = Situation(
                now=situation.now,
                earlier=situation.earlier,
                question=situation.question,
                staff_asked=situation.staff_asked,
            )
            triage: Triage = read(text.body, text.received_at, known)
            outcome = handlers.decide(text, triage, situation)
            self.decided = Decision(triage, handlers.apply_policy(outcome, text, situation, policy))
            return self.decided

        self.intake = replace(parts.intake, deciding=decide, kicker=NoKick())


class ConversationMachine(RuleBasedStateMachine):
    """Two phones, a nurse who sometimes works, and a clock."""

    line: ClassVar[Line]

    def __init__(self) -> None:
        super().__init__()
        self.time = Clock(BEGINS)
        self.ending = ExitStack()
        self.ending.enter_context(clock.stopped_at(self.time))
        self.heard: dict[str, list[Said]] = {phone: [] for phone in PHONES}
        self.seen: set[str] = set()
        self.rose: set[tuple[str, datetime]] = set()
        with self.line.db.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in _KEPT:
                    session.execute(delete(table))

    # What may happen

    @rule(phone=phones, body=st.sampled_from(TEXTS))
    def text(self, phone: str, body: str) -> None:
        before = self.contact(phone)
        case = self.case(phone)
        rank = case.urgency_rank if case else 0
        self.line.intake.receive(inbound(body, phone))
        after = self.case(phone)
        was_over = case is None or case.state == CaseState.RESOLVED
        if after is not None and (was_over or after.urgency_rank > rank):
            self.rose.add((after.id, self.time()))
        self.judge(phone, before, self.listen(phone))

    @rule(phone=phones, body=st.sampled_from(TEXTS), times=st.integers(3, 6))
    def robot(self, phone: str, body: str, times: int) -> None:
        for _ in range(times):
            self.time.forward(seconds=20)
            self.text(phone, body)

    @rule(minutes=st.sampled_from((1, 4, 6, 16, 61)))
    def time_passes(self, minutes: int) -> None:
        self.time.forward(minutes=minutes)
        self.line.rounds.go()
        for phone in PHONES:
            self.judge_unasked(phone, self.listen(phone))

    @rule(hours=st.sampled_from((9, 13, 30)))
    def much_time_passes(self, hours: int) -> None:
        self.time_passes(hours * 60)

    @rule(phone=phones)
    def somebody_takes(self, phone: str) -> None:
        self.act(phone, lambda session, case, nurse: self.line.parts.ladder.take(session, case, nurse))

    @rule(
        phone=phones, words=st.sampled_from(("What days suit you?", "1) Tue 3 PM 2) Wed 10 AM", "We call."))
    )
    def somebody_writes(self, phone: str, words: str) -> None:
        def write(session: Session, case: Case, nurse: str) -> None:
            if writing.why_not(session.get_one(Contact, case.contact_id)) is None:
                writing.write_to_patient(session, case, nurse, words)

        self.act(phone, write)

    @rule(phone=phones)
    def somebody_resolves(self, phone: str) -> None:
        self.act(phone, lambda session, case, nurse: escalation.resolve(session, case, nurse, None))

    @rule(phone=phones, language=st.sampled_from(("es", None)))
    def staff_set_the_language(self, phone: str, language: str | None) -> None:
        with self.line.db.writing() as session:
            contact = self.contact(phone, session)
            if contact is not None:
                contact.set_language = language

    def act(self, phone: str, what: object) -> None:
        with self.line.db.writing() as session:
            case = self.case(phone, session)
            if case is not None and case.state != CaseState.RESOLVED:
                nurse = session.scalars(select(Staff.id).where(Staff.role == "nurse")).first()
                what(session, case, nurse)  # type: ignore[operator]
        self.judge_unasked(phone, self.listen(phone))

    # What must be so

    def judge(self, phone: str, before: Contact | None, said: list[Said]) -> None:
        """The answers to a text."""
        decided = self.line.decided
        assert decided is not None
        triage, keys = decided.triage, [key for one in said for key in one.keys]
        context = f"{triage.urgency} {triage.flags} -> {keys}"
        for one in said:
            self.judge_words(phone, one)
        opted_out = before is not None and before.consent == Consent.OPTED_OUT
        private = before is not None and before.silence == Silence.PRIVATE
        if opted_out:
            assert keys in ([], ["consent.start"]), f"opted out, and got {context}"
        if private:
            assert not keys, f"a watched phone got {context}"
        if not opted_out and not private and decided.outcome.urgency == "emergency" and not said:
            assert self.may_be_silent_in_danger(phone, before), f"an emergency without an answer: {context}"
        self.judge_counts(phone)

    def judge_unasked(self, phone: str, said: list[Said]) -> None:
        """What comes without a text of the patient: a word that somebody has it, or that nobody has."""
        for one in said:
            assert all(key.startswith("follow.") for key in one.keys), one
            self.judge_words(phone, one)
            contact = self.contact(phone)
            assert contact is not None and contact.consent != Consent.OPTED_OUT
            assert contact.silence != Silence.PRIVATE
        self.judge_counts(phone)

    def judge_words(self, phone: str, one: Said) -> None:
        most = 3 if any(key.startswith("crisis.") for key in one.keys) else 2
        assert segments(one.words) <= most, one
        assert not re.search(r"[{}]", one.words), one
        assert self.languages_of(one) == self.languages_due(phone, one), one

    def judge_counts(self, phone: str) -> None:
        heard = self.heard[phone]
        questions: dict[str | None, int] = {}
        for one in heard:
            for key in one.keys:
                if key.startswith("ask."):
                    questions[one.case_id] = questions.get(one.case_id, 0) + 1
        assert all(count <= 1 for count in questions.values()), "two questions in a case"
        acknowledged = [one for one in heard if any(key.startswith("received.") for key in one.keys)]
        for earlier, later in zip(acknowledged, acknowledged[1:], strict=False):
            rose = (later.case_id or "", later.at) in self.rose
            is_soon = later.case_id == earlier.case_id and later.at - earlier.at < 15 * _MINUTE
            assert rose or not is_soon, f"acknowledged twice: {earlier} {later}"
        hour = [one for one in heard if self.time() - one.at < _HOUR]
        plain = [one for one in hour if not any(key.startswith(("crisis", "follow.")) for key in one.keys)]
        assert len(plain) <= 3, f"{len(plain)} replies in an hour"
        short = [one.at for one in heard if any(key.startswith("crisis_short.") for key in one.keys)]
        crises = [one.at for one in heard if any(key.startswith("crisis") for key in one.keys)]
        for at in short:
            assert not any(timedelta(0) < at - other < 5 * _MINUTE for other in crises), (
                "a crisis reply too soon"
            )

    def may_be_silent_in_danger(self, phone: str, before: Contact | None) -> bool:
        """Told of this danger lately, three times an hour already, or danger from others at that phone."""
        case = self.case(phone)
        if case is not None and Flag.DANGER_FROM_OTHERS in case.flags:
            return True
        if self.line.decided and self.line.decided.outcome.silence is Silence.PRIVATE:
            return True
        if self.line.decided and self.line.decided.outcome.consent == "stop":
            return False
        crises = [one.at for one in self.heard[phone] if any(key.startswith("crisis") for key in one.keys)]
        ages = [self.time() - at for at in crises]
        return any(age < 5 * _MINUTE for age in ages) or sum(age < _HOUR for age in ages) >= 3

    # What is so

    def languages_due(self, phone: str, one: Said) -> set[str]:
        """By the rule: what staff set, else what the contact's texts established, else all.

        An answer may go by what little its text shows; what comes later may not.
        """
        contact = self.contact(phone)
        assert contact is not None
        every = set(self.line.parts.clinic.languages)
        if contact.set_language:
            return {contact.set_language}
        if contact.language:
            return {contact.language}
        if one.keys[0].startswith("follow."):
            return every
        with self.line.db.reading() as session:
            query = select(TriageRecord).join(Message, Message.id == TriageRecord.message_id)
            query = query.where(Message.contact_id == contact.id).order_by(
                Message.created_at.desc(), Message.id.desc()
            )
            newest = session.scalars(query).first()
            body = "" if newest is None else str(session.get_one(Message, newest.message_id).body)
        words = re.findall(r"[^\W\d_]+", body)
        if newest is None or newest.language not in every or not words:
            return every
        return every if newest.language == "en" and len(words) == 1 else {newest.language}

    def languages_of(self, one: Said) -> set[str]:
        """The languages whose sentences stand in a text."""
        return {
            language
            for language, wording in self.line.parts.wording.texts.items()
            if any(part in one.words for text in wording.values() for part in _long_parts(text))
        }

    def listen(self, phone: str) -> list[Said]:
        """What the phone got since we listened last."""
        contact = self.contact(phone)
        if contact is None:
            return []
        query = select(Message).where(Message.contact_id == contact.id, Message.author == "bot")
        with self.line.db.reading() as session:
            found = list(session.scalars(query.order_by(Message.created_at, Message.id)))
            new = [
                Said(one.created_at, tuple(one.reply_keys), str(one.body), one.case_id)
                for one in found
                if one.id not in self.seen
            ]
        self.seen |= {one.id for one in found}
        self.heard[phone] += new
        return new

    def contact(self, phone: str, session: Session | None = None) -> Contact | None:
        index = self.line.parts.vault.blind_index("number", phone)
        query = select(Contact).where(Contact.number_index == index)
        if session is not None:
            return session.scalars(query).one_or_none()
        with self.line.db.reading() as reading:
            return reading.scalars(query).one_or_none()

    def case(self, phone: str, session: Session | None = None) -> Case | None:
        contact = self.contact(phone, session)
        if contact is None:
            return None
        query = (
            select(Case).where(Case.contact_id == contact.id).order_by(Case.opened_at.desc(), Case.id.desc())
        )
        if session is not None:
            return session.scalars(query.limit(1)).first()
        with self.line.db.reading() as reading:
            return reading.scalars(query.limit(1)).first()

    def teardown(self) -> None:
        self.ending.close()


@cache
def _long_parts(sentence: str) -> tuple[str, ...]:
    """Stretches of a sentence between its placeholders that are long enough to tell its language."""
    return tuple(part for part in re.split(r"\{\w+\}", sentence) if len(part.split()) >= 3)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, prepared_home: Path, engine: Engine) -> Iterator[Line]:
    """One home for all conversations; each begins with empty tables."""
    folder = tmp_path_factory.mktemp("line")
    profile = (Path(__file__).parents[2] / "smsbot" / "defaults" / "clinic.toml").read_text()
    (folder / "clinic.toml").write_text(
        profile.replace('opt_out_replies = "provider"', 'opt_out_replies = "ours"').replace(
            "night_cover = false", "night_cover = true"
        )
    )
    made = make_settings(folder, free_port(), CLINIC_FILE=str(folder / "clinic.toml"))
    shutil.copytree(prepared_home, made.home)
    parts = build(made, engine)
    use_vault(parts.vault)
    yield Line(parts, engine)
    parts.close()


def run(line: Line, conversations: int, *phases: Phase) -> None:
    ConversationMachine.line = line
    use_vault(line.parts.vault)
    chosen = settings(
        max_examples=conversations,
        stateful_step_count=8,
        phases=(Phase.generate, *phases),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(ConversationMachine, settings=chosen)


@pytest.mark.timeout(600)
def test_two_hundred_conversations_keep_the_rules_of_an_answer(line: Line) -> None:
    run(line, 200)


@pytest.mark.thorough
@pytest.mark.timeout(1800)
def test_two_thousand_conversations_do(line: Line) -> None:
    run(line, 2000)


@pytest.mark.demand
@pytest.mark.timeout(7200)
def test_ten_thousand_conversations_do(line: Line) -> None:
    """Tells the shortest conversation that fails."""
    run(line, 10_000, Phase.shrink)
