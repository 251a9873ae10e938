"""The provider fails in every way it can: an alert arrives once, states go forward, nothing storms."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from smsbot.models import Case, Dispatch, DispatchState, Receipt
from tests.faults.parts import Parts, new_phone, parts_on
from tests.faults.points import find
from tests.faults.scenes import CREATE, EMERGENCY, SILENCE
from tests.system import NURSE, eventually, new_sid

pytestmark = pytest.mark.thorough  # `make check`; `make test` plays the races and the restarts

ONWARD = ("pending", "unknown", "sending", "sent", "delivered")


@pytest.fixture
def parts(whole: Parts) -> Parts:
    """`smsbot run` with a provider that works until told otherwise."""
    whole.system.provider.clear_faults()
    return whole


def emergency(parts: Parts) -> Case:
    """A new contact's emergency; its case."""
    sid = new_sid()
    answer = parts.system.post(parts.system.form(EMERGENCY, new_phone(), sid))
    assert answer.status_code == 200
    (case,) = parts.cases_of(parts.message_of(sid).contact_id)
    return case


def alert_of(parts: Parts, case: Case) -> Dispatch:
    """The one text that tells the nurse."""
    (alert,) = [one for one in parts.dispatches_of(case.contact_id, "alert") if one.route == "sms"]
    return alert


def await_state(parts: Parts, case: Case, state: str, seconds: float = 20) -> Dispatch:
    """Wait until the alert is so far."""
    eventually(lambda: alert_of(parts, case).state == state, seconds)
    return alert_of(parts, case)


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "500"},
        {"do": "500", "accept": True},
        {"do": "429"},
        {"do": "drop_before"},
        {"do": "drop_after_accept"},
        {"do": "nonsense"},
        {"do": "nonsense", "accept": True},
    ],
    ids=lambda fault: fault["do"] + ("-accepted" if fault.get("accept") else ""),
)
def test_an_alert_arrives_once_whatever_the_answer(parts: Parts, fault: dict[str, Any]) -> None:
    parts.system.provider.faults({"match": CREATE, "times": 1, **fault})
    case = emergency(parts)
    await_state(parts, case, DispatchState.DELIVERED)
    assert len(parts.alerts_about(case)) == 1
    assert parts.system.provider.faults()[0]["fired"] == 1


@pytest.mark.parametrize("do", ["drop_after_accept", "500"])
def test_without_receipts_the_list_says_what_has_left(parts: Parts, do: str) -> None:
    parts.system.provider.faults({"do": do, "accept": True, "match": CREATE, "times": 1}, SILENCE)
    case = emergency(parts)
    assert await_state(parts, case, DispatchState.SENT).provider_id == parts.alerts_about(case)[0]["sid"]
    assert len(parts.alerts_about(case)) == 1


def test_an_answer_that_never_comes_is_looked_for(parts: Parts) -> None:
    hang = {"do": "hang", "seconds": 11, "match": CREATE, "times": 1}
    parts.system.provider.faults(hang | {"accept": True}, hang)
    cases = [emergency(parts), emergency(parts)]
    for case in cases:
        await_state(parts, case, DispatchState.DELIVERED)
        assert len(parts.alerts_about(case)) == 1


def test_a_list_that_never_answers_does_not_hold_an_emergency_for_ever(parts: Parts) -> None:
    parts.system.provider.faults({"do": "500", "match": CREATE, "times": 1}, {"do": "list_500"})
    case = emergency(parts)
    await_state(parts, case, DispatchState.DELIVERED)
    assert len(parts.alerts_about(case)) == 1


def test_a_slow_provider_is_asked_by_one_process_at_a_time(parts: Parts) -> None:
    parts.system.provider.faults({"do": "slow", "seconds": 3, "accept": False, "match": CREATE, "times": 1})
    case = emergency(parts)
    await_state(parts, case, DispatchState.DELIVERED)
    assert len(parts.alerts_about(case)) == 1
    assert alert_of(parts, case).attempts == 1


def test_a_number_that_is_refused_fails_for_good_and_is_called(parts: Parts) -> None:
    parts.system.provider.faults({"do": "refuse", "match": CREATE})
    case = emergency(parts)
    assert await_state(parts, case, DispatchState.FAILED).error == "21612"
    time.sleep(2.5)
    assert alert_of(parts, case).attempts == 1
    assert not parts.alerts_about(case)
    assert [call["to"] for call in parts.system.provider.calls()][-1] == NURSE


@pytest.mark.parametrize(
    "fault",
    [{"do": "receipts_doubled"}, {"do": "receipts_reversed"}, {"do": "receipts_late", "seconds": 1.5}],
    ids=lambda fault: fault["do"],
)
def test_states_never_go_back(parts: Parts, fault: dict[str, Any]) -> None:
    parts.system.provider.faults(fault)
    parts.system.provider.change_settings(status_delay=0.5)
    case = emergency(parts)
    seen: list[str] = []

    def all_came() -> bool:
        alert = alert_of(parts, case)
        seen.append(alert.state)
        with parts.db.reading() as session:
            query = select(func.count()).where(Receipt.provider_id == alert.provider_id)
            return session.scalar(query) == 4

    eventually(all_came, every=0.02)
    parts.system.provider.change_settings(status_delay=0.1)
    assert alert_of(parts, case).state == DispatchState.DELIVERED
    assert seen == sorted(seen, key=ONWARD.index)
    assert len(parts.alerts_about(case)) == 1


def test_without_receipts_nothing_is_sent_again(parts: Parts) -> None:
    parts.system.provider.faults({"do": "receipts_never"})
    case = emergency(parts)
    await_state(parts, case, DispatchState.SENT)
    parts.end_leases("alert")
    time.sleep(1.5)
    assert len(parts.alerts_about(case)) == 1


def test_a_reply_that_was_lost_is_sent_once_by_another_way(parts: Parts) -> None:
    phone, sid = new_phone(), new_sid()
    assert parts.system.post(parts.system.form(EMERGENCY, phone, sid)).ok  # the network heard nothing of it
    assert not parts.replies_to(phone)
    parts.end_leases("reply")  # a minute without a receipt
    parts.settle(parts.message_of(sid).contact_id)
    assert len(parts.replies_to(phone)) == 1


def test_a_reply_without_a_receipt_is_found_and_not_sent_again(parts: Parts) -> None:
    parts.system.provider.faults({"do": "receipts_never", "match": {"path": "twiml"}})
    phone = new_phone()
    contact_id = parts.message_of(parts.system.provider.text(phone, EMERGENCY)["sid"]).contact_id
    assert len(parts.replies_to(phone)) == 1
    parts.end_leases("reply")
    eventually(lambda: parts.dispatches_of(contact_id, "reply")[0].state == DispatchState.SENT)
    assert len(parts.replies_to(phone)) == 1


def test_a_provider_that_is_down_is_not_stormed(parts: Parts) -> None:
    parts.system.provider.faults({"do": "500", "match": {"path": r"/Messages\.json$"}})
    cases = [emergency(parts) for _ in range(4)]
    time.sleep(5.0)
    asked = parts.system.provider.faults()[0]["fired"]
    parts.system.provider.clear_faults()
    assert len(cases) <= asked <= 6 * len(cases), f"{asked} requests"  # at 0, 1, 3 and 7 s, not every 0.5 s
    for case in cases:
        await_state(parts, case, DispatchState.DELIVERED)
        assert len(parts.alerts_about(case)) == 1


def test_an_overtaken_claim_changes_nothing(parts: Parts) -> None:
    """One hears "too many requests" when another, to whom the claim has passed, is just sending."""
    parts.system.provider.faults(
        {"do": "429", "seconds": 4, "match": CREATE, "times": 1},
        {"do": "slow", "seconds": 6, "accept": False, "match": CREATE, "times": 1},
    )
    case = emergency(parts)
    eventually(lambda: parts.system.provider.faults()[0]["fired"])
    parts.end_leases()
    await_state(parts, case, DispatchState.DELIVERED)
    time.sleep(1.5)
    assert len(parts.alerts_about(case)) == 1


@pytest.mark.long
def test_a_worker_that_slept_through_its_lease_sends_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Stopped between claim and send, and between send and mark; going on after 35 s."""
    with parts_on(tmp_path_factory.mktemp("asleep")) as parts:
        parts.redis()
        parts.provider()
        parts.web()
        trap, sweep = parts.traps["worker"], parts.traps["sweep"]
        sweep.arm("wait", find("cycle", "urgent = ").where)
        parts.sweep(trapped=True)
        cases, asleep = [], []
        for place in (find("_send", "if clock.now()"), find("send", "return Posted")):
            worker = parts.worker(trapped=True)
            trap.arm("stop", place.where)
            cases.append(emergency(parts))
            eventually(lambda: trap.has_struck)
            asleep.append(worker)
        time.sleep(35)
        sweep.disarm()
        for case in cases:
            await_state(parts, case, DispatchState.DELIVERED)
        for worker in asleep:
            os.kill(worker.pid, signal.SIGCONT)
        eventually(lambda: "lease_spent" in parts.system.log())
        time.sleep(3)
        assert [len(parts.alerts_about(case)) for case in cases] == [1, 1]
