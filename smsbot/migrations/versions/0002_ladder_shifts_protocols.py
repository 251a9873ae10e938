"""Ladders that climb, shifts, receipts that are asked for, and protocols kept by their checksum."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "protocols",
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("is_edited", sa.Boolean(), nullable=False),
        sa.Column("first_used_at", _TIME, nullable=False),
        sa.Column("signed_by", sa.String(length=120), nullable=True),
        sa.Column("signed_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("checksum", name=op.f("pk_protocols")),
    )
    op.create_table(
        "rota",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_rota_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota")),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_shifts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shifts_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_shifts_ends_at"), ["ends_at"], unique=False)
    # An alert of before had one step. It may still be on its way: the next one comes a little later.
    op.add_column("alerts", sa.Column("reason", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("alerts", sa.Column("to_owner", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alerts", sa.Column("passed_by", sa.JSON(), nullable=False, server_default="[]"))
    _let_climb()
    # Not in a batch, which copies the table on SQLite: dispatches refer to it.
    op.create_index(op.f("ix_alerts_next_at"), "alerts", ["next_at"], unique=False)
    op.add_column("cases", sa.Column("owner_opened_at", _TIME, nullable=True))
    op.add_column("cases", sa.Column("acted_at", _TIME, nullable=True))
    op.add_column("cases", sa.Column("reply_lost", sa.String(length=40), nullable=True))
    op.add_column("dispatches", sa.Column("asked_at", _TIME, nullable=True))
    op.add_column("staff", sa.Column("texts_stopped_at", _TIME, nullable=True))


def _let_climb() -> None:
    alerts = sa.table("alerts", sa.column("state", sa.String), sa.column("next_at", _TIME))
    soon = datetime.now(UTC) + timedelta(minutes=2)
    if op.get_bind().dialect.name == "sqlite":
        soon = soon.replace(tzinfo=None)  # as all its times are kept
    op.execute(alerts.update().where(alerts.c.state == "climbing").values(next_at=soon))
