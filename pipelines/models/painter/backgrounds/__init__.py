"""Background painters."""
