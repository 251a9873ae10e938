"""The builder of a large home, on a small one: what the measures stand on must be what the system writes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from bench.filling import DAYS, fill
from smsbot import clock
from smsbot.models import Alert, Case, Contact, Dispatch, DispatchState, Event, Message, TriageRecord
from smsbot.wiring import Wiring


def test_a_filled_home_reads_like_a_real_one(wiring: Wiring) -> None:
    filled = fill(wiring, 40, 203, open_cases=10, now=clock.now())
    with wiring.db.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Case, Message)]
        texts_in = list(session.scalars(select(Message).where(Message.direction == "in")))
        open_codes = set(session.scalars(select(Case.code).where(Case.state != "resolved")))
        contact = session.scalars(select(Contact).limit(1)).one()
        triages = session.scalar(select(func.count()).select_from(TriageRecord))
        oldest = session.scalar(select(func.min(Event.at)))
        ids = list(session.scalars(select(Message.id).order_by(Message.created_at)))
    assert counts == [40, 203]
    assert open_codes == set(filled.open_codes)
    assert len(open_codes) == 10
    assert triages == len(texts_in)
    assert all(message.body for message in texts_in)  # each opens with the keys of the home
    assert wiring.vault.blind_index("number", contact.number) == contact.number_index
    assert oldest is not None
    assert clock.now() - timedelta(days=DAYS) <= oldest <= clock.now()
    assert [one[:12] for one in ids] == sorted(one[:12] for one in ids)  # ids sort by their time


def test_nothing_in_a_filled_home_is_due(wiring: Wiring) -> None:
    fill(wiring, 20, 60, open_cases=5, now=clock.now())
    over = (DispatchState.DELIVERED, DispatchState.FAILED)
    with wiring.db.reading() as session:
        assert session.scalars(select(Dispatch.id).where(Dispatch.state.not_in(over))).all() == []
        assert session.scalars(select(Alert.id).where(Alert.next_at.is_not(None))).all() == []
