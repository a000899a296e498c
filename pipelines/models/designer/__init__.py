"""The rule-based designer: reads a Chinese or English wish without any model."""
