"""SIGTERM to every part in turn, as an update does, amid texts: nothing is lost or left half done."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests
from sqlalchemy import select

from smsbot.models import Dispatch, DispatchState, Message
from tests.faults.crew import START_SECONDS, Crew
from tests.faults.parts import Parts, new_phone, parts_on
from tests.faults.scenes import CREATE, EMERGENCY, ROUTINE
from tests.system import eventually, new_sid, post_signed

AT_ONCE = 40
EMERGENCIES = 10  # one text of so many
REPEAT_SECONDS = 0.25
LONGEST_SECONDS = 90.0  # that one text may be refused, on a machine that does much else


class Poster:
    """Posts signed texts at a steady rate; one that is not answered with 200 is posted again, as it was.

    While so many wait for their answer that more could not be told from one another, none is added. Says of
    each reply that it arrived: one that nobody vouches for is sent once more after a minute, and the load
    would be another than the one that is meant.
    """

    def __init__(self, parts: Parts, rate: float) -> None:
        self._parts, self._rate = parts, rate
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self.texts: dict[str, str] = {}  # id and phone
        self.emergencies: list[str] = []  # phones

    def run(self, stop: threading.Event) -> None:
        """Post until told to stop, and until every text was taken."""
        posted: list[Future[None]] = []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not stop.wait(1 / self._rate):
                self._free.acquire()
                posted.append(pool.submit(self._post, *self._next()))
        for one in posted:
            one.result()

    def _next(self) -> tuple[str, str, str]:
        sid, phone, body = new_sid(), new_phone(), ROUTINE
        if len(self.texts) % EMERGENCIES == 0:
            self.emergencies.append(phone)
            body = EMERGENCY
        self.texts[sid] = phone
        return sid, phone, body

    def _post(self, sid: str, phone: str, body: str) -> None:
        try:
            form, deadline = self._parts.system.form(body, phone, sid), time.monotonic() + LONGEST_SECONDS
            while (answer := self._answer_to(form)) is None:
                assert time.monotonic() < deadline, "a text was never taken"
                time.sleep(REPEAT_SECONDS)
            self._reply_arrived(answer)
        finally:
            self._free.release()

    def _answer_to(self, form: dict[str, str]) -> str | None:
        """The TwiML; None when the text was not taken."""
        with contextlib.suppress(requests.RequestException):
            answer = self._parts.system.post(form)
            return answer.text if answer.status_code == 200 else None
        return None

    def _reply_arrived(self, twiml: str) -> None:
        """The receipt of the reply, once: what becomes of a lost one is told in test_receipts.py."""
        verb, account = ElementTree.fromstring(twiml).find("Message"), self._parts.system.account  # noqa: S314 (ours)
        if verb is not None:
            form = {
                "AccountSid": account["account_sid"],
                "MessageSid": new_sid(),
                "MessageStatus": "delivered",
            }
            with contextlib.suppress(requests.RequestException):
                post_signed(verb.attrib["statusCallback"], account["auth_token"], form)


def roll(folder: Path, rounds: int, rate: float) -> None:
    """Amid so many texts a second every part is ended and started again, one after the other."""
    with parts_on(folder) as parts:
        parts.provider()
        crew, poster, stop = Crew(parts), Poster(parts, rate), threading.Event()
        crew.start()
        with ThreadPoolExecutor(1) as pool:
            posting = pool.submit(poster.run, stop)
            try:
                for _ in range(rounds):
                    for name in tuple(crew.running):
                        crew.end(name)
                        crew.keep()
                        if name == "web":
                            parts.await_web(START_SECONDS)
            finally:
                stop.set()
            posting.result()
        check(parts, poster)


def check(parts: Parts, poster: Poster) -> None:
    """Each text is kept once; each emergency was told to the nurse once."""
    with parts.db.reading() as session:
        kept = sorted(session.scalars(select(Message.provider_sid).where(Message.direction == "in")))
    assert kept == sorted(poster.texts), f"{len(kept)} of {len(poster.texts)} are kept"
    sids = {phone: sid for sid, phone in poster.texts.items()}
    codes = [parts.cases_of(parts.message_of(sids[phone]).contact_id)[0].code for phone in poster.emergencies]

    def told() -> dict[str, int]:
        bodies = [one["body"] for one in parts.system.alerts()]
        return {code: sum(f"/cases/{code}" in body for body in bodies) for code in codes}

    eventually(lambda: all(told().values()), 60, every=0.5)
    assert set(told().values()) == {1}, told()


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_five_rounds_lose_nothing(tmp_path: Path) -> None:
    roll(tmp_path / "rolling", rounds=5, rate=20)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_twenty_rounds_lose_nothing(tmp_path: Path) -> None:
    roll(tmp_path / "rolling", rounds=20, rate=50)


@pytest.mark.thorough
def test_a_sweep_that_is_told_to_end_finishes_what_it_sends(tmp_path: Path) -> None:
    with parts_on(tmp_path / "ending") as parts:
        parts.provider()
        parts.web()
        parts.system.provider.faults({"do": "slow", "seconds": 1.0, "match": CREATE})
        sweep = parts.sweep()
        contacts = [post_emergency(parts) for _ in range(3)]
        eventually(lambda: DispatchState.SENDING in states(parts, contacts), 60, every=0.02)
        parts.system.kill(sweep, signal.SIGTERM)
        assert DispatchState.SENDING not in states(parts, contacts)
        assert states(parts, contacts) & {DispatchState.SENT, DispatchState.DELIVERED}


def post_emergency(parts: Parts) -> str:
    """A new contact's emergency; the contact."""
    sid = new_sid()
    assert parts.system.post(parts.system.form(EMERGENCY, new_phone(), sid)).ok
    return parts.message_of(sid).contact_id


def states(parts: Parts, contacts: list[str]) -> set[str]:
    """How far the alerts are."""
    owed: list[Dispatch] = [one for contact in contacts for one in parts.dispatches_of(contact, "alert")]
    return {one.state for one in owed}
