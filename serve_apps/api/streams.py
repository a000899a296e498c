"""Progress as it happens, by WebSocket and by server-sent events: the same messages.

The first message is a snapshot; its ``seq`` is the number after which the stream goes on, so a client that is cut at
any point and comes back with the last ``seq`` it saw misses nothing and sees nothing twice.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from pydantic import Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Message, Send

from serve_apps.api.auth import CurrentUser, User
from serve_apps.api.authentication import chosen_subprotocol
from serve_apps.api.errors import answers
from serve_apps.api.schemas import TaskId
from serve_apps.api.services import ApiServices, Services
from storage.documents.ids import Id
from storage.documents.progress import TaskEvent
from storage.errors import NotFoundError, TaskNotFound, UnavailableError

router = APIRouter(prefix="/api/v1/tasks", tags=["progress"])
HEARTBEAT_SECONDS = 15.0
# A reader that takes nothing for so long is dropped; it comes back with the last number it saw.
SEND_SECONDS = 10.0
RECONNECT_MS = 2000
NORMAL, TRY_AGAIN, BAD_REQUEST, NOT_FOUND = 1000, 1013, 4400, 4404
_seq: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])
_id: TypeAdapter[str] = TypeAdapter(Id)


async def _opening(services: ApiServices, task_id: str, user: User, since: int | None) -> tuple[TaskEvent, bool]:
    """The snapshot, and whether anything follows it. Raises TaskNotFound."""

    def newest() -> TaskEvent:
        services.database.get_task(task_id, user.scope)
        last: TaskEvent | None = None
        while page := services.database.events_since(task_id, last.seq if last else 0):
            last = page[-1]
        if last is None:
            raise TaskNotFound("There is no task with this id.")
        return last

    last = await run_in_threadpool(newest)
    after = last.seq if since is None else min(since, last.seq)
    snapshot = last.model_copy(update={"type": "snapshot", "seq": after})
    return snapshot, last.type != "end" or after < last.seq


async def _messages(
    services: ApiServices, snapshot: TaskEvent, task_id: str, follows: bool
) -> AsyncGenerator[TaskEvent, None]:
    yield snapshot
    if follows:
        async with contextlib.aclosing(services.feed.follow(task_id, snapshot.seq)) as events:
            async for event in events:
                yield event


@router.websocket("/{task_id}/ws")
async def task_socket(
    websocket: WebSocket, task_id: str, services: Services, user: CurrentUser, since: str | None = None
) -> None:
    """Messages as JSON texts. Closes 1000 after the end, 4404 for an unknown task, 4400 for a bad ``since``."""
    await websocket.accept(chosen_subprotocol(websocket.headers))
    code, reason = await _talk(websocket, task_id, services, user, since)
    # A client that has gone, or takes nothing, cannot be told why.
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.close(code, reason)


async def _talk(
    websocket: WebSocket, task_id: str, services: ApiServices, user: User, since: str | None
) -> tuple[int, str]:
    """Everything but the closing, whose code and reason it returns."""
    try:
        known = _id.validate_python(task_id)
    except ValidationError:
        return NOT_FOUND, "There is no task with this id."
    try:
        after = None if since is None else _seq.validate_python(since)
    except ValidationError:
        return BAD_REQUEST, "since must be the seq of the last message seen."
    try:
        snapshot, follows = await _opening(services, known, user, after)
        await _serve_socket(websocket, _messages(services, snapshot, known, follows))
    except NotFoundError as error:
        return NOT_FOUND, error.message
    except UnavailableError:
        return TRY_AGAIN, "Try again in a moment."
    except TimeoutError:
        return TRY_AGAIN, "Too slow a reader; come back with since."
    except WebSocketDisconnect:
        return NORMAL, ""
    return NORMAL, ""


async def _serve_socket(websocket: WebSocket, messages: AsyncGenerator[TaskEvent, None]) -> None:
    """Send until the end or until the client has gone. Raises TimeoutError for a reader that takes nothing."""

    async def send() -> None:
        async with contextlib.aclosing(messages):
            async for message in messages:
                async with asyncio.timeout(SEND_SECONDS):
                    await websocket.send_text(message.model_dump_json())

    async def listen() -> None:
        while (await websocket.receive())["type"] != "websocket.disconnect":
            continue

    sender, listener = asyncio.create_task(send()), asyncio.create_task(listen())
    try:
        await asyncio.wait({sender, listener}, return_when=asyncio.FIRST_COMPLETED)
        if sender.done():
            sender.result()
    finally:
        for task in (sender, listener):
            task.cancel()
        await asyncio.gather(sender, listener, return_exceptions=True)


_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "The message's `seq`."},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": TaskEvent.model_json_schema(mode="serialization"),
        },
    },
    "required": ["id", "data"],
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events; `data` is a TaskEvent and `id` its `seq`.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}


@router.get("/{task_id}/events", response_class=StreamingResponse, responses={**_STREAM, **answers(400, 404)})
async def task_events(
    task_id: TaskId,
    services: Services,
    user: CurrentUser,
    since: Annotated[int | None, Query(ge=0, lt=2**63, description="Number of the last message seen.")] = None,
    last_event_id: Annotated[int | None, Header(ge=0, lt=2**63, description="The same; wins over `since`.")] = None,
) -> StreamingResponse:
    """A snapshot, then every event after it; ends with the task. A comment every 15 s keeps the line open."""
    # A browser that reconnects repeats the address with its old `since`: the header is newer.
    after = since if last_event_id is None else last_event_id
    snapshot, follows = await _opening(services, task_id, user, after)
    return EventStream(_lines(_messages(services, snapshot, task_id, follows)))


async def _lines(messages: AsyncGenerator[TaskEvent, None]) -> AsyncGenerator[str, None]:
    yield f"retry: {RECONNECT_MS}\n\n"
    ahead: asyncio.Task[TaskEvent] | None = None
    try:
        while True:
            # Not wait_for: it would cancel the read, and with it the subscription.
            ahead = ahead or asyncio.ensure_future(anext(messages))
            done, _ = await asyncio.wait({ahead}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield ": still here\n\n"
                continue
            message, ahead = ahead.result(), None
            yield f"id: {message.seq}\ndata: {message.model_dump_json()}\n\n"
    except StopAsyncIteration:
        return
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.wait({ahead})
        await messages.aclose()


class EventStream(StreamingResponse):
    """Server-sent events; a client that takes nothing for ``SEND_SECONDS`` is dropped."""

    media_type = "text/event-stream"

    def init_headers(self, headers: Any = None) -> None:
        """Nothing between us and the client may hold events back."""
        super().init_headers({"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **dict(headers or {})})

    async def stream_response(self, send: Send) -> None:
        """Raises ClientDisconnect when a send takes too long."""

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnect from None

        await super().stream_response(send_in_time)
