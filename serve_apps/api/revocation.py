"""Ends an open stream whose key is revoked meanwhile."""

import time
from collections.abc import Awaitable, Callable

from starlette.types import Message, Scope, Send

from storage.errors import UnauthorizedError, UnavailableError

RECHECK_SECONDS = 1.0
UNAUTHORIZED_CLOSE = 4401
_STREAMED = {"websocket.send", "http.response.body"}


class KeyRevokedError(OSError):
    """The key is valid no more; to the endpoint it looks as if the client had gone."""


class WhileValid:
    """A ``send`` that asks again, at most once a second, whether the key is valid before it sends anything more."""

    def __init__(self, scope: Scope, send: Send, check: Callable[[], Awaitable[object]]) -> None:
        self._socket = scope["type"] == "websocket"
        self._send = send
        self._check = check
        self._checked = time.monotonic()
        self.ended = False

    async def __call__(self, message: Message) -> None:
        """Send the message. Raises KeyRevokedError, after the stream was closed."""
        if self.ended:
            raise KeyRevokedError
        if message["type"] in _STREAMED and time.monotonic() - self._checked >= RECHECK_SECONDS:
            try:
                await self._check()
            except UnauthorizedError as error:
                self.ended = True
                await self._close(error.message)
                raise KeyRevokedError from None
            except UnavailableError:
                # The key was valid a moment ago; an unreachable database is no reason to cut everybody off.
                pass
            self._checked = time.monotonic()
        await self._send(message)

    async def _close(self, reason: str) -> None:
        if self._socket:
            await self._send({"type": "websocket.close", "code": UNAUTHORIZED_CLOSE, "reason": reason[:120]})
        else:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
