"""The client that blocks."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar, Unpack

import httpx
from tenacity import Retrying

from cluster.client import calls
from cluster.client.answers import check
from cluster.client.calls import Call
from cluster.client.connection import ATTEMPTS, STREAM_TIMEOUT, TIMEOUT_SECONDS, bearer
from cluster.client.options import ExportFormat, Page, TaskOptions
from cluster.client.patience import Patience, completed
from cluster.client.retries import STREAM_POLICY, connection_error, policy_of
from cluster.client.stream import TaskStream
from storage.documents.element import Element, ElementUpdate
from storage.documents.external import NewElement, NewPoster, TaskCompletion
from storage.documents.poster import Poster, PosterDocument
from storage.documents.progress import TaskEvent, TaskProgress
from storage.documents.task import Task, TaskStatus
from storage.documents.usage import UsageKind, UsageReport

ResultT = TypeVar("ResultT")


class Client:
    """A connection to a service at ``base_url``; close it, or use it in a ``with``.

    Every method raises AnswerError for a refusal and ConnectionFailed when no answer comes. What is safe to send
    twice is sent up to ``attempts`` times.
    """

    def __init__(
        self, base_url: str, api_key: str = "", *, timeout: float = TIMEOUT_SECONDS, attempts: int = ATTEMPTS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._http = httpx.Client(base_url=base_url, headers=bearer(api_key), timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    # tasks
    def create_task(self, prompt: str, *, idempotency_key: str | None = None, **options: Unpack[TaskOptions]) -> Task:
        """Ask for a poster. Without a key one is made, so that a lost answer never means two tasks."""
        return self._send(calls.create_task(prompt, options, idempotency_key))

    def get_task(self, task_id: str) -> Task:
        """A task as it is now."""
        return self._send(calls.get_task(task_id))

    def list_tasks(
        self, *, status: TaskStatus | None = None, user_id: str | None = None, limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Task]:  # fmt: skip
        """Tasks, newest first."""
        return self._send(calls.list_tasks(status, user_id, limit, cursor))

    def wait(self, task_id: str, timeout: float | None = None) -> Task:
        """The task once it is completed. Raises TaskFailed, TaskWasCancelled; WaitTimeout after ``timeout`` seconds."""
        patience = Patience(task_id, timeout)
        while not (task := self.get_task(task_id)).final:
            time.sleep(patience.pause())
        return completed(task)

    def watch(self, task_id: str, since: int | None = None) -> Iterator[TaskEvent]:
        """A snapshot, then every event once, until the task ends; after a cut it goes on where it was.

        ``since`` is the ``seq`` of the last event that the caller has.
        """
        stream = TaskStream(task_id, since)
        reader = _StreamReader(self._http, stream)
        try:
            while not stream.over:
                event = Retrying(**STREAM_POLICY)(reader.next)
                if event is not None:
                    yield event
        finally:
            reader.close()

    def cancel_task(self, task_id: str) -> Task:
        """Stop a task; again is harmless. Raises Conflict when it completed or failed before."""
        return self._send(calls.cancel_task(task_id))

    def retry_task(self, task_id: str) -> Task:
        """The same again: a new task whose ``retry_of`` is this one. Raises Conflict while this one waits or runs."""
        return self._send(calls.retry_task(task_id))

    def delete_task(self, task_id: str) -> None:
        """Delete an ended task with its poster and files. Raises Conflict while it waits or runs."""
        self._send(calls.delete_task(task_id))

    def usage(
        self, *, by: UsageKind = "task", since: datetime | None = None, until: datetime | None = None,
        user_id: str | None = None, task_id: str | None = None, limit: int = 100,
    ) -> UsageReport:  # fmt: skip
        """What engines took, of the last week if no period is given; the dearest first."""
        return self._send(calls.usage(by, since, until, user_id, task_id, limit))

    # posters
    def get_poster(self, poster_id: str) -> Poster:
        """A poster without its layers."""
        return self._send(calls.get_poster(poster_id))

    def get_full_poster(self, poster_id: str) -> PosterDocument:
        """A poster with its layers and elements."""
        return self._send(calls.get_full_poster(poster_id))

    def list_posters(
        self, *, task_id: str | None = None, user_id: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> Page[Poster]:
        """Posters, newest first."""
        return self._send(calls.list_posters(task_id, user_id, limit, cursor))

    def export_poster(self, poster_id: str, file_format: ExportFormat = "png") -> bytes:
        """A file of the poster's current version."""
        return self._send(calls.export_poster(poster_id, file_format))

    def delete_poster(self, poster_id: str) -> None:
        """Delete a poster and its files; its task stays."""
        self._send(calls.delete_poster(poster_id))

    # elements
    def get_element(self, element_id: str) -> Element:
        """An element."""
        return self._send(calls.get_element(element_id))

    def put_element(self, element_id: str, update: ElementUpdate) -> Element:
        """Replace each object given, whole."""
        return self._send(calls.put_element(element_id, update))

    def patch_element(self, element_id: str, version: int, change: Mapping[str, Any]) -> Element:
        """Merge a change (RFC 7396) into this version of the element. Raises Conflict when there is a newer one."""
        return self._send(calls.patch_element(element_id, version, change))

    # for those who make posters outside the cluster
    def update_progress(self, task_id: str, progress: TaskProgress) -> None:
        """Say where an external task is; phase ``failed`` with -1 ends it."""
        self._send(calls.update_progress(task_id, progress))

    def upload_image(self, image_data: bytes, filename: str) -> str:
        """Store a picture or a source file; gives its address, which may be a ``reference`` of a task."""
        return self._send(calls.upload_image(image_data, filename))

    def get_object(self, url: str) -> bytes:
        """Bytes of an upload, or of a picture that an element shows."""
        return self._send(calls.get_object(url))

    def create_poster(self, poster: NewPoster) -> Poster:
        """The poster of an external task; again gives the same one."""
        return self._send(calls.create_poster(poster))

    def create_elements(self, elements: Sequence[NewElement], poster_id: str | None = None) -> list[Element]:
        """Stack elements on layers, in order; with ``poster_id`` the layers join that poster at once."""
        return self._send(calls.create_elements(elements, poster_id))

    def complete_task(self, task_id: str, poster_id: str, layers: Sequence[str] = (), preview: str = "") -> None:
        """End an external task with its poster; ``layers`` bottom to top. Again is harmless."""
        completion = TaskCompletion(poster_id=poster_id, layers=list(layers), preview=preview)
        self._send(calls.complete_task(task_id, completion))

    def _send(self, call: Call[ResultT]) -> ResultT:
        retrying = Retrying(**policy_of(call, self._attempts))
        return retrying(lambda: call.result(self._exchange(call), again=retrying.statistics["attempt_number"] > 1))

    def _exchange(self, call: Call[Any]) -> httpx.Response:
        try:
            return self._http.send(call.request(self._http), follow_redirects=call.is_file)
        except httpx.RequestError as error:
            raise connection_error(error, self._http.base_url) from error


class _StreamReader:
    """The connection that a stream has just now; ``next`` opens one when there is none."""

    def __init__(self, http: httpx.Client, stream: TaskStream) -> None:
        self._http, self._stream = http, stream
        self._answer: httpx.Response | None = None
        self._lines: Iterator[str] = iter(())

    def next(self) -> TaskEvent | None:
        """The next message, None when there is no more. Raises ConnectionFailed at a cut, AnswerError."""
        try:
            if self._answer is None:
                self._open()
            for line in self._lines:
                if event := self._stream.take(line):
                    return event
        except httpx.TransportError as error:
            self.close()
            raise connection_error(error, self._http.base_url) from error
        self.close()
        return self._stream.closed()

    def close(self) -> None:
        """Let go of the connection."""
        if self._answer is not None:
            self._answer.close()
            self._answer = None

    def _open(self) -> None:
        request = self._stream.opening().request(self._http)
        request.extensions["timeout"] = STREAM_TIMEOUT
        answer = self._http.send(request, stream=True)
        if not answer.is_success:
            answer.read()
            check(answer)
        self._answer, self._lines = answer, answer.iter_lines()
