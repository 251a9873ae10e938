"""Who is about in a storm: patients who text, staff who take cases. They write down what they were told.

They live in the test's process, which nobody kills.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import requests

from smsbot.simulator.people import SAMPLE_STAFF
from smsbot.simulator.provider_client import ProviderClient
from tests.faults.parts import new_phone
from tests.system import new_sid

BODIES = {
    "emergency": ("chest tight since the infusion", "I took the whole bottle of my pills"),
    "urgent": ("I keep hearing voices telling me things", "I fell down after my session and my knee hurts"),
    "routine": ("Could I come in next Tuesday afternoon for a follow up?",),
    "none": ("thank you!!",),
}
KINDS = ("emergency",) * 3 + ("urgent",) * 3 + ("routine",) * 3 + ("none",)
KNOWN_PHONES = 0.35  # the share of texts that come from a phone that texted before
AT_ONCE = 24  # texts under way
STAFF_LOOK_SECONDS = 0.4
LAPSES = 0.25  # the share of taken cases that their owner forgets
STAFF_PHONES = {one.phone for one in SAMPLE_STAFF}


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and what its webhook came to (0: nobody answered)."""

    sid: str
    phone: str
    kind: str
    sent_at: float
    status: int


@dataclass(frozen=True, slots=True)
class Take:
    """A person was told that the case is theirs."""

    code: str
    by: str
    asked_at: float
    told_at: float
    lapses: bool


@dataclass
class Log:
    """What was said to people, in a file and at hand."""

    path: Path
    texts: list[Text] = field(default_factory=list)
    takes: list[Take] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, entry: Text | Take) -> None:
        """Add one line."""
        with self._lock:
            kept: list[Any] = self.texts if isinstance(entry, Text) else self.takes
            kept.append(entry)
            with self.path.open("a") as file:
                file.write(json.dumps({type(entry).__name__.lower(): asdict(entry)}) + "\n")


class Patients:
    """A steady stream of texts through the provider, of every urgency, from new and from known phones."""

    def __init__(self, provider: ProviderClient, log: Log, seed: int, rate: float) -> None:
        """`rate` is in texts a second."""
        self._provider, self._log, self._rate = provider, log, rate
        self._chance = random.Random(f"{seed} patients")
        self._phones: list[str] = []

    def run(self, stop: threading.Event) -> None:
        """Text until told to stop; then wait for the last answers."""
        under_way: list[Future[None]] = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not stop.wait(1 / self._rate):
                if sum(not one.done() for one in under_way) < AT_ONCE:
                    under_way.append(pool.submit(self._text, *self._next()))
        for one in under_way:
            one.result()

    def _next(self) -> tuple[str, str, str]:
        kind = self._chance.choice(KINDS)
        if self._phones and self._chance.random() < KNOWN_PHONES:
            phone = self._chance.choice(self._phones)
        else:
            phone = new_phone()
            self._phones.append(phone)
        return phone, kind, self._chance.choice(BODIES[kind])

    def _text(self, phone: str, kind: str, body: str) -> None:
        sid, sent_at = new_sid(), time.time()
        answer = self._provider.text(phone, body, sid=sid)
        self._log.write(Text(sid, phone, kind, sent_at, answer["status_code"]))


class Takers:
    """Staff who take some of the cases they are told of: by text and by pressing 1."""

    def __init__(self, provider: ProviderClient, log: Log, seed: int) -> None:
        self._provider, self._log = provider, log
        self._chance = random.Random(f"{seed} takers")
        self._tried: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Take cases until told to stop."""
        while not stop.wait(STAFF_LOOK_SECONDS):
            self._answer_a_text()
            self._answer_a_call()

    def forgotten(self) -> set[str]:
        """The codes of cases that were taken and that their owner will not open."""
        return {take.code for take in self._log.takes if take.lapses}

    def _answer_a_text(self) -> None:
        alerts = [one for one in self._provider.ledger() if code_of(one) and one["sid"] not in self._tried]
        if not alerts:
            return
        alert = self._chance.choice(alerts)
        self._tried.add(alert["sid"])
        code, asked_at = code_of(alert), time.time()
        answer = self._provider.text(alert["to"], f"1 {code}")
        if answer["status_code"] == 200 and f"You have case {code}" in answer["body"]:
            self._note(code, "text", asked_at)

    def _answer_a_call(self) -> None:
        ringing = [one for one in self._provider.calls() if one["status"] == "ringing"]
        if not ringing:
            return
        asked_at = time.time()
        with contextlib.suppress(requests.HTTPError):  # it has stopped ringing
            call = self._provider.answer(self._chance.choice(ringing)["sid"], "1")
            for words in call["heard"]:
                if words.startswith("You have case "):
                    spelled = words.removeprefix("You have case ").partition(".")[0]
                    self._note(spelled.replace(", ", ""), "call", asked_at)

    def _note(self, code: str, by: str, asked_at: float) -> None:
        self._log.write(Take(code, by, asked_at, time.time(), self._chance.random() < LAPSES))


def code_of(line: dict[str, Any]) -> str:
    """The code of the case that a text to staff asks about; "" for any other line of the ledger."""
    if line["kind"] != "message" or line["to"] not in STAFF_PHONES or " to take it" not in line["body"]:
        return ""
    return str(line["body"]).partition("/cases/")[2][:4]
