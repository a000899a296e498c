"""Progress by WebSocket and server-sent events, over a real server."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from serve_apps.api import streams
from serve_apps.api.services import ApiServices
from storage.documents.base import utc_now
from storage.documents.progress import TaskEvent
from tests.api.conftest import advance, claimed, finish, new_task, refused

Message = dict[str, Any]
PATIENCE = 90.0
KEYS = {"type", "seq", "status", "phase", "percentage", "message", "details", "attempt", "at"}


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """Host and port of a server in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()


def read_socket(address: str, task_id: str, since: object = None, on_open: Callable[[], None] = lambda: None):
    """Every message until the server closes, and the close code."""
    query = "" if since is None else f"?since={since}"
    messages: list[Message] = []
    with connect(f"ws://{address}/api/v1/tasks/{task_id}/ws{query}", open_timeout=PATIENCE) as ws:
        try:
            messages.append(json.loads(ws.recv(timeout=PATIENCE)))
            on_open()
            while True:
                messages.append(json.loads(ws.recv(timeout=PATIENCE)))
        except ConnectionClosed as closed:
            return messages, closed.rcvd.code if closed.rcvd else None


def read_events(
    address: str, task_id: str, since: object = None, last: object = None, on_open: Callable[[], None] = lambda: None
) -> list[Message]:
    """Every event until the server ends the answer; the id of each is checked against its number."""
    params = {} if since is None else {"since": since}
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    url = f"http://{address}/api/v1/tasks/{task_id}/events"
    messages: list[Message] = []
    with httpx.stream("GET", url, params=params, headers=headers, timeout=PATIENCE) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-cache"
        number = None
        for line in answer.iter_lines():
            if line.startswith("id:"):
                number = int(line[3:])
            elif line.startswith("data:"):
                messages.append(json.loads(line[5:]))
                assert messages[-1]["seq"] == number
                if len(messages) == 1:
                    on_open()
    return messages


def run_to_the_end(services: ApiServices, task_id: str) -> None:
    attempt = claimed(services, task_id)
    for phase in ("fetching_task", "parsing_intent", "generating_layout"):
        advance(services, task_id, attempt, phase)
    finish(services, task_id, attempt)


def stored(services: ApiServices, task_id: str) -> list[int]:
    return [event.seq for event in services.database.events_since(task_id, 0)]


def check(messages: list[Message], numbers: list[int]) -> None:
    """A snapshot, then exactly these numbers, the last of them the end."""
    assert all(set(message) == KEYS for message in messages)
    assert [message["type"] for message in messages] == ["snapshot", *["progress"] * (len(numbers) - 1), "end"]
    assert [message["seq"] for message in messages[1:]] == numbers
    assert messages[-1]["status"] == "completed"
    assert messages[-1]["percentage"] == 100


def read_both(address: str, task_id: str, **kwargs: Any) -> list[list[Message]]:
    messages, code = read_socket(address, task_id, **kwargs)
    assert code == 1000
    return [messages, read_events(address, task_id, **kwargs)]


def test_a_socket_hears_every_event_once_in_order_and_is_closed(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    messages, code = read_socket(address, task_id, on_open=lambda: run_to_the_end(services, task_id))
    assert code == 1000
    assert messages[0]["status"] == "pending"
    assert messages[0]["phase"] == "init"
    check(messages, [number for number in stored(services, task_id) if number > messages[0]["seq"]])
    phases = [message["phase"] for message in messages]
    assert phases[-4:] == ["fetching_task", "parsing_intent", "generating_layout", "completed"]


def test_server_sent_events_tell_the_same(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    messages = read_events(address, task_id, on_open=lambda: run_to_the_end(services, task_id))
    check(messages, [number for number in stored(services, task_id) if number > messages[0]["seq"]])


def test_since_brings_what_was_missed_and_nothing_else(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    run_to_the_end(services, task_id)
    numbers = stored(services, task_id)
    assert len(numbers) >= 5
    for since in (0, numbers[0], numbers[2]):
        for messages in read_both(address, task_id, since=since):
            check(messages, [number for number in numbers if number > since])
            assert messages[0]["seq"] == since
            assert messages[0]["status"] == "completed"
    messages = read_events(address, task_id, last=numbers[1], since=0)
    check(messages, numbers[2:])


def test_replay_and_live_events_join_without_a_seam(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    attempt = claimed(services, task_id)
    advance(services, task_id, attempt, "fetching_task")

    def go_on() -> None:
        advance(services, task_id, attempt, "parsing_intent")
        finish(services, task_id, attempt)

    messages, _ = read_socket(address, task_id, since=0, on_open=go_on)
    check(messages, stored(services, task_id))


@pytest.mark.parametrize("since", [None, 10**6])
def test_a_late_comer_gets_the_last_state_and_is_closed(address: str, services: ApiServices, since: int | None) -> None:
    task_id = new_task(services)
    run_to_the_end(services, task_id)
    for messages in read_both(address, task_id, since=since):
        assert [message["type"] for message in messages] == ["snapshot"]
        assert messages[0]["status"] == "completed"
        assert messages[0]["seq"] == stored(services, task_id)[-1]


def test_a_cancelled_task_ends_its_streams(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    messages, code = read_socket(address, task_id, on_open=lambda: services.database.cancel_task(task_id))
    assert code == 1000
    assert (messages[-1]["type"], messages[-1]["status"]) == ("end", "cancelled")


@pytest.mark.parametrize("task_id", ["task_none", "not%20an%20id"])
def test_an_unknown_task_closes_a_socket_with_4404_and_is_404_for_events(address: str, task_id: str) -> None:
    with (
        connect(f"ws://{address}/api/v1/tasks/{task_id}/ws", open_timeout=PATIENCE) as ws,
        pytest.raises(ConnectionClosed) as closed,
    ):
        ws.recv(timeout=PATIENCE)
    assert closed.value.rcvd.code == 4404
    refused(httpx.get(f"http://{address}/api/v1/tasks/{task_id}/events", timeout=PATIENCE), 404, "TASK_NOT_FOUND")


@pytest.mark.parametrize("since", ["-1", "x", str(2**63), "1.5"])
def test_a_bad_since_is_refused(address: str, services: ApiServices, since: str) -> None:
    task_id = new_task(services)
    url = f"ws://{address}/api/v1/tasks/{task_id}/ws?since={since}"
    with connect(url, open_timeout=PATIENCE) as ws, pytest.raises(ConnectionClosed) as closed:
        ws.recv(timeout=PATIENCE)
    assert closed.value.rcvd.code == 4400
    refused(
        httpx.get(f"http://{address}/api/v1/tasks/{task_id}/events?since={since}", timeout=PATIENCE),
        400,
        "INVALID_ARGUMENT",
    )


def test_an_idle_stream_has_a_heartbeat(address: str, services: ApiServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.02)
    task_id = new_task(services)
    comments = 0
    with httpx.stream("GET", f"http://{address}/api/v1/tasks/{task_id}/events", timeout=PATIENCE) as answer:
        for line in answer.iter_lines():
            comments += line.startswith(":")
            if comments == 3:
                services.database.cancel_task(task_id)
    assert comments >= 3


def test_what_a_client_says_on_a_socket_is_ignored(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    with connect(f"ws://{address}/api/v1/tasks/{task_id}/ws", open_timeout=PATIENCE) as ws:
        ws.recv(timeout=PATIENCE)
        ws.send("hello")
        ws.send(b"\x00")
        services.database.cancel_task(task_id)
        assert json.loads(ws.recv(timeout=PATIENCE))["type"] == "end"


def test_two_hundred_open_streams_each_hear_the_end_and_nobody_waits(address: str, services: ApiServices) -> None:
    tasks = [new_task(services) for _ in range(4)]

    async def events(client: httpx.AsyncClient, task_id: str, opened: asyncio.Semaphore) -> str:
        last = ""
        async with client.stream("GET", f"/api/v1/tasks/{task_id}/events") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    if not last:
                        opened.release()
                    last = json.loads(line[5:])["type"]
        return last

    async def answered(client: httpx.AsyncClient) -> float:
        began = time.perf_counter()
        assert (await client.get("/healthz")).status_code == 200
        return time.perf_counter() - began

    async def main() -> tuple[list[str], float]:
        limits = httpx.Limits(max_connections=300)
        opened = asyncio.Semaphore(0)
        async with httpx.AsyncClient(base_url=f"http://{address}", timeout=PATIENCE, limits=limits) as client:
            feeds = [asyncio.create_task(events(client, tasks[number % 4], opened)) for number in range(200)]
            for _ in feeds:
                await opened.acquire()
            # A busy machine may hold up one of them.
            waited = min([await answered(client) for _ in range(5)])
            for task_id in tasks:
                await client.post(f"/api/v1/tasks/{task_id}/cancel")
            return await asyncio.gather(*feeds), waited

    ends, waited = asyncio.run(main())
    assert ends == ["end"] * 200
    assert waited < 1


class Clogged:
    """A connection whose other end takes nothing and says nothing."""

    async def send_text(self, text: str) -> None:
        await asyncio.Event().wait()

    async def receive(self) -> None:
        await asyncio.Event().wait()


async def endless() -> AsyncGenerator[TaskEvent, None]:
    progress: dict[str, Any] = {"phase": "init", "percentage": 0, "message": "", "at": utc_now()}
    while True:
        yield TaskEvent(type="progress", seq=1, status="pending", **progress)


def test_a_reader_that_takes_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.01)
    with pytest.raises(TimeoutError):
        asyncio.run(streams._serve_socket(Clogged(), endless()))
    with pytest.raises(ClientDisconnect):
        asyncio.run(streams.EventStream(streams._lines(endless())).stream_response(Clogged().send_text))


def test_a_client_that_goes_leaves_nothing_behind(address: str, services: ApiServices) -> None:
    task_id = new_task(services)
    with ExitStack() as stack:
        sockets: list[ClientConnection] = [
            stack.enter_context(connect(f"ws://{address}/api/v1/tasks/{task_id}/ws", open_timeout=PATIENCE))
            for _ in range(5)
        ]
        for ws in sockets:
            ws.recv(timeout=PATIENCE)
    run_to_the_end(services, task_id)
    messages, _ = read_socket(address, task_id, since=0)
    check(messages, stored(services, task_id))
