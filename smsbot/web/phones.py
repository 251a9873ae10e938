"""The simulator's screen: phones to text from, the staff's phones, and what the system makes of it.

It goes through the stand-in provider, and from there through the same signed webhook as a real text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import requests
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select

from smsbot.intake.situation import newest_open_case
from smsbot.models import Case, Contact, Message, TriageRecord
from smsbot.simulator.people import SAMPLE_PATIENTS, SAMPLE_STAFF, SamplePatient, SampleStaff
from smsbot.simulator.provider_client import ProviderClient
from smsbot.web.case_pages import Piece, highlight
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

phones = Blueprint("phones", __name__, url_prefix="/simulator")

_LONGEST_TEXT = 1600
_MOST_FILES = 10
_LARGEST_FILES = 5_000_000  # bytes, all together: what carriers take
_CALL = re.compile(r"CA[0-9a-f]{32}")


@dataclass(frozen=True)
class Reading:
    """What the system made of the patient's last text."""

    case: Case | None
    triage: TriageRecord
    pieces: tuple[Piece, ...]
    details: dict[str, Any]


@dataclass(frozen=True)
class StaffPhone:
    """A staff member's phone: its texts, and the call that rings on it."""

    person: SampleStaff
    texts: list[dict[str, Any]]
    ringing: dict[str, Any] | None


@phones.get("")
@policy(Policy.SIMULATOR)
def screen() -> Response:
    """The phones of one patient and of the staff, side by side."""
    patient = _patient(request.args.get("phone"))
    return make_response(
        render_template("simulator.html", patient=patient, patients=SAMPLE_PATIENTS, **_state(patient))
    )


@phones.get("/state")
@policy(Policy.SIMULATOR)
def state() -> Response:
    """What changes by itself."""
    patient = _patient(request.args.get("phone"))
    return make_response(render_template("_phones.html", patient=patient, **_state(patient)))


@phones.post("/texts")
@policy(Policy.SIMULATOR)
def text() -> Response:
    """Text the clinic from a patient's phone, with or without pictures and other files."""
    patient = _patient(request.form.get("phone"))
    body = request.form.get("body", "").strip()[:_LONGEST_TEXT]
    media = _media()
    if body or media:
        try:
            _provider().text(patient.number, body, media=media, wait=True)
        except requests.RequestException:
            return make_response(render_template("_phones_down.html"), 502)
    if request.headers.get("HX-Request"):
        return make_response(render_template("_phones.html", patient=patient, **_state(patient)))
    return redirect(url_for("phones.screen", phone=patient.number), 303)  # type: ignore[return-value]


@phones.post("/staff")
@policy(Policy.SIMULATOR)
def staff_phone() -> Response:
    """Act on a staff phone: text a command, pick up a ringing call and press a key, or decline it."""
    patient = _patient(request.form.get("phone"))
    person = next((one for one in SAMPLE_STAFF if one.phone == request.form.get("staff")), SAMPLE_STAFF[0])
    call, key = request.form.get("call", ""), request.form.get("key", "")
    body = request.form.get("body", "").strip()[:_LONGEST_TEXT]
    try:
        if _CALL.fullmatch(call):
            _provider().answer(call, key) if key in ("1", "2") else _provider().decline(call)
        elif body:
            _provider().text(person.phone, body, wait=True)
    except requests.RequestException:
        return make_response(render_template("_phones_down.html"), 502)
    return redirect(url_for("phones.screen", phone=patient.number), 303)  # type: ignore[return-value]


def _media() -> tuple[tuple[str, bytes], ...]:
    """What was chosen to go with the text, as far as a carrier would take it: type and bytes."""
    files = [one for one in request.files.getlist("files") if one.filename][:_MOST_FILES]
    read = [(one.mimetype or "application/octet-stream", one.read(_LARGEST_FILES + 1)) for one in files]
    kept, room = [], _LARGEST_FILES
    for content_type, data in read:
        room -= len(data)
        if data and room >= 0:
            kept.append((content_type, data))
    return tuple(kept)


def _patient(number: str | None) -> SamplePatient:
    return next((one for one in SAMPLE_PATIENTS if one.number == number), SAMPLE_PATIENTS[0])


def _provider() -> ProviderClient:
    account = wiring().account
    return ProviderClient(account.api_url or "", account.account_sid, account.auth_tokens[0])


def _state(patient: SamplePatient) -> dict[str, Any]:
    try:
        provider = _provider()
        thread = provider.thread(patient.number)
        calls = provider.calls()
        staff_phones = [
            StaffPhone(person, provider.thread(person.phone), _ringing(calls, person.phone))
            for person in SAMPLE_STAFF
        ]
    except requests.RequestException:
        return {"is_down": True, "thread": [], "staff_phones": [], "reading": None}
    return {
        "is_down": False,
        "thread": thread,
        "staff_phones": staff_phones,
        "reading": _reading(patient.number),
    }


def _ringing(calls: list[dict[str, Any]], phone: str) -> dict[str, Any] | None:
    """The newest call that this phone has not picked up yet."""
    mine = [call for call in calls if call["to"] == phone and call["status"] in ("queued", "ringing")]
    return mine[-1] if mine else None


def _reading(number: str) -> Reading | None:
    parts = wiring()
    with parts.db.reading() as session:
        index = parts.vault.blind_index("number", number)
        contact = session.scalars(select(Contact).where(Contact.number_index == index)).one_or_none()
        if contact is None:
            return None
        query = (
            select(Message, TriageRecord)
            .join(TriageRecord, TriageRecord.message_id == Message.id)
            .where(Message.contact_id == contact.id, Message.direction == "in")
            .order_by(Message.created_at.desc())
        )
        found = session.execute(query.limit(1)).first()
        if found is None:
            return None
        details = json.loads(found.TriageRecord.details)
        pieces = highlight(found.Message.body, details["evidence"])
        return Reading(newest_open_case(session, contact.id), found.TriageRecord, pieces, details)
