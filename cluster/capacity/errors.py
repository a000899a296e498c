"""What is wrong with the input of a simulation."""

from storage.errors import ValidationError


class CapacityError(ValidationError):
    """A profile or a file of arrivals cannot be used."""


class TooSmall(CapacityError):
    """A fleet does not hold one replica of each model."""
