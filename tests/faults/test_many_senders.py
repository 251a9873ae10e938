"""Two sweeps and eight workers at once: every alert leaves once, by one of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rq import Worker
from sqlalchemy import select

from smsbot.home import redis_url
from smsbot.kick import connect
from smsbot.models import Dispatch, DispatchState
from tests.faults.crew import START_SECONDS
from tests.faults.parts import new_phone, parts_on
from tests.faults.poster import race
from tests.faults.scenes import CREATE, EMERGENCY
from tests.system import eventually

TEXTS = 40


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_two_sweeps_and_eight_workers_send_each_once(tmp_path: Path) -> None:
    with parts_on(tmp_path / "many") as parts:
        parts.redis()
        parts.provider()
        # so slow that the sweeps find what the workers are just sending
        parts.system.provider.faults(
            {"do": "slow", "seconds": 1.5, "match": CREATE, "accept": False}, {"do": "receipts_never"}
        )
        parts.start_web()
        parts.await_web(START_SECONDS)
        for _ in range(2):
            parts.sweep()
        for queue in ("emergencies", "rest") * 4:
            parts.worker(queue)
        with connect(redis_url(parts.settings)) as connection:
            eventually(lambda: Worker.count(connection=connection) == 8, START_SECONDS)
        forms = [parts.system.form(EMERGENCY, new_phone()) for _ in range(TEXTS)]
        answers = race(f"{parts.system.url}/twilio/sms", parts.system.account["auth_token"], forms)
        assert {status for status, _ in answers} == {200}

        def sent() -> list[Dispatch]:
            query = select(Dispatch).where(Dispatch.purpose == "alert", Dispatch.state == DispatchState.SENT)
            with parts.db.reading() as session:
                return list(session.scalars(query))

        eventually(lambda: len(sent()) == TEXTS, 90, every=0.5)
        assert {one.attempts for one in sent()} == {1}
        told = [one["body"] for one in parts.system.alerts()]
        assert len(told) == len(set(told)) == TEXTS
