"""Every request of the API as a value: what to send, how to read the answer, when it may be sent again.

Nothing here does I/O, so that the blocking and the asyncio client share all of it.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from cluster.client.answers import check, data_of, document_of, page_of
from cluster.client.options import ExportFormat, Page, TaskOptions
from storage.documents.base import format_time
from storage.documents.element import Element, ElementUpdate
from storage.documents.external import NewElement, NewElements, NewPoster, TaskCompletion
from storage.documents.poster import Poster, PosterDocument
from storage.documents.progress import TaskProgress
from storage.documents.task import Task
from storage.documents.upload import OBJECTS_PATH
from storage.documents.usage import UsageKind, UsageReport

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Call(Generic[ResultT]):
    """One request. ``repeatable``: said twice it does what it does once, so a lost answer may be asked for again.

    ``also_again``: error statuses after which a repetition helps; ``done_before``: statuses that mean, at a
    repetition, that the first one was done. ``is_file``: the answer may lead on to the object store.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], ResultT]
    repeatable: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    files: Mapping[str, tuple[str, bytes]] | None = None
    also_again: frozenset[int] = frozenset()
    done_before: frozenset[int] = frozenset()
    is_file: bool = False

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request as this connection sends it."""
        return http.build_request(
            self.method, self.path, params=self.params, headers=self.headers, json=self.json, files=self.files
        )

    def result(self, answer: httpx.Response, again: bool) -> ResultT:
        """What the answer says; ``again``: it answers a repetition. Raises AnswerError."""
        if again and answer.status_code in self.done_before:
            return self.read(httpx.Response(200))
        return self.read(answer)


def create_task(prompt: str, options: TaskOptions, idempotency_key: str | None) -> Call[Task]:
    """A new task, always under a key: only so is it safe to send twice."""
    return Call(
        "POST", "/api/v1/tasks", partial(document_of, Task), repeatable=True, json={"prompt": prompt, **options},
        headers={"Idempotency-Key": idempotency_key or uuid.uuid4().hex},
        also_again=frozenset({409}),  # the first one is still in flight
    )  # fmt: skip


def get_task(task_id: str) -> Call[Task]:
    """A task."""
    return Call("GET", _at("tasks", task_id), partial(document_of, Task), repeatable=True)


def list_tasks(status: str | None, user_id: str | None, limit: int, cursor: str | None) -> Call[Page[Task]]:
    """A page of tasks."""
    params = _given(status=status, user_id=user_id, limit=limit, cursor=cursor)
    return Call("GET", "/api/v1/tasks", partial(page_of, Task), repeatable=True, params=params)


def cancel_task(task_id: str) -> Call[Task]:
    """Cancel; again is harmless."""
    return Call("POST", _at("tasks", task_id, "cancel"), partial(document_of, Task), repeatable=True)


def retry_task(task_id: str) -> Call[Task]:
    """A new task of the same parameters; sent twice it would be two."""
    return Call("POST", _at("tasks", task_id, "retry"), partial(document_of, Task))


def delete_task(task_id: str) -> Call[None]:
    """Delete a task."""
    return _deletion(_at("tasks", task_id))


def events(task_id: str, since: int | None) -> Call[None]:
    """The stream of a task's messages after ``since``."""
    headers = {"Accept": "text/event-stream"}
    return Call("GET", _at("tasks", task_id, "events"), check, True, _given(since=since), headers)


def update_progress(task_id: str, progress: TaskProgress) -> Call[None]:
    """Where an external task is."""
    return Call("PUT", _at("tasks", task_id, "progress"), check, repeatable=True, json=_json(progress))


def complete_task(task_id: str, completion: TaskCompletion) -> Call[None]:
    """End an external task; again is harmless."""
    return Call("POST", _at("tasks", task_id, "complete"), check, repeatable=True, json=_json(completion))


def create_poster(poster: NewPoster) -> Call[Poster]:
    """The poster of an external task; again gives the same one."""
    return Call("POST", "/api/v1/posters", partial(document_of, Poster), repeatable=True, json=_json(poster))


def create_elements(elements: Sequence[NewElement], poster_id: str | None) -> Call[list[Element]]:
    """New elements; sent twice they would be there twice."""
    body = NewElements(elements=list(elements), **_given(poster_id=poster_id))

    def read(answer: httpx.Response) -> list[Element]:
        return [Element.model_validate(item, extra="allow") for item in data_of(answer)]

    return Call("POST", "/api/v1/elements/batch", read, json=_json(body))


def upload_image(data: bytes, filename: str) -> Call[str]:
    """A file; sent twice it would be stored twice."""
    return Call("POST", "/api/v1/storage/upload", lambda answer: str(data_of(answer)["url"]),
                files={"file": (filename, data)})  # fmt: skip


def get_object(url: str) -> Call[bytes]:
    """A stored object by its address or key; only the service's own are asked for, whatever host is named."""
    key = url.partition(OBJECTS_PATH)[2] or url
    path = OBJECTS_PATH + "/".join(quote(part, safe="") for part in key.split("/"))
    return Call("GET", path, _content, repeatable=True, is_file=True)


def get_poster(poster_id: str) -> Call[Poster]:
    """A poster without its layers."""
    return Call("GET", _at("posters", poster_id), partial(document_of, Poster), repeatable=True)


def get_full_poster(poster_id: str) -> Call[PosterDocument]:
    """A poster with layers and elements."""
    return Call("GET", _at("posters", poster_id, "full"), partial(document_of, PosterDocument), repeatable=True)


def list_posters(task_id: str | None, user_id: str | None, limit: int, cursor: str | None) -> Call[Page[Poster]]:
    """A page of posters."""
    params = _given(task_id=task_id, user_id=user_id, limit=limit, cursor=cursor)
    return Call("GET", "/api/v1/posters", partial(page_of, Poster), repeatable=True, params=params)


def export_poster(poster_id: str, file_format: ExportFormat) -> Call[bytes]:
    """A file of a poster."""
    params = {"format": file_format}
    return Call("GET", _at("posters", poster_id, "export"), _content, repeatable=True, params=params, is_file=True)


def delete_poster(poster_id: str) -> Call[None]:
    """Delete a poster."""
    return _deletion(_at("posters", poster_id))


def get_element(element_id: str) -> Call[Element]:
    """An element."""
    return Call("GET", _at("elements", element_id), partial(document_of, Element), repeatable=True)


def put_element(element_id: str, update: ElementUpdate) -> Call[Element]:
    """Replace each object given."""
    return Call("PUT", _at("elements", element_id), partial(document_of, Element), True, json=_json(update))


def patch_element(element_id: str, version: int, change: Mapping[str, Any]) -> Call[Element]:
    """Merge a change into one version; sent twice, the second would be refused."""
    body = {**change, "version": version}
    return Call("PATCH", _at("elements", element_id), partial(document_of, Element), json=body)


def usage(
    by: UsageKind, since: datetime | None, until: datetime | None, user_id: str | None, task_id: str | None, limit: int
) -> Call[UsageReport]:
    """Sums of the ledger over a period."""
    period = {name: format_time(moment.astimezone(UTC)) for name, moment in (("since", since), ("until", until))
              if moment is not None}  # fmt: skip
    params = {**_given(by=by, user_id=user_id, task_id=task_id, limit=limit), **period}
    return Call("GET", "/api/v1/usage", partial(document_of, UsageReport), repeatable=True, params=params)


def _deletion(path: str) -> Call[None]:
    return Call("DELETE", path, check, repeatable=True, done_before=frozenset({404}))


def _content(answer: httpx.Response) -> bytes:
    check(answer)
    return answer.content


def _at(*parts: str) -> str:
    """An address; ids are quoted, so that none can lead elsewhere."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _json(document: Any) -> Any:
    return document.model_dump(mode="json", exclude_unset=True)
