"""What importing a file would change, and doing it: compared and sealed first, written in one short go.

A large file is sealed before the transaction begins: on SQLite texts wait while we write.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, inspect, select, update
from sqlalchemy.orm import Session

from smsbot.crypto import Vault
from smsbot.models import Base, Event, Patient, PatientNumber, new_id
from smsbot.patients.fields import told_by_default
from smsbot.patients.names import CLINIC_ID_PURPOSE, NAME_PURPOSE, clinic_id_key, name_key
from smsbot.patients.rows import Given, Record

Number = tuple[str, str, str]  # the number, whose it is, what may be told


@dataclass(frozen=True, slots=True)
class Change:
    """A patient on the list whom the file describes otherwise, and the columns that differ."""

    patient: Patient
    record: Record
    columns: tuple[str, ...]
    numbers: tuple[Number, ...]


@dataclass
class Plan:
    """What importing a file does to the list."""

    new: list[Record] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    left: list[Patient] = field(default_factory=list)


@dataclass
class Writes:
    """Rows, sealed and ready to be written, and the lines of the audit log that go with them."""

    patients: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    renumbered: list[str] = field(default_factory=list)  # ids of patients whose numbers are replaced
    numbers: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def compare(
    session: Session, vault: Vault, records: tuple[Record, ...], present: frozenset[str] | None
) -> Plan:
    """What is new, changed and unchanged; and, with the keys `present` in the file, who left."""
    known = {patient.clinic_id_index: patient for patient in session.scalars(select(Patient))}
    numbers: dict[str, list[Number]] = {}
    for row in session.scalars(select(PatientNumber)):
        numbers.setdefault(row.patient_id, []).append((row.number, row.relation, row.may_be_told))
    plan = Plan()
    for record in records:
        patient = known.get(_clinic_id_index(vault, clinic_id_key(record.clinic_id)))
        if patient is None:
            plan.new.append(record)
            continue
        _compare_one(plan, patient, record, numbers.get(patient.id, []))
    if present is not None:
        kept = {_clinic_id_index(vault, key) for key in present}
        plan.left = [one for index, one in known.items() if index not in kept and one.left_at is None]
    return plan


def _compare_one(plan: Plan, patient: Patient, record: Record, had: list[Number]) -> None:
    columns = [name for name, text in record.texts.items() if getattr(patient, name) != text]
    numbers = tuple(had)
    if record.numbers is not None:
        numbers = tuple(_settled(record.numbers, had))
        if sorted(numbers) != sorted(had):
            columns.append("phones")
    if patient.left_at is not None:
        columns.append("left")
    if columns:
        plan.changed.append(Change(patient, record, tuple(columns), numbers))
    else:
        plan.unchanged += 1


def _settled(given: tuple[Given, ...], had: list[Number]) -> list[Number]:
    """What a file does not say of a number stays as it was, or is what goes without saying."""
    before = {number: (relation, told) for number, relation, told in had}
    settled = []
    for one in given:
        was_relation, was_told = before.get(one.number, (None, None))
        relation = one.relation or was_relation or "self"
        is_same = relation == was_relation
        told = one.may_be_told or (was_told if is_same else None) or told_by_default(relation)
        settled.append((one.number, relation, told))
    return settled


def prepare(plan: Plan, vault: Vault, now: datetime) -> Writes:
    """Seal everything that a plan writes."""
    writes = Writes()
    for record in plan.new:
        patient = Patient(id=new_id(), created_at=now)
        patient.clinic_id = record.clinic_id
        patient.clinic_id_index = _clinic_id_index(vault, clinic_id_key(record.clinic_id))
        _fill(patient, record, vault, now)
        writes.patients.append(_values(patient))
        _add_numbers(writes, vault, patient.id, _settled(record.numbers or (), []))
    for change in plan.changed:
        _fill(change.patient, change.record, vault, now)
        writes.updates.append(_update(change.patient))
        if "phones" in change.columns:
            writes.renumbered.append(change.patient.id)
            _add_numbers(writes, vault, change.patient.id, change.numbers)
        _add_event(writes, now, "patient_changed", patient_id=change.patient.id, columns=list(change.columns))
    for patient in plan.left:
        patient.left_at = patient.updated_at = now
        writes.updates.append(_update(patient))
        _add_event(writes, now, "patient_left", patient_id=patient.id)
    counts = {"new": len(plan.new), "changed": len(plan.changed), "left": len(plan.left)}
    _add_event(writes, now, "patients_imported", **counts, unchanged=plan.unchanged)
    return writes


def write(session: Session, writes: Writes) -> None:
    """Write it all in the caller's transaction. Raises IntegrityError if another import was faster."""
    if writes.patients:
        session.execute(insert(Patient.__table__), writes.patients)  # type: ignore[arg-type]
    if writes.updates:
        names = [name for name in writes.updates[0] if name != "row_id"]
        table = Patient.__table__
        statement = update(table).where(table.c.id == bindparam("row_id"))  # type: ignore[arg-type]
        session.execute(statement.values({name: bindparam(name) for name in names}), writes.updates)
    if writes.renumbered:
        numbers = PatientNumber.__table__
        gone = delete(numbers).where(numbers.c.patient_id == bindparam("of_patient"))  # type: ignore[arg-type]
        session.execute(gone, [{"of_patient": patient_id} for patient_id in writes.renumbered])
    if writes.numbers:
        session.execute(insert(PatientNumber.__table__), writes.numbers)  # type: ignore[arg-type]
    session.execute(insert(Event.__table__), writes.events)  # type: ignore[arg-type]


def _fill(patient: Patient, record: Record, vault: Vault, now: datetime) -> None:
    for name, text in record.texts.items():
        setattr(patient, name, text)
    patient.name_index = vault.blind_index(NAME_PURPOSE, name_key(record.texts["name"] or ""))
    patient.left_at, patient.updated_at = None, now


def _add_numbers(
    writes: Writes, vault: Vault, patient_id: str, numbers: tuple[Number, ...] | list[Number]
) -> None:
    for number, relation, told in numbers:
        row = PatientNumber(id=new_id(), patient_id=patient_id, relation=relation, may_be_told=told)
        row.number, row.number_index = number, vault.blind_index("number", number)
        writes.numbers.append(_values(row))


def _add_event(writes: Writes, now: datetime, kind: str, **details: Any) -> None:
    event = Event(id=new_id(), at=now, kind=kind, details=details)
    writes.events.append(_values(event))


def _update(patient: Patient) -> dict[str, Any]:
    values = _values(patient)
    return {"row_id": values.pop("id"), **values}


def _values(row: Base) -> dict[str, Any]:
    """A row by the names of its columns, which sealed fields share with nothing in Python."""
    return {attr.columns[0].name: getattr(row, attr.key) for attr in inspect(type(row)).column_attrs}


def _clinic_id_index(vault: Vault, key: str) -> str:
    return vault.blind_index(CLINIC_ID_PURPOSE, key)
