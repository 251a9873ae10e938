"""The patients of the clinic's list, the numbers they stand behind, and what was agreed about texting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class Patient(Base):
    """A person the clinic treats. `clinic_id` is the clinic's own number for them: imports go by it."""

    __tablename__ = "patients"

    id: Mapped[str] = primary_key()
    clinic_id_sealed: Mapped[bytes] = sealed_column("clinic_id")
    clinic_id = Sealed()
    clinic_id_index: Mapped[str] = mapped_column(String(32), unique=True)
    name_sealed: Mapped[bytes] = sealed_column("name")  # as on an identity card
    name = Sealed()
    name_index: Mapped[str] = mapped_column(String(32), index=True)
    birth_date_sealed: Mapped[bytes | None] = sealed_column("birth_date", nullable=True)  # YYYY-MM-DD
    birth_date = Sealed()
    address_sealed: Mapped[bytes | None] = sealed_column("address", nullable=True)
    address = Sealed()
    emergency_contact_sealed: Mapped[bytes | None] = sealed_column("emergency_contact", nullable=True)
    emergency_contact = Sealed()
    guardian_sealed: Mapped[bytes | None] = sealed_column("guardian", nullable=True)
    guardian = Sealed()
    prescriber_sealed: Mapped[bytes | None] = sealed_column("prescriber", nullable=True)
    prescriber = Sealed()
    language: Mapped[str | None] = mapped_column(String(8))
    left_at: Mapped[datetime | None]  # no longer on the clinic's list; kept, for cases refer to them
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PatientNumber(Base):
    """A phone number behind which a patient stands; a family's phone has several."""

    __tablename__ = "patient_numbers"
    __table_args__ = (
        Index("uq_patient_numbers_patient_id_number_index", "patient_id", "number_index", unique=True),
    )

    id: Mapped[str] = primary_key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("patients.id"), index=True)
    number_sealed: Mapped[bytes] = sealed_column("number")
    number = Sealed()
    number_index: Mapped[str] = mapped_column(String(32), index=True)
    relation: Mapped[str] = mapped_column(String(24))  # whose phone: self, parent, guardian, partner, other
    may_be_told: Mapped[str] = mapped_column(String(24))  # everything, appointments, nothing


class ConsentEntry(Base):
    """A line of the ledger of consent: what was agreed or withdrawn, how, and in which words."""

    __tablename__ = "consents"

    id: Mapped[str] = primary_key()
    contact_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("contacts.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(16))  # texts, reminders, automatic, privacy
    change: Mapped[str] = mapped_column(String(16))  # start, stop, told, agreed
    source: Mapped[str] = mapped_column(String(16))  # keyword, words, provider, staff, notice, import
    message_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    staff_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    words_sealed: Mapped[bytes | None] = sealed_column("words", nullable=True)
    words = Sealed()
