"""Procedural painter: heroes and backgrounds as editable vector elements."""
