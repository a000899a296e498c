"""Which keys are allowed; the same for every object store."""

import re

from storage.errors import ValidationError

MAX_KEY, MAX_SEGMENT = 500, 200
_SEGMENT = re.compile(rf"(?!\.{{1,2}}$)[A-Za-z0-9._-]{{1,{MAX_SEGMENT}}}")


def checked(key: str) -> str:
    """The key itself. Raises ValidationError for one that is no clean relative path."""
    if len(key) <= MAX_KEY and all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        return key
    reason = f"must be segments of A-Z a-z 0-9 . _ - joined by /, none of them . or .., at most {MAX_KEY} characters"
    raise ValidationError(f"An object key {reason}.", fields={"key": reason})
