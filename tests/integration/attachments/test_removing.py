"""The provider's copies of attachments are removed in time, and nothing we do not have."""

from __future__ import annotations

from smsbot import attachments
from smsbot.attachments import Fetching
from smsbot.attachments.fetching import REMOVE_AFTER, REMOVE_REFUSED_AFTER
from smsbot.attachments.removing import remove_old
from smsbot.models import Attachment, Message
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.attachments.parts import JPEG, PNG, a_client, an_mms, events, rows


def at_provider(wiring: Wiring, message_id: str) -> list[str]:
    with wiring.db.reading() as session:
        sid = session.get_one(Message, message_id).provider_sid
    return a_client(wiring).list_sids(sid or "")


def test_the_providers_copies_go_after_a_week_and_ours_stay(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    fetching.go()
    time.forward(seconds=REMOVE_AFTER.total_seconds() - 60)
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(at_provider(wiring, message_id)) == 2
    time.forward(minutes=2)
    assert remove_old(wiring.db, fetching.client) == 1
    assert at_provider(wiring, message_id) == []
    kept = rows(wiring, message_id)
    assert all(one.removed_at for one in kept)
    assert [attachments.read_content(one) for one in kept] == [JPEG, PNG]
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(events(wiring, "attachments_removed_at_provider")) == 1


def test_nothing_is_removed_while_something_of_the_text_is_still_to_come(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    phones.client.faults({"do": "500", "match": {"path": "/Media/ME", "nth": 2}, "times": 1})
    assert fetching.go() == 1
    time.forward(days=8)
    assert remove_old(wiring.db, fetching.client) == 0
    assert fetching.go() == 1
    assert len(at_provider(wiring, message_id)) == 2


def test_what_the_provider_lists_beyond_what_was_fetched_is_fetched_before_it_is_removed(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    fetching.go()
    with wiring.db.writing() as session:
        session.delete(session.get_one(Attachment, rows(wiring, message_id)[1].id))
    time.forward(days=8)
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(at_provider(wiring, message_id)) == 2
    assert fetching.go() == 1
    assert {attachments.read_content(one) for one in rows(wiring, message_id)} == {JPEG, PNG}


def test_what_we_could_not_take_stays_at_the_provider_for_longer(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    phones.client.faults({"do": "too_large"})
    fetching.go()
    time.forward(seconds=REMOVE_AFTER.total_seconds() + 60)
    assert remove_old(wiring.db, fetching.client) == 0
    time.forward(seconds=REMOVE_REFUSED_AFTER.total_seconds())
    assert remove_old(wiring.db, fetching.client) == 1
    assert at_provider(wiring, message_id) == []


def test_a_removal_that_fails_midway_is_ended_later(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG), ("image/png", PNG))
    fetching.go()
    time.forward(days=8)
    phones.client.faults({"do": "500", "match": {"method": "DELETE", "nth": 2}, "times": 1})
    assert remove_old(wiring.db, fetching.client) == 0
    assert len(at_provider(wiring, message_id)) == 1
    assert [one.removed_at for one in rows(wiring, message_id)] == [None, None]
    assert remove_old(wiring.db, fetching.client) == 0  # not at once again
    time.forward(hours=2)
    assert remove_old(wiring.db, fetching.client) == 1
    assert at_provider(wiring, message_id) == []


def test_a_text_that_was_deleted_at_the_provider_counts_as_removed(
    wiring: Wiring, phones: Phones, fetching: Fetching, time: Clock
) -> None:
    message_id = an_mms(wiring, phones, ("image/jpeg", JPEG))
    fetching.go()
    time.forward(days=8)
    phones.client.faults({"do": "refuse", "code": 20404, "match": {"path": r"/Media\.json"}})
    assert remove_old(wiring.db, fetching.client) == 1
    assert rows(wiring, message_id)[0].removed_at
