"""What the inbox needs: second factors, drafts, tasks, corrections, saved replies, changes of the profile."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)
_ID = sa.String(length=32)


def upgrade() -> None:
    _create_sign_in()
    _create_desk()
    _create_clinic()
    # Not in batches, which copy the table on SQLite: other tables refer to these.
    op.add_column("cases", sa.Column("resolved_by", _ID, nullable=True))
    op.add_column("cases", sa.Column("resolution", sa.String(length=40), nullable=True))
    op.add_column("cases", sa.Column("waiting_at", _TIME, nullable=True))
    op.add_column("cases", sa.Column("charted_at", _TIME, nullable=True))
    op.add_column("cases", sa.Column("charted_by", _ID, nullable=True))
    op.add_column("cases", sa.Column("split_from", _ID, nullable=True))
    op.add_column(
        "cases", sa.Column("changed_at", _TIME, nullable=False, server_default="2026-01-01 00:00:00")
    )
    op.create_index(op.f("ix_cases_changed_at"), "cases", ["changed_at"], unique=False)
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"], unique=False)
    op.create_index("ix_cases_state_resolved_at", "cases", ["state", "resolved_at"], unique=False)
    op.create_index("ix_dispatches_created_at", "dispatches", ["created_at"], unique=False)
    op.create_index("ix_dispatches_message_id", "dispatches", ["message_id"], unique=False)
    op.create_index("ix_events_at", "events", ["at"], unique=False)
    op.create_index("ix_events_kind_at", "events", ["kind", "at"], unique=False)
    op.create_index("ix_messages_created_at", "messages", ["created_at"], unique=False)
    op.add_column("staff", sa.Column("totp", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_at", _TIME, nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.Integer(), nullable=True))
    op.add_column("staff_sessions", sa.Column("device", sa.String(length=80), nullable=True))
    op.add_column(
        "staff_sessions", sa.Column("how", sa.String(length=16), nullable=False, server_default="password")
    )
    op.add_column("staff_sessions", sa.Column("needs", sa.String(length=16), nullable=True))


def _create_sign_in() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("credential_id", sa.String(length=400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkeys_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_staff_id"), "passkeys", ["staff_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("code_index", _ID, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_codes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_staff_id"), "recovery_codes", ["staff_id"], unique=False)


def _create_desk() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_drafts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("uq_drafts_case_id_staff_id", "drafts", ["case_id", "staff_id"], unique=True)
    op.create_table(
        "tasks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("wish", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME, nullable=True),
        sa.Column("done_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_tasks_case_id")),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_tasks_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_done_at_team", "tasks", ["done_at", "team"], unique=False)
    op.create_index("uq_tasks_case_id_kind", "tasks", ["case_id", "kind"], unique=True)
    op.create_table(
        "viewings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("is_writing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_viewings_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_viewings_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewings")),
    )
    op.create_index("uq_viewings_case_id_staff_id", "viewings", ["case_id", "staff_id"], unique=True)
    op.create_table(
        "corrections",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("intents", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_corrections_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_corrections_message_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_corrections_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_at"), "corrections", ["at"], unique=False)
    op.create_index("ix_corrections_message_id_at", "corrections", ["message_id", "at"], unique=False)


def _create_clinic() -> None:
    op.create_table(
        "clinic_changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_clinic_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_changes")),
    )
    op.create_index("ix_clinic_changes_name_at", "clinic_changes", ["name", "at"], unique=False)
    op.create_table(
        "saved_replies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("updated_by", _ID, nullable=True),
        sa.Column("removed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["updated_by"], ["staff.id"], name=op.f("fk_saved_replies_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_replies")),
    )
