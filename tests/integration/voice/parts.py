"""What the tests of telephone calls share: an alert by call, and what the provider posts about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import select

from smsbot.models import Alert, AlertState, Case, Dispatch, Event, Staff
from smsbot.simulator.provider_client import ProviderClient
from smsbot.wiring import Wiring
from tests.integration.conftest import Webhook
from tests.system import NURSE, TEXT_LINE
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"
PRESCRIBER = "+15615550151"
STRANGER = "+15615550177"


def staff(wiring: Wiring, phone: str) -> str:
    """The id of the person with this telephone."""
    index = wiring.vault.blind_index("number", phone)
    with wiring.db.reading() as session:
        return session.scalars(select(Staff.id).where(Staff.phone_index == index)).one()


def an_alert_by_call(wiring: Wiring, phone: str = NURSE) -> str:
    """An emergency, and the dispatch that calls this person about it; its id."""
    if not everything(wiring, Case):
        wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        alert = session.scalars(select(Alert).where(Alert.state == AlertState.CLIMBING)).one()
        person = session.get_one(Staff, staff(wiring, phone))
        query = select(Dispatch.id).where(Dispatch.route == "call", Dispatch.staff_id == person.id)
        if (known := session.scalars(query).first()) is not None:
            return known
        return wiring.ladder.dispatching.tell(session, case, alert, person, ("call",))[0].id


def ring(wiring: Wiring, line: ProviderClient, phone: str = NURSE) -> tuple[str, str]:
    """Place the call of an alert; the ids of dispatch and call."""
    dispatch_id = an_alert_by_call(wiring, phone)
    wiring.outbox.deliver(dispatch_id)
    return dispatch_id, str(line.calls()[-1]["sid"])


def everything(wiring: Wiring, table: Any) -> list[Any]:
    """All rows of a table."""
    with wiring.db.reading() as session:
        return list(session.scalars(select(table)))


def fate(wiring: Wiring, dispatch_id: str) -> tuple[str, str | None]:
    """State and error of a dispatch."""
    with wiring.db.reading() as session:
        dispatch = session.get_one(Dispatch, dispatch_id)
        return dispatch.state, dispatch.error


def events(wiring: Wiring, kind: str) -> list[Event]:
    """The lines of the audit log of one kind."""
    return [event for event in everything(wiring, Event) if event.kind == kind]


# What the provider posts, by hand


def call_sid() -> str:
    """The id of a call as the provider makes them."""
    return f"CA{uuid4().hex}"


def post(webhook: Webhook, path: str, signature: str | None = None, **fields: str) -> Any:
    """Post a form about a call to the nurse, with these fields over the usual ones."""
    form = {
        "AccountSid": webhook.wiring.account.account_sid,
        "CallSid": call_sid(),
        "From": TEXT_LINE,
        "To": NURSE,
        "CallStatus": "in-progress",
        **fields,
    }
    return webhook.post(urlencode(form).encode(), f"/twilio/voice/{path}", signature=signature)


def press(webhook: Webhook, dispatch_id: str, key: str, **fields: str) -> str:
    """Press a key in the call of an alert; what is said next."""
    response = post(webhook, f"answer?dispatch={dispatch_id}", Digits=key, **fields)
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    return str(response.text)
