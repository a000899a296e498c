"""Signed, expiring links to previews, so that a page can show one without holding a key."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

from starlette.types import Scope

from serve_apps.api.auth import User

_PREVIEW = re.compile(r"/posters/(?P<poster_id>[^/]+)/preview")
_WHOLE_SECONDS = re.compile(r"[0-9]{1,12}")
# Links made within an hour are equal, so that a browser's copy is found again.
_ROUND_SECONDS = 3600


class LinkSigner:
    """Signs a poster's id and a time (HMAC-SHA256). Whoever has the link sees that preview until then."""

    def __init__(self, secret: bytes, seconds: int, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._seconds = seconds
        self._clock = clock

    def query(self, poster_id: str) -> str:
        """``exp=...&sig=...``; good for ``seconds`` and at most an hour more."""
        end = (int(self._clock() + self._seconds) // _ROUND_SECONDS + 1) * _ROUND_SECONDS
        return urlencode({"exp": end, "sig": self._signature(poster_id, str(end))})

    def valid(self, poster_id: str, exp: str, sig: str) -> bool:
        """Whether this link is ours and not over."""
        if not _WHOLE_SECONDS.fullmatch(exp) or not sig.isascii():
            return False
        return hmac.compare_digest(sig, self._signature(poster_id, exp)) and self._clock() < int(exp)

    def holder(self, scope: Scope) -> User | None:
        """Who comes by a signed link: somebody who may see that one preview. None for any other request."""
        match = _PREVIEW.fullmatch(scope["path"])
        if match is None or scope.get("method") not in {"GET", "HEAD"}:
            return None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        exp, sig = query.get("exp", [""])[-1], query.get("sig", [""])[-1]
        return User("link", None, "link") if self.valid(match["poster_id"], exp, sig) else None

    def _signature(self, poster_id: str, exp: str) -> str:
        return hmac.new(self._secret, f"preview\n{poster_id}\n{exp}".encode(), hashlib.sha256).hexdigest()
