"""When a picture does not come: too large, too slow, the provider away, a process that dies."""

from __future__ import annotations

import threading
import time as machine
from datetime import timedelta

import pytest

from smsbot.attachments import Fetching
from smsbot.models import Attachment, AttachmentState
from smsbot.twilio.media import Limits, MediaClient
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.attachments.parts import JPEG, PNG, a_client, an_mms, rows


def test_a_picture_too_large_is_refused_before_it_is_read(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "too_large"})
    began = machine.monotonic()
    Fetching(wiring.db, a_client(wiring)).go()
    assert machine.monotonic() - began < 5
    (refused,) = rows(wiring, message_id)
    assert (refused.state, refused.problem) == (
        AttachmentState.REFUSED,
        "Larger than 20 MB. Ask for a smaller one.",
    )


def test_a_picture_that_does_not_say_how_large_it_is_is_cut_off_at_the_limit(
    wiring: Wiring, phones: Phones
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "endless"})
    Fetching(wiring.db, a_client(wiring, limits=Limits(size=300_000))).go()
    assert rows(wiring, message_id)[0].state == AttachmentState.REFUSED
    phones.client.clear_faults()
    exact = Limits(size=len(JPEG))
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    assert Fetching(wiring.db, a_client(wiring, limits=exact)).go() == 1


def test_bytes_that_come_one_by_one_do_not_hold_the_loop(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "trickle", "seconds": 20})
    began = machine.monotonic()
    Fetching(wiring.db, a_client(wiring, limits=Limits(whole_seconds=1.0))).go()
    assert machine.monotonic() - began < 5
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING


def test_a_slow_provider_is_waited_for_no_longer_than_the_limit(wiring: Wiring, phones: Phones) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "slow", "seconds": 3, "match": {"path": "/Media/ME"}, "times": 1})
    Fetching(wiring.db, a_client(wiring, limits=Limits(read_seconds=0.5))).go()
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING


def test_another_type_than_announced_is_kept_as_what_it_is(
    wiring: Wiring, phones: Phones, fetching: Fetching
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "wrong_type"})
    fetching.go()
    (kept,) = rows(wiring, message_id)
    assert (kept.state, kept.content_type) == (AttachmentState.KEPT, "application/octet-stream")


@pytest.mark.parametrize("fault", ["500", "429", "drop_before", "nonsense"])
def test_when_the_provider_is_away_and_comes_back_the_picture_comes_too(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock, fault: str
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    phones.client.faults({"do": fault, "match": {"path": r"/Media\.json"}})
    impatient = Fetching(wiring.db, a_client(wiring, limits=Limits(read_seconds=0.2)))
    for _ in range(6):
        impatient.go()
        time.forward(hours=5)
    assert {one.state for one in rows(wiring, message_id)} == {AttachmentState.WAITING}
    phones.client.clear_faults()
    time.forward(hours=4)
    assert fetching.go() == 2


def test_tries_grow_rarer_and_one_failure_ends_a_round(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, *[("image/jpeg", JPEG)] * 3)
    phones.client.faults({"do": "500", "match": {"path": r"/Media\.json"}})
    fetching.go()
    assert sorted(one.attempts for one in rows(wiring, message_id)) == [0, 0, 1]
    for _ in range(72):  # six hours
        fetching.go()
        time.forward(minutes=5)
    assert max(one.attempts for one in rows(wiring, message_id)) < 9


def test_a_wrong_token_is_an_operators_matter_and_the_second_one_is_tried(
    wiring: Wiring, phones: Phones
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    Fetching(wiring.db, a_client(wiring, tokens=("wrong",))).go()
    (waiting,) = rows(wiring, message_id)
    assert (waiting.state, waiting.attempts) == (AttachmentState.WAITING, 1)
    time_to_try = Fetching(wiring.db, a_client(wiring, tokens=("wrong", phones.token)))
    with wiring.db.writing() as session:
        session.get_one(Attachment, waiting.id).due_at -= timedelta(hours=1)
    assert time_to_try.go() == 1


def test_what_the_provider_no_longer_has_is_tried_for_hours_and_then_told(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "refuse", "code": 20404, "match": {"path": "/Media/ME"}})
    for _ in range(30):  # five hours
        fetching.go()
        time.forward(minutes=10)
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING
    for _ in range(6):
        fetching.go()
        time.forward(hours=4)
    (refused,) = rows(wiring, message_id)
    assert refused.state == AttachmentState.REFUSED
    assert refused.problem == "No longer at the provider. Ask for it to be sent again."


def test_a_process_that_dies_while_fetching_leaves_the_picture_waiting(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    (waiting,) = rows(wiring, message_id)
    assert fetching._claim(waiting.id) is not None  # and then nothing more
    assert fetching.go() == 0
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING
    time.forward(minutes=3)
    assert fetching.go() == 1


def test_who_comes_back_late_does_not_overwrite_what_a_later_try_wrote(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    frozen = fetching._claim(rows(wiring, message_id)[0].id)
    assert frozen is not None
    fetched = fetching._fetch(frozen)
    time.forward(minutes=3)
    assert fetching.go() == 1
    fetching._refuse(frozen, "too late")
    assert fetching._keep(frozen, fetched) is False
    assert rows(wiring, message_id)[0].state == AttachmentState.KEPT


def test_two_at_once_fetch_each_picture_once(wiring: Wiring, phones: Phones, fetching: Fetching) -> None:
    message_id = an_mms(wiring, phones, *[("image/jpeg", JPEG)] * 6)
    phones.client.faults({"do": "slow", "seconds": 0.1, "match": {"path": "/Media/ME"}})
    other = Fetching(wiring.db, a_client(wiring))
    threads = [threading.Thread(target=one.go) for one in (fetching, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.state for one in rows(wiring, message_id)} == {AttachmentState.KEPT}
    assert {one.attempts for one in rows(wiring, message_id)} == {1}
    assert len(phones.client.media_requests()) == 6


def test_the_loop_fetches_by_itself_and_outlives_an_error(
    wiring: Wiring, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsbot.attachments.fetching.EVERY_SECONDS", 0.05)
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))

    class Stumbling(MediaClient):
        has_stumbled = False

        def list_sids(self, message_sid: str) -> list[str]:
            if not self.has_stumbled:
                self.has_stumbled = True
                raise RuntimeError("something unforeseen")
            return super().list_sids(message_sid)

    account = wiring.account
    loop = Fetching(wiring.db, Stumbling(account.account_sid, account.auth_tokens, account.api_url))
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,))
    thread.start()
    deadline = machine.monotonic() + 10
    while machine.monotonic() < deadline and rows(wiring, message_id)[0].attempts == 0:
        machine.sleep(0.02)
    second = an_mms(wiring, phones, ("image/png", PNG))
    while machine.monotonic() < deadline and rows(wiring, second)[0].state != AttachmentState.KEPT:
        machine.sleep(0.02)
    stop.set()
    thread.join()
    assert rows(wiring, second)[0].state == AttachmentState.KEPT
    assert rows(wiring, message_id)[0].state == AttachmentState.WAITING
