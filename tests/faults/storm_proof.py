"""What must be true after a storm, from the ledgers of those who outlived it: nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from smsbot import clock
from smsbot.domain import Urgency
from smsbot.models import (
    Alert,
    AlertState,
    Case,
    CaseState,
    Contact,
    Dispatch,
    DispatchState,
    Event,
    Message,
    TriageRecord,
)
from tests.faults.storm import UNDER_WAY, Storm
from tests.faults.storm_people import STAFF_PHONES, Take, code_of

TEXTS = ("sms", "rest", "twiml")
ARRIVED = (DispatchState.SENT, DispatchState.DELIVERED)
UNDER_WAY_SECONDS = 12.0  # what was being sent when a case was taken may still arrive
FALLBACK_WORDS = "our system is having trouble"
_JUST_OWED = timedelta(seconds=10)
_SEVERAL = 5


@dataclass
class Evidence:
    """The database, and what provider, patients and staff wrote down.

    `is_complete`: every text must be here by now, whatever became of its webhook.
    """

    storm: Storm
    is_complete: bool = False
    ledger: list[dict[str, Any]] = field(default_factory=list)
    outgoing: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        provider, parts = self.storm.parts.system.provider, self.storm.parts
        self.ledger = provider.ledger()
        self.outgoing = [
            one
            for one in provider.messages()
            if one["direction"] == "outbound-api"
            or (one["direction"] == "outbound-reply" and not self._is_beside(one))
        ]
        self.at = clock.now()
        with parts.db.reading() as session:
            self.kept = Counter(session.scalars(select(Message.provider_sid)))
            self.contacts = {one.number: one for one in session.scalars(select(Contact))}
            self.cases = list(session.scalars(select(Case)))
            self.alerts = list(session.scalars(select(Alert)))
            self.dispatches = list(session.scalars(select(Dispatch)))
            self.unread = set(
                session.scalars(
                    select(Message.provider_sid)
                    .join(TriageRecord, TriageRecord.message_id == Message.id)
                    .where(TriageRecord.error.is_not(None))
                )
            )
            self.steps = list(session.scalars(select(Event).where(Event.kind == "alert_step")))
        self.texts = self.storm.log.texts
        self.promised = [one for one in self.texts if one.status == 200 or self.is_complete]

    @staticmethod
    def _is_beside(reply: dict[str, Any]) -> bool:
        """No dispatch: what staff are answered, and the fixed words of the fallback address."""
        return reply["to"] in STAFF_PHONES or FALLBACK_WORDS in reply["body"]

    @property
    def is_too_early(self) -> bool:
        """Whether something was owed only just now: a call that ends unanswered owes a text while we look."""
        return any(
            one.state in UNDER_WAY and one.created_at > self.at - _JUST_OWED for one in self.dispatches
        )

    def pressing(self) -> list[Case]:
        """Cases that somebody must be told of at once."""
        return [one for one in self.cases if one.urgency_rank >= Urgency.URGENT.rank]

    def climbing(self, case: Case) -> list[Alert]:
        """What pursues somebody for this case."""
        return [one for one in self.alerts if one.case_id == case.id and one.state == AlertState.CLIMBING]

    def arrivals(self) -> Counter[str]:
        """How many alerts arrived at a phone, by the code of the case."""
        by_call = {one.id: one.case_id for one in self.dispatches if one.route == "call"}
        codes = {one.id: one.code for one in self.cases}
        found = Counter(code_of(line) for line in self.ledger)
        for line in self.ledger:
            if line["kind"] == "call":
                found[codes.get(by_call.get(called_for(line)) or "", "")] += 1
        return found


def wrongs(seen: Evidence) -> list[str]:
    """Everything that must not be so; empty when all is well."""
    checks = (
        *(_lost_texts(seen), _unfinished(seen), _unalerted(seen), _wrong_counts(seen), _doubled_calls(seen)),
        *(_wrong_steps(seen), _left_alone(seen), _taken_and_pursued(seen)),
    )
    return [wrong for check in checks for wrong in check]


def _lost_texts(seen: Evidence) -> Iterator[str]:
    for text in seen.promised:
        if seen.kept[text.sid] != 1:
            yield f"lost: a text is kept {seen.kept[text.sid]} times"
    for sid, count in seen.kept.items():
        if sid and count > 1:
            yield f"twice: a text is kept {count} times"


def _unfinished(seen: Evidence) -> Iterator[str]:
    for one in seen.dispatches:
        if one.state in UNDER_WAY:
            yield f"lost: {one.purpose} by {one.route} is still {one.state} after {one.attempts} attempts"
        if one.state == DispatchState.FAILED and one.route in TEXTS:
            yield f"lost: {one.purpose} by {one.route} failed: {one.error}"


def _unalerted(seen: Evidence) -> Iterator[str]:
    """Who texted something pressing has a case of that urgency, and it was told to a person."""
    for text in seen.promised:
        contact = seen.contacts.get(text.phone)
        # on a machine that is busy enough no text can be read in time: a person reads it then
        rank = Urgency.URGENT.rank if text.sid in seen.unread else Urgency(text.kind).rank
        ranks = [one.urgency_rank for one in seen.cases if contact and one.contact_id == contact.id]
        if rank >= Urgency.URGENT.rank and max(ranks, default=0) < rank:
            yield f"lost: a text of urgency {text.kind} has no case of that urgency"
    arrivals = seen.arrivals()
    for case in seen.pressing():
        if not arrivals[case.code]:
            yield f"lost: nobody was told of case {case.code}, {case.urgency}"


def _wrong_counts(seen: Evidence) -> Iterator[str]:
    """Each text that was owed arrived once: as many as were sent, no more than were tried."""
    arrived = Counter((one["to"], one["body"]) for one in seen.outgoing)
    tried, sent = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for one in seen.dispatches:
        if one.route in TEXTS:
            key = (one.recipient, one.body)
            tried[key] += 1
            sent[key] += one.state in ARRIVED
    for key, count in arrived.items():
        if count > tried[key]:
            whose = "staff" if key[0] in STAFF_PHONES else "patient"
            yield f"twice: a text to {whose} arrived {count} times and was owed {tried[key]} times"
    for key, count in sent.items():
        if arrived[key] < count:
            yield f"lost: a text was sent {count} times and arrived {arrived[key]} times"


def _doubled_calls(seen: Evidence) -> Iterator[str]:
    placed = Counter(called_for(line) for line in seen.ledger if line["kind"] == "call")
    for dispatch_id, count in placed.items():
        if count > 1:
            yield f"twice: call {dispatch_id} was placed {count} times"


def called_for(line: dict[str, Any]) -> str:
    """The dispatch for which a call of the ledger was placed."""
    if line["kind"] != "call":
        return ""
    return parse_qs(urlsplit(line["body"]).query).get("dispatch", [""])[0]


def _wrong_steps(seen: Evidence) -> Iterator[str]:
    done: dict[str, list[int]] = defaultdict(list)
    for event in seen.steps:
        done[event.details["alert_id"]].append(event.details["step"])
    for alert in seen.alerts:
        if sorted(done[alert.id]) != list(range(alert.step)):
            yield f"steps: alert {alert.id} is at {alert.step} and did {sorted(done[alert.id])}"


def _left_alone(seen: Evidence) -> Iterator[str]:
    """Every case that nobody has is still climbing, with a due step; every other has one that lapses."""
    for case in seen.pressing():
        climbing = seen.climbing(case)
        if case.state == CaseState.OPEN and [one.next_at is not None for one in climbing] != [True]:
            yield f"alone: {case.urgency} case {case.code} is open and has {len(climbing)} climbing alerts"
        held = [one for one in seen.alerts if one.case_id == case.id and one.next_at is not None]
        if case.state == CaseState.TAKEN and not held:
            yield f"alone: case {case.code} is taken, and nothing would follow if its owner sleeps"


def _taken_and_pursued(seen: Evidence) -> Iterator[str]:
    """Who was told that a case is theirs has it, and nobody is told of it any more."""
    by_code = {one.code: one for one in seen.cases}
    last_alert: dict[str, float] = defaultdict(float)
    for line in seen.ledger:
        last_alert[code_of(line)] = max(last_alert[code_of(line)], moment_of(line))
    for take in seen.storm.log.takes:
        case = by_code[take.code]
        if not is_the_last_word(seen, case, take):
            continue
        if case.state != CaseState.TAKEN or seen.climbing(case):
            yield f"taken: case {take.code} was taken by {take.by} and is {case.state}"
        if last_alert[take.code] > take.told_at + UNDER_WAY_SECONDS:
            late = last_alert[take.code] - take.told_at
            yield f"taken: somebody was told of case {take.code} {late:.0f} s after it was taken"


def is_the_last_word(seen: Evidence, case: Case, take: Take) -> bool:
    """Whether nothing has happened since that would begin an alert anew."""
    numbers = {one.id: phone for phone, one in seen.contacts.items()}
    texts = [one for one in seen.texts if one.phone == numbers[case.contact_id]]
    is_quiet = all(one.status == 200 and one.sent_at < take.asked_at - UNDER_WAY_SECONDS for one in texts)
    return is_quiet and not any(one.code == take.code and one.lapses for one in seen.storm.log.takes)


def moment_of(line: dict[str, Any]) -> float:
    """When the provider accepted it, in seconds since 1970."""
    return datetime.fromisoformat(line["at"]).timestamp()


def still_climbing(before: Evidence, after: Evidence) -> list[str]:
    """A day has passed: each case that nobody has was told to somebody again, and no other."""
    told = after.arrivals() - before.arrivals()
    found = []
    for case in after.pressing():
        is_pursued = bool(before.climbing(case))
        if is_pursued and not told[case.code]:
            found.append(f"alone: nobody was told of case {case.code} again")
        if not is_pursued and told[case.code]:
            found.append(f"taken: somebody was told of case {case.code}, which is taken")
    return found


def figures(seen: Evidence) -> str:
    """How much there was of everything."""
    missed = sum(text.status != 200 for text in seen.texts)
    taken = Counter(take.by for take in seen.storm.log.takes)
    calls = sum(line["kind"] == "call" for line in seen.ledger)
    return (
        f"{len(seen.texts) - missed} texts accepted, {missed} missed, {len(seen.pressing())} pressing cases, "
        f"{len(seen.steps)} steps, {len(seen.outgoing)} texts and {calls} calls left, "
        f"taken {taken['text']} times by text and {taken['call']} by call"
    )


def summary(found: list[str]) -> str:
    """How many of each kind, and the first few."""
    kinds = Counter(one.partition(":")[0] for one in found)
    return "; ".join([f"{kind} {count}" for kind, count in kinds.items()] + found[:_SEVERAL])
