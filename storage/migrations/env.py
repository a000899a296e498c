"""Alembic environment: always online, on the connection handed in by ``storage.migrations.run``."""

from alembic import context

from storage.database import client_tables
from storage.migrations import resumable

resumable.install()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=client_tables.TaskExtraRow.metadata,
    # SQLite: one transaction round the whole run, so that a killed one leaves the old schema. MySQL commits at every
    # change of a table anyway; there each revision is stamped and committed when it is done.
    transactional_ddl=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
