"""Alembic environment: always online, on the connection handed in by ``storage.migrations.run``."""

from alembic import context

from storage.database import client_tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=client_tables.TaskExtraRow.metadata,
    # One transaction round the whole run: a killed migration leaves the old schema. MySQL commits at every DDL anyway.
    transactional_ddl=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
