"""Alembic's entry. The connection comes from `Database.migrate`; all of one upgrade is one transaction."""

from alembic import context

from smsbot.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite too: the engine sends BEGIN itself
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
