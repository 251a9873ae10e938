"""How a sealed name or clinic id is found again: by a blind index of what is left of it when folded."""

from __future__ import annotations

import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.crypto import Vault
from smsbot.models import Patient

NAME_PURPOSE = "patient_name"
CLINIC_ID_PURPOSE = "patient_clinic_id"


def name_key(name: str) -> str:
    """A name without case, accents and doubled blanks: who looks for `jose perez` finds `José  Pérez`."""
    apart = unicodedata.normalize("NFKD", name)
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


def clinic_id_key(clinic_id: str) -> str:
    """A clinic's id without case and blanks around it."""
    return clinic_id.strip().casefold()


def find_by_name(session: Session, vault: Vault, name: str) -> list[Patient]:
    """Everybody of this whole name, those who left too."""
    index = vault.blind_index(NAME_PURPOSE, name_key(name))
    return list(session.scalars(select(Patient).where(Patient.name_index == index).order_by(Patient.id)))


def find_by_clinic_id(session: Session, vault: Vault, clinic_id: str) -> Patient | None:
    """The patient with the clinic's id, or None."""
    index = vault.blind_index(CLINIC_ID_PURPOSE, clinic_id_key(clinic_id))
    return session.scalars(select(Patient).where(Patient.clinic_id_index == index)).one_or_none()
