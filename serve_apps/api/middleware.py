"""Around every request: its id, a cap on its body, a last net under unexpected exceptions."""

import re
import uuid
from collections.abc import Mapping

import structlog
from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve_apps.api.errors import error_response

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_INTERNAL_ERROR_CLOSE = 1011
log = structlog.get_logger(__name__)


class RequestContext:
    """Gives the request its id (the client's, if it is a plain word) and answers 500 for what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get(HEADER, "")
        request_id = asked if _ACCEPTABLE.fullmatch(asked) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except ClientDisconnect:
                log.debug("the client has gone", path=scope["path"])
            except Exception:
                log.exception("unexpected error", method=scope.get("method"), path=scope["path"])
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": _INTERNAL_ERROR_CLOSE})
                elif started:
                    # Half an answer is out: only a broken connection tells the client that it is not whole.
                    raise
                else:
                    response = error_response(
                        request_id, 500, "INTERNAL_ERROR",
                        "Something went wrong on our side; try again, and quote the request id if it stays so.",
                    )  # fmt: skip
                    await response(scope, receive, send_with_id)


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The body is too large; send at most {most // 2**20} MiB")


class BodyLimit:
    """Refuses a larger body with 413, before reading it where its length is given."""

    def __init__(self, app: ASGIApp, most: int, others: Mapping[str, int]) -> None:
        """``most``: bytes; ``others``: bytes of the paths where it is another number."""
        self.app = app
        self.most = most
        self.others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("content-length", "")
        size = int(given) if given.isdecimal() else 0
        most = self.others.get(scope["path"], self.most)

        async def receive_counted() -> Message:
            nonlocal size
            if size > most:
                raise _too_large(most)
            message = await receive()
            if not given:
                size += len(message.get("body", b""))
                if size > most:
                    raise _too_large(most)
            return message

        await self.app(scope, receive_counted, send)
