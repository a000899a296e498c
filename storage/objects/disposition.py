"""The header under whose name a browser saves what it fetches."""

import re
from urllib.parse import quote


def disposition(name: str) -> str:
    """``Content-Disposition`` of a download: a plain name for old clients, the whole one for the others (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "poster"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
