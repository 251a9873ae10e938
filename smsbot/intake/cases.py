"""Cases: a text joins the open one, opens again what was resolved lately, or opens a new one.

Nothing but a person closes a case.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock, tasks
from smsbot.clinic import Clinic
from smsbot.domain import EMERGENCY_FLAGS, Flag, Inbound, Intent, Urgency
from smsbot.escalation import Ladder, handing, taking
from smsbot.intake.decision import Decision
from smsbot.intake.situation import lately_resolved, newest_open_case
from smsbot.models import Case, CaseState, Contact, Dispatch, new_id
from smsbot.triage.conditions import night_conditions

# No vowels, no digits that look like letters: codes are read out on the phone and spell nothing.
_CODE_LETTERS = "2345679CDFGHJKMNPQRTVWXY"
_CODE_LENGTH = 4


@dataclass(frozen=True)
class Cases:
    """What a text does to the cases of its contact, and who hears of it."""

    clinic: Clinic
    ladder: Ladder

    def of(
        self, session: Session, contact: Contact, inbound: Inbound, decision: Decision
    ) -> tuple[Case | None, str]:
        """The case the text joins or opens, and why that may be a reason for a new alert ("": it is none)."""
        urgency = decision.outcome.urgency
        case = newest_open_case(session, contact.id, lock=True)
        if case is None:
            if not decision.outcome.opens_case:
                return None, ""
            lately = lately_resolved(session, contact.id, clock.now(), lock=True)
            if lately is not None:
                self._reopen(session, lately, decision, inbound)
                tasks.note_wish(session, self.clinic, lately, decision.triage)
                return lately, "reopened"
            return self._open_case(session, contact, inbound, decision), "new"
        handing.wake(session, self.clinic, case, "text")
        if urgency is Urgency.NONE:
            case.version += 1  # nobody is told, but who is about to resolve it sees it first
            return case, ""
        rose = case.raise_urgency(urgency)
        is_new_danger = bool(_new_dangers(case, decision))
        self._join(case, decision, inbound)
        tasks.note_wish(session, self.clinic, case, decision.triage)
        if rose:
            audit.record(session, "urgency_raised", case_id=case.id, urgency=urgency)
            return case, "risen"
        return case, "new_danger" if is_new_danger else "further"

    def _open_case(self, session: Session, contact: Contact, inbound: Inbound, decision: Decision) -> Case:
        urgency = decision.outcome.urgency
        case = Case(
            id=new_id(),
            code=unused_code(session),
            contact_id=contact.id,
            state=CaseState.OPEN,
            urgency=urgency,
            urgency_rank=urgency.rank,
            intents=[],
            flags=[],
            team="",
            opened_at=clock.now(),
        )
        self._join(case, decision, inbound)
        session.add(case)
        session.flush()
        audit.record(session, "case_opened", case_id=case.id, urgency=urgency, team=case.team)
        tasks.note_wish(session, self.clinic, case, decision.triage)
        return case

    def _reopen(self, session: Session, case: Case, decision: Decision, inbound: Inbound) -> None:
        """Open again what was resolved lately, with its history; how urgent it is now, the new text says."""
        urgency = decision.outcome.urgency
        case.state, case.urgency, case.urgency_rank = CaseState.OPEN, urgency, urgency.rank
        taking.end_alerts(session, case.id)
        case.intents, case.conditions, case.look_by, case.reply_lost = [], [], None, None
        # On a phone that may be watched no second text appears: not now either.
        case.flags = [flag for flag in case.flags if flag == Flag.DANGER_FROM_OTHERS]
        case.owner_id = case.taken_at = case.owner_opened_at = case.acted_at = case.resolved_at = None
        case.resolved_by = case.resolution = case.waiting_at = None
        self._join(case, decision, inbound)
        audit.record(session, "case_reopened", case_id=case.id, urgency=urgency, by="text")

    def _join(self, case: Case, decision: Decision, inbound: Inbound) -> None:
        """Merge what was read into the case: it holds all its texts' intents, flags and conditions."""
        received_at = inbound.received_at
        opens_at = self.clinic.office_at(received_at).opens_at
        found = night_conditions(inbound.body, decision.triage, received_at, opens_at, self.clinic.zone)
        case.conditions = list(dict.fromkeys([*(case.conditions or []), *found]))
        case.intents = _merged(case.intents, decision.triage.intents)
        case.flags = _merged(case.flags, decision.triage.flags)
        case.team = self.clinic.team_for([Intent(name) for name in case.intents], Urgency(case.urgency))
        look_by = self.clinic.look_by(decision.outcome.urgency, received_at)
        if look_by is not None and (case.look_by is None or look_by < case.look_by):
            case.look_by = look_by
        case.asked_at = None  # whatever was asked in it: this is the answer, or there will be none
        case.version = (case.version or 0) + 1

    def tell_staff(
        self, session: Session, case: Case | None, decision: Decision, reason: str
    ) -> list[Dispatch]:
        """Tell staff: of a new or risen case, of a new danger, of a further emergency in a taken case.

        A further text of a case that climbs already is one with it. The owner of a taken case hears first
        of a further emergency; of a new danger, or of an act, everybody the ladder names hears at once.
        """
        if case is None or not reason:
            return []
        urgency, is_taken = decision.outcome.urgency, case.state == CaseState.TAKEN
        if is_taken and reason == "further" and urgency is not Urgency.EMERGENCY:
            return self.ladder.renew(session, case, urgency)
        if not decision.outcome.tells_staff:
            return []
        if reason in ("new", "reopened", "risen") or (reason == "new_danger" and is_taken):
            return self.ladder.alert(session, case, reason)
        if urgency is Urgency.EMERGENCY and is_taken:
            return self.ladder.alert(session, case, "again", to_owner=True)
        return [] if is_taken else self.ladder.further(session, case, urgency)


# What a person has done, where the other dangers are what happens to them: said again, it was done again.
_ACTS = {Flag.OVERDOSE, Flag.SELF_HARM}


def _new_dangers(case: Case, decision: Decision) -> set[Flag]:
    """The dangers of this text that the case did not hold, and acts, which count anew each time."""
    dangers = EMERGENCY_FLAGS.intersection(decision.triage.flags)
    return {flag for flag in dangers if flag in _ACTS or str(flag) not in case.flags}


def _merged(known: list[str], further: tuple[Intent | Flag, ...]) -> list[str]:
    return list(dict.fromkeys([*known, *(str(one) for one in further)]))


def unused_code(session: Session) -> str:
    """A case code that no case has. Raises RuntimeError when hardly any is free."""
    for _ in range(50):
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
        if session.scalars(select(Case.id).where(Case.code == code)).first() is None:
            return code
    raise RuntimeError("no case code is free: archive old cases")
