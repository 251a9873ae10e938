"""The gate before the first patient: red until what only people can settle is settled."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from smsbot import clock, protocols
from smsbot.clinic import Clinic
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.domain import Urgency
from smsbot.models import Case, Event, Protocol
from smsbot.triage.rulebook import load_rulebook
from smsbot.wiring import Wiring, clinic_folder

TITLE = "Go-live gate"


def check_go_live(parts: Wiring) -> list[Line]:
    """Every line must be ok."""
    clinic, today = parts.clinic, parts.clinic.local(clock.now()).date()
    return [
        examples_line(clinic),
        night_line(clinic, today),
        baa_line(clinic, today),
        _sign_off_line(parts, today),
        _test_line(parts),
    ]


def examples_line(clinic: Clinic) -> Line:
    """The sample's hours and numbers are not the clinic's."""
    if not clinic.examples:
        return ok("No key of clinic.toml is an example any more.")
    return bad(
        f"clinic.toml still holds examples: {', '.join(clinic.examples)}.",
        "Put your own values in, and take each key out of its list of examples.",
    )


def night_line(clinic: Clinic, today: date) -> Line:
    """The sample says `false`, so that alone is no declaration."""
    if clinic.night_cover:
        return ok("Night cover is declared: somebody is reachable for emergencies.")
    declined = clinic.go_live.night_cover_declined
    if declined is None or declined > today:
        return bad(
            "Night cover is not declared.",
            "In clinic.toml set night_cover = true and see to it by a rota; or, if there is none, keep false "
            "(patients are told to call 911) and write the day of that decision as night_cover_declined.",
        )
    return ok(f"Night cover is declined ({declined}): patients are told so.")


def baa_line(clinic: Clinic, today: date) -> Line:
    """The agreement with the provider, by its date."""
    return _dated_line(
        "The Business Associate Agreement with the provider",
        clinic.go_live.baa_signed,
        today,
        "Sign it, on an edition that is eligible, and write its day as baa_signed under [go_live].",
    )


def _sign_off_line(parts: Wiring, today: date) -> Line:
    """By its date in clinic.toml, or by `smsbot protocol sign` for the rules that are in force."""
    checksum = load_rulebook(clinic_folder(parts.settings, "rules")).checksum
    with parts.db.reading() as session:
        if protocols.is_signed(session, checksum):
            return ok("The medical director has signed off the protocol in force.")
        first_used = session.scalar(select(Protocol.first_used_at).where(Protocol.checksum == checksum))
    remedy = "Have it read and signed: smsbot protocol sign, or medical_director_signed under [go_live]."
    line = _dated_line(
        "The medical director's sign-off", parts.clinic.go_live.medical_director_signed, today, remedy
    )
    signed = parts.clinic.go_live.medical_director_signed
    if signed is None or first_used is None or parts.clinic.local(first_used).date() <= signed:
        return line
    return warn(
        f"The medical director signed on {signed}; the protocol in force is newer.",
        "Have it read again: smsbot protocol sign.",
    )


def _test_line(parts: Wiring) -> Line:
    """An emergency that went all the way to a person."""
    query = (
        select(Case.id)
        .join(Event, Event.case_id == Case.id)
        .where(Case.urgency == Urgency.EMERGENCY, Event.kind == "case_taken")
        .limit(1)
    )
    with parts.db.reading() as session:
        if session.scalars(query).first() is not None:
            return ok("A test emergency has been taken by a person.")
    return bad(
        "No emergency has been taken yet.",
        "Text one to the line from your own phone, be alerted, and take it; warn your colleagues before.",
    )


def _dated_line(what: str, signed: date | None, today: date, remedy: str) -> Line:
    if signed is None:
        return bad(f"{what} is not dated.", remedy)
    if signed > today:
        return bad(f"{what} is dated {signed}, which lies ahead.", remedy)
    return ok(f"{what} is dated {signed}.")
