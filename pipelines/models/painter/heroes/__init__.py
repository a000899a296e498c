"""Heroes: one small module per family of subjects."""
