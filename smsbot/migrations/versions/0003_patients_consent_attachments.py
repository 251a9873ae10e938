"""The patient list, the ledger of consent, attachments, and what conversation sense remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)
_ID = sa.String(length=32)


def upgrade() -> None:
    _create_patients()
    _create_consents()
    _create_attachments()
    # Not in batches, which copy the table on SQLite: other tables refer to these.
    op.add_column("contacts", sa.Column("set_language", sa.String(length=8), nullable=True))
    op.add_column("contacts", sa.Column("silence", sa.String(length=16), nullable=True))
    op.add_column("contacts", sa.Column("silence_at", _TIME, nullable=True))
    op.add_column("contacts", sa.Column("reminders_off_at", _TIME, nullable=True))
    op.add_column("contacts", sa.Column("notice_at", _TIME, nullable=True))
    op.add_column("messages", sa.Column("reply_keys", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("cases", sa.Column("asked", sa.String(length=24), nullable=True))
    op.add_column("cases", sa.Column("asked_at", _TIME, nullable=True))
    op.add_column("cases", sa.Column("conditions", sa.JSON(), nullable=False, server_default="[]"))


def _create_patients() -> None:
    op.create_table(
        "patients",
        sa.Column("id", _ID, nullable=False),
        sa.Column("clinic_id", sa.LargeBinary(), nullable=False),
        sa.Column("clinic_id_index", _ID, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", _ID, nullable=False),
        sa.Column("birth_date", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("emergency_contact", sa.LargeBinary(), nullable=True),
        sa.Column("guardian", sa.LargeBinary(), nullable=True),
        sa.Column("prescriber", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("left_at", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("clinic_id_index", name=op.f("uq_patients_clinic_id_index")),
    )
    op.create_index(op.f("ix_patients_name_index"), "patients", ["name_index"], unique=False)
    op.create_table(
        "patient_numbers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", _ID, nullable=False),
        sa.Column("relation", sa.String(length=24), nullable=False),
        sa.Column("may_be_told", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_numbers_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_numbers")),
    )
    op.create_index(op.f("ix_patient_numbers_patient_id"), "patient_numbers", ["patient_id"], unique=False)
    op.create_index(
        op.f("ix_patient_numbers_number_index"), "patient_numbers", ["number_index"], unique=False
    )
    op.create_index(
        "uq_patient_numbers_patient_id_number_index",
        "patient_numbers",
        ["patient_id", "number_index"],
        unique=True,
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column("staff_id", _ID, nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_contact_id"), "consents", ["contact_id"], unique=False)
    op.create_index(op.f("ix_consents_at"), "consents", ["at"], unique=False)


def _create_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=80), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("fetched_at", _TIME, nullable=True),
        sa.Column("removed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(
        "uq_attachments_message_id_position", "attachments", ["message_id", "position"], unique=True
    )
    op.create_index("ix_attachments_state_due_at", "attachments", ["state", "due_at"], unique=False)
