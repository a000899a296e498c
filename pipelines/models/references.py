"""The port through which pictures from outside come in. Its adapter does the fetching; nothing here knows HTTP."""

from dataclasses import dataclass
from typing import Protocol


class NoPicture(Exception):
    """A reference gives no picture that could be used; the message is a sentence for the user."""


class ReferenceSource(Protocol):
    """Fetches what a user's https reference points at."""

    def fetch(self, url: str) -> bytes:
        """Bytes of a PNG, JPEG or WebP file. Raises NoPicture, after bounded time and attempts."""


@dataclass(frozen=True, slots=True)
class NoSource:
    """For processes that do not reach out."""

    def fetch(self, url: str) -> bytes:  # noqa: ARG002 - the port's
        """Raises NoPicture."""
        raise NoPicture("Addresses are not fetched here; upload the picture instead.")
