"""Schema revisions (Alembic). ``upgrade`` and ``downgrade`` run on a connection that the caller opened."""
