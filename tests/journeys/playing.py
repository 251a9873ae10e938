"""Plays a conversation: posts its texts, does what staff do, and compares with what the file says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock, escalation
from smsbot.correspondence import writing
from smsbot.escalation import Rounds
from smsbot.models import (
    Case,
    CaseState,
    Contact,
    Dispatch,
    Message,
    Patient,
    PatientNumber,
    Staff,
    TriageRecord,
    new_id,
)
from smsbot.replies.segments import segments
from smsbot.triage import Engine
from smsbot.twilio.signature import sign
from smsbot.web import create_app
from smsbot.wiring import Wiring, build
from tests.conftest import Clock, free_port, make_settings
from tests.faults.parts import new_phone
from tests.journeys.conversation import Conversation
from tests.system import inbound_form

SAMPLE = Path(__file__).parents[2] / "smsbot" / "defaults" / "clinic.toml"


@dataclass
class House:
    """A clinic that conversations share: each has phones of its own."""

    wiring: Wiring

    def __post_init__(self) -> None:
        self.client = create_app(self.wiring).test_client()

    def post(self, form: dict[str, str]) -> int:
        """Post a signed text; the status of the answer."""
        path = "/twilio/sms"
        raw = urlencode(form)
        fields = tuple((name.encode(), value.encode()) for name, value in form.items())
        url = f"{self.wiring.settings.public_url}{path}"
        headers = {"X-Twilio-Signature": sign(self.wiring.account.auth_tokens[0], url, fields)}
        answer = self.client.post(
            path, data=raw, content_type="application/x-www-form-urlencoded", headers=headers
        )
        return answer.status_code


@contextmanager
def house_of(folder: Path, prepared_home: Path, clinic: dict[str, Any], engine: Engine) -> Iterator[House]:
    """A house whose clinic profile is the sample with these changes."""
    profile = SAMPLE.read_text()
    for key, value in clinic.items():
        profile, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {json.dumps(value)}", profile)
        assert count == 1, f"{key} does not stand in the sample profile"
    file = folder / "clinic" / "clinic.toml"
    file.parent.mkdir(parents=True)
    file.write_text(profile)
    settings = make_settings(folder, free_port(), CLINIC_FILE=str(file))
    shutil.copytree(prepared_home, settings.home)
    wiring = build(settings, engine)
    try:
        yield House(wiring)
    finally:
        wiring.close()


class Player:
    """One conversation in a house."""

    def __init__(self, house: House, conversation: Conversation, time: Clock) -> None:
        self.house, self.wiring, self.told, self.time = house, house.wiring, conversation, time
        self.phones: dict[str, str] = {}
        self._seen: set[str] = set()  # messages of earlier steps
        self._alerts: set[str] = set()

    def play(self) -> None:
        """All steps; AssertionError names the step."""
        self.time.at = self.told.starts
        self._enlist()
        for number, step in enumerate(self.told.steps, 1):
            self.time.at = self.told.moment(step, self.time.at)
            where = f"{self.told.name}, step {number} ({step.get('text') or step.get('does') or 'wait'})"
            self._do(step, where)
            Rounds(self.wiring.db, self.wiring.ladder).go()
            with self.wiring.db.reading() as session:
                self._compare(session, step, where)

    def end(self) -> None:
        """Resolve what is open, so that it climbs in nobody else's conversation."""
        with self.wiring.db.writing() as session:
            nurse = self._staff(session, "nurse")
            for case in self._cases(session):
                if case.state != CaseState.RESOLVED:
                    escalation.resolve(session, case, nurse.id, None)

    # Doing

    def _do(self, step: dict[str, Any], where: str) -> None:
        if "text" in step or "media" in step:
            self._text(step, where)
        elif "does" in step:
            with self.wiring.db.writing() as session:
                self._act(session, step, where)

    def _text(self, step: dict[str, Any], where: str) -> None:
        phone = self._phone(step.get("who", "patient"))
        form = inbound_form(self.wiring.account.account_sid, step.get("text", ""), phone)
        for index, kind in enumerate(step.get("media", ())):
            form |= {f"MediaUrl{index}": f"https://api.example/{index}", f"MediaContentType{index}": kind}
        form["NumMedia"] = str(len(step.get("media", ())))
        if "opt_out" in step:
            form["OptOutType"] = step["opt_out"]
        status = self.house.post(form)
        assert status == 200, f"{where}: answered with {status}"

    def _act(self, session: Session, step: dict[str, Any], where: str) -> None:
        person = self._staff(session, step.get("staff", "nurse"))
        case = self._cases(session)[-1]
        match step["does"]:
            case "takes":
                self.wiring.ladder.take(session, case, person.id)
            case "takes by text":
                self.wiring.ladder.take(session, case, person.id, by="text")
            case "opens":
                self.wiring.ladder.note_opened(session, case, person.id)
            case "writes":
                writing.write_to_patient(session, case, person.id, step["words"])
            case "resolves":
                escalation.resolve(session, case, person.id, step.get("words"))
            case "passes on":
                self.wiring.ladder.pass_on(session, case, person.id)
            case "sets the language":
                session.get_one(Contact, case.contact_id).set_language = step["words"]
            case other:
                raise AssertionError(f"{where}: staff cannot do {other!r}")

    def _enlist(self) -> None:
        """The patients of the clinic's list."""
        with self.wiring.db.writing() as session:
            for line in self.told.patients:
                patient = Patient(
                    id=new_id(),
                    clinic_id_index=new_id(),
                    name_index=new_id(),
                    language=line.get("language"),
                    created_at=clock.now(),
                    updated_at=clock.now(),
                )
                patient.clinic_id, patient.name = patient.clinic_id_index, line["name"]
                patient.birth_date = line.get("born")
                session.add(patient)
                session.flush()
                phone = self._phone(line.get("who", "patient"))
                number = PatientNumber(
                    id=new_id(),
                    patient_id=patient.id,
                    number_index=self.wiring.vault.blind_index("number", phone),
                    relation=line.get("relation", "self"),
                    may_be_told=line.get("may_be_told", "everything"),
                )
                number.number = phone
                session.add(number)

    # Comparing

    def _compare(self, session: Session, step: dict[str, Any], where: str) -> None:
        answers = self._new_answers(session)
        keys = [key for answer in answers for key in answer.reply_keys]
        words = "\n".join(str(answer.body) for answer in answers)
        if "answer" in step:
            assert keys == step["answer"], f"{where}: answered {keys}: {words!r}"
        for wanted in step.get("says", ()):
            assert wanted in words, f"{where}: {wanted!r} is not in {words!r}"
        for unwanted in step.get("says_not", ()):
            assert unwanted.casefold() not in words.casefold(), f"{where}: {unwanted!r} is in {words!r}"
        for answer in answers:
            self._check_words(answer, where)
        self._compare_cases(session, step, where)
        self._compare_contact(session, step, where)

    def _check_words(self, answer: Message, where: str) -> None:
        """What holds for every automatic text."""
        most = 3 if any(key.startswith("crisis.") for key in answer.reply_keys) else 2
        assert answer.body, f"{where}: an empty text"
        assert segments(answer.body) <= most, f"{where}: {segments(answer.body)} segments: {answer.body!r}"
        assert not re.search(r"[{}]", answer.body), f"{where}: a placeholder: {answer.body!r}"

    def _compare_cases(self, session: Session, step: dict[str, Any], where: str) -> None:
        cases = self._cases(session)
        alerts = {one.id for one in self._alert_dispatches(session, cases)}
        if "cases" in step:
            assert len(cases) == step["cases"], f"{where}: {len(cases)} cases"
        if "alerted" in step:
            is_alerted = bool(alerts - self._alerts)
            assert is_alerted == step["alerted"], (
                f"{where}: {'somebody' if is_alerted else 'nobody'} was alerted"
            )
        self._alerts |= alerts
        if "case" not in step:
            return
        assert cases, f"{where}: there is no case"
        self._compare_case(session, cases[-1], step["case"], where)

    def _compare_case(self, session: Session, case: Case, wanted: dict[str, Any], where: str) -> None:
        for name in ("urgency", "state", "team", "asked"):
            if name in wanted:
                found = getattr(case, name) or ""
                assert found == wanted[name], f"{where}: {name} is {found!r}"
        for name in ("flags", "intents"):
            missing = set(wanted.get(name, ())) - set(getattr(case, name))
            assert not missing, f"{where}: without {sorted(missing)}: {getattr(case, name)}"
        if "owner" in wanted:
            owner = session.get(Staff, case.owner_id) if case.owner_id else None
            assert (owner.role if owner else "") == wanted["owner"], (
                f"{where}: owned by {owner and owner.role}"
            )
        texts = list(session.scalars(select(Message).where(Message.case_id == case.id)))
        if "texts" in wanted:
            count = sum(text.direction == "in" for text in texts)
            assert count == wanted["texts"], f"{where}: {count} texts in the case"
        records = session.scalars(
            select(TriageRecord).where(TriageRecord.message_id.in_([text.id for text in texts]))
        )
        notes = " ".join(str(record.details) for record in records)
        for note in wanted.get("notes", ()):
            assert note in notes, f"{where}: staff do not read {note!r} in {notes!r}"

    def _compare_contact(self, session: Session, step: dict[str, Any], where: str) -> None:
        if "consent" not in step and "silence" not in step:
            return
        contact = self._contacts(session)[self._phone(step.get("who", "patient"))]
        if "consent" in step:
            assert contact.consent == step["consent"], f"{where}: consent is {contact.consent}"
        if "silence" in step:
            assert (contact.silence or "") == step["silence"], f"{where}: silence is {contact.silence}"

    # Looking

    def _phone(self, who: str) -> str:
        """The number of somebody in the conversation; a short code or a sender in capitals is itself."""
        if who.startswith("+") or who.isdigit() or who.isupper():
            return who
        return self.phones.setdefault(who, new_phone())

    def _contacts(self, session: Session) -> dict[str, Contact]:
        indexes = {self.wiring.vault.blind_index("number", phone): phone for phone in self._numbers()}
        found = session.scalars(select(Contact).where(Contact.number_index.in_(indexes)))
        return {indexes[contact.number_index]: contact for contact in found}

    def _numbers(self) -> list[str]:
        whos = {step.get("who", "patient") for step in self.told.steps}
        return [self._phone(who) for who in whos]

    def _cases(self, session: Session) -> list[Case]:
        ids = [contact.id for contact in self._contacts(session).values()]
        query = select(Case).where(Case.contact_id.in_(ids), Case.opened_at >= self.told.starts)
        return list(session.scalars(query.order_by(Case.opened_at, Case.id)))

    def _alert_dispatches(self, session: Session, cases: list[Case]) -> list[Dispatch]:
        ids = [case.id for case in cases]
        query = select(Dispatch).where(Dispatch.case_id.in_(ids), Dispatch.purpose == "alert")
        return list(session.scalars(query))

    def _new_answers(self, session: Session) -> list[Message]:
        ids = [contact.id for contact in self._contacts(session).values()]
        query = select(Message).where(Message.contact_id.in_(ids), Message.direction == "out")
        query = query.where(Message.author == "bot").order_by(Message.created_at, Message.id)
        found = [one for one in session.scalars(query) if one.id not in self._seen]
        self._seen |= {one.id for one in found}
        return found

    def _staff(self, session: Session, role: str) -> Staff:
        return session.scalars(select(Staff).where(Staff.role == role).order_by(Staff.id)).first()  # type: ignore[return-value]
