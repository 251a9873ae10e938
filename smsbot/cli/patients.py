"""The clinic's list of patients. On stdout ids and counts, unless names are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock, wiring
from smsbot.models import Patient, PatientNumber
from smsbot.patients import age, behind, find_by_clinic_id, find_by_name
from smsbot.patients.columns import ColumnsProblem, Mapping, read_mapping_file
from smsbot.patients.importing import Import, ImportRefused, apply_import, read_import
from smsbot.patients.reading import FileProblem
from smsbot.twilio.form import normal_number
from smsbot.wiring import Wiring

_MOST_ERRORS = 200  # printed: a wrong mapping makes one for every row


@click.group()
def patients() -> None:
    """The clinic's list of patients: who stands behind which number."""


@patients.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "maps", multiple=True, metavar="'THEIR COLUMN=OURS'", help="What the clinic calls it.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Such mappings in a TOML file.",
)
@click.option("--apply", "is_applied", is_flag=True, help="Write it. Without: say what would happen.")
@click.option("--skip-bad", is_flag=True, help="Write the good rows although others have errors.")
@click.option("--remove-missing", is_flag=True, help="Mark whoever is not in the file as having left.")
@click.option("--details", is_flag=True, help="A line for each change, with the clinic's ids.")
def import_(
    file: Path,
    maps: tuple[str, ...],
    mapping: Path | None,
    is_applied: bool,
    skip_bad: bool,
    remove_missing: bool,
    details: bool,
) -> None:
    """Bring the list up to date from a CSV file; by the clinic's id. A dry run unless --apply."""
    with _parts() as parts:
        today = parts.clinic.local(clock.now())
        try:
            pairs = _mapping(maps, mapping)
            found = read_import(
                parts.db, parts.vault, file.read_bytes(), pairs, today, remove_missing=remove_missing
            )
        except (FileProblem, ColumnsProblem) as problem:
            raise click.ClickException(str(problem)) from problem
        _tell_reading(found, remove_missing)
        is_refused = bool(found.rows.errors) and not skip_bad
        if is_applied and not is_refused:
            _apply(parts, found)
        _print_plan(found, details)
        _tell_end(found, is_applied, is_refused)
    if is_refused:
        raise SystemExit(1)


@patients.command("list")
@click.option("--number", help="Only those behind this phone, +1…")
@click.option("--name", help="Only those of this whole name; case and accents do not matter.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line each.")
@click.option("--names", is_flag=True, help="With their names.")
def list_(number: str | None, name: str | None, as_json: bool, names: bool) -> None:
    """Who is on the list, by the clinic's ids."""
    with _parts() as parts:
        with parts.db.reading() as session:
            rows = [
                {"clinic_id": patient.clinic_id, **({"name": patient.name} if names else {}), **more}
                for patient, more in _chosen(session, parts, number, name)
            ]
        with parts.db.writing() as session:
            audit.record(session, "patients_listed", count=len(rows), with_names=names)
    for row in sorted(rows, key=lambda row: str(row["clinic_id"])):
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            words = [str(row[key]) for key in ("clinic_id", "name", "relation", "may_be_told") if key in row]
            click.echo("  ".join([*words, *(["left"] if row["left"] else [])]))
    if not rows:
        click.echo("Nobody on the patient list." if not (number or name) else "Nobody found.", err=True)


@patients.command()
@click.argument("clinic_id")
def show(clinic_id: str) -> None:
    """Everything on file of one patient."""
    with _parts() as parts, parts.db.writing() as session:
        patient = find_by_clinic_id(session, parts.vault, clinic_id)
        if patient is None:
            raise click.ClickException("Nobody has this id: `smsbot patients list` shows everybody's.")
        audit.record(session, "patient_shown", patient_id=patient.id)
        for label, value in _file_of(session, patient, parts):
            click.echo(f"{label + ':':<19} {value or 'not on file'}")


class _parts:
    """The joined parts, given back at the end."""

    def __enter__(self) -> Wiring:
        self._parts = wiring.build()
        return self._parts

    def __exit__(self, *_: object) -> None:
        self._parts.close()


def _mapping(maps: tuple[str, ...], file: Path | None) -> Mapping:
    pairs = list(read_mapping_file(file.read_bytes())) if file else []
    for written in maps:
        theirs, is_pair, ours = written.rpartition("=")
        if not is_pair or not theirs.strip() or not ours.strip():
            raise click.BadParameter('write "Their column=name".', param_hint="--map")
        pairs.append((theirs.strip(), ours.strip()))
    return pairs


def _tell_reading(found: Import, remove_missing: bool) -> None:
    if found.columns.unread:
        click.echo(f"Columns not read: {', '.join(found.columns.unread)}.", err=True)
    errors = found.rows.errors
    for error in errors[:_MOST_ERRORS]:
        click.echo(str(error), err=True)
    if len(errors) > _MOST_ERRORS:
        click.echo(f"… and {len(errors) - _MOST_ERRORS} more.", err=True)
    if remove_missing and found.rows.nameless:
        click.echo(
            f"Nobody is marked as having left: {found.rows.nameless} rows do not say whom they are about.",
            err=True,
        )


def _apply(parts: Wiring, found: Import) -> None:
    try:
        apply_import(parts.db, parts.vault, found, clock.now())
    except ImportRefused as refused:
        raise click.ClickException(str(refused)) from refused


def _print_plan(found: Import, details: bool) -> None:
    plan = found.plan
    if details:
        for record in plan.new:
            click.echo(f"new      {record.clinic_id}")
        for change in plan.changed:
            click.echo(f"changed  {change.record.clinic_id}  {', '.join(change.columns)}")
        for patient in plan.left:
            click.echo(f"left     {patient.clinic_id}")
    bad = len({error.line for error in found.rows.errors})
    counts = f"new {len(plan.new)}, changed {len(plan.changed)}, unchanged {plan.unchanged}"
    click.echo(f"{counts}, left {len(plan.left)}, rows with errors {bad}")


def _tell_end(found: Import, is_applied: bool, is_refused: bool) -> None:
    if is_refused:
        words = "Nothing was written. Correct the rows above, or import the others with --skip-bad."
    elif is_applied:
        words = "Written."
    else:
        words = "Nothing was written: this was a dry run. Write it with --apply."
    click.echo(words, err=True)


def _chosen(
    session: Session, parts: Wiring, number: str | None, name: str | None
) -> Iterator[tuple[Patient, dict[str, Any]]]:
    if number is not None:
        normal = normal_number(number)
        if normal is None:
            raise click.BadParameter("is no phone number: give it as +15615550123.", param_hint="--number")
        for one in behind(session, parts.vault.blind_index("number", normal)):
            said = {"relation": one.relation, "may_be_told": one.may_be_told}
            yield one.patient, {**said, "id": one.patient.id, "left": False}
        return
    found = find_by_name(session, parts.vault, name) if name is not None else _everybody(session)
    for patient in found:
        yield patient, {"id": patient.id, "left": patient.left_at is not None}


def _everybody(session: Session) -> Iterator[Patient]:
    yield from session.scalars(select(Patient))


def _file_of(session: Session, patient: Patient, parts: Wiring) -> Iterator[tuple[str, str | None]]:
    years = age(patient.birth_date, parts.clinic.local(clock.now()))
    yield "Clinic id", patient.clinic_id
    yield "Name", patient.name
    yield "Born", f"{patient.birth_date} ({years} years)" if patient.birth_date else None
    for label in ("address", "emergency_contact", "guardian", "prescriber", "language"):
        yield label.replace("_", " ").capitalize(), getattr(patient, label)
    query = select(PatientNumber).where(PatientNumber.patient_id == patient.id).order_by(PatientNumber.id)
    for row in session.scalars(query):
        yield "Phone", f"{row.number} ({row.relation}; may be told {row.may_be_told})"
    if patient.left_at is not None:
        yield "Left the list", f"{parts.clinic.local(patient.left_at):%Y-%m-%d}"
