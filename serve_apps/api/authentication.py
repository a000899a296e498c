"""The door: every request and every socket passes here before its address is even looked at.

A key comes as ``Authorization: Bearer <key>``. A browser's WebSocket cannot send that header; it offers the
subprotocols ``design-agent`` and ``bearer.<key in base64url without padding>`` and is answered with the first.
"""

import base64
import binascii
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_apps.api.auth import User
from serve_apps.api.errors import http_status, named_response
from serve_apps.api.keyring import KeyRing
from serve_apps.api.ratelimit import RequestLimit
from serve_apps.api.revocation import WhileValid
from storage.errors import DesignAgentError

PUBLIC_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/oauth2-redirect"})
PUBLIC_FOLDERS = ("/static-offline-docs/",)
SUBPROTOCOL, BEARER_PROTOCOL = "design-agent", "bearer."
# 4401 for 401 and so on: a browser's script sees the code of a closed socket, not the status of a refused one.
CLOSE_BASE = 4000
_MAX_REASON = 120


def is_public(path: str) -> bool:
    """Whether the address wants no key."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_FOLDERS)


def bearer(headers: Headers) -> str | None:
    """The key that a caller shows, None for none."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    for offered in subprotocols(headers):
        if offered.startswith(BEARER_PROTOCOL):
            text = offered.removeprefix(BEARER_PROTOCOL)
            try:
                return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
            except (binascii.Error, ValueError):
                return None
    return None


def subprotocols(headers: Headers) -> list[str]:
    """What a socket offers to speak."""
    return [name.strip() for name in headers.get("sec-websocket-protocol", "").split(",") if name.strip()]


def chosen_subprotocol(headers: Headers) -> str | None:
    """The subprotocol to accept a socket with: a browser that offers some wants to hear one of them."""
    return SUBPROTOCOL if SUBPROTOCOL in subprotocols(headers) else None


class Authentication:
    """Puts the User into the connection's state, or refuses with 401 or 429 (a socket: closes with 4401, 4429)."""

    def __init__(
        self, app: ASGIApp, keys: KeyRing, limit: RequestLimit, by_link: Callable[[Scope], User | None]
    ) -> None:
        self.app = app
        self.limit = limit
        self.keys = keys
        self.by_link = by_link

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] not in {"http", "websocket"} or is_public(scope["path"]):
            await self.app(scope, receive, send)
            return
        key = bearer(Headers(scope=scope))
        try:
            user = self.by_link(scope)
            if user is None:
                user = await run_in_threadpool(self.keys.user, key)
            await self.limit.count(user)
        except DesignAgentError as error:
            await refuse(scope, receive, send, error)
            return
        scope["state"]["user"] = user
        guarded = WhileValid(scope, send, lambda: run_in_threadpool(self.keys.user, key))
        try:
            await self.app(scope, receive, guarded if user.key_id else send)
        except (OSError, ClientDisconnect):
            if not guarded.ended:
                raise


async def refuse(scope: Scope, receive: Receive, send: Send, error: DesignAgentError) -> None:
    """Answer with the error before any endpoint is asked."""
    if scope["type"] == "http":
        await named_response(scope["state"]["request_id"], error)(scope, receive, send)
        return
    accept: Message = {"type": "websocket.accept", "subprotocol": chosen_subprotocol(Headers(scope=scope))}
    await send(accept)
    code = CLOSE_BASE + http_status(error)
    await send({"type": "websocket.close", "code": code, "reason": error.told[:_MAX_REASON]})
