"""Tasks: create, read, list, cancel, retry."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request

from serve_apps.api.auth import LOCAL, CurrentUser, User
from serve_apps.api.bodies import json_body, strictly
from serve_apps.api.errors import answers
from serve_apps.api.examples import TASK, TASK_BODY, example
from serve_apps.api.idempotency import IdempotencyKey, once
from serve_apps.api.links import with_task_links
from serve_apps.api.references import stored_references
from serve_apps.api.schemas import Limit, Listing, Success, TaskCursor, TaskId, TaskState
from serve_apps.api.services import ApiServices, Services
from serve_apps.api.waiting import with_waiting
from storage.documents.ids import Id
from storage.documents.task import CreateTask, Task, TaskStatus
from storage.errors import OverloadedError

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])
CreateBody = Annotated[CreateTask, strictly(CreateTask), json_body(TASK_BODY)]
# One poster or so.
OVERLOADED_SECONDS = 10


def _seen(request: Request, services: ApiServices, task: Task) -> Task:
    """The task as an answer."""
    (waiting,) = with_waiting(services, [task])
    return with_task_links(request, waiting)


def _quota(services: ApiServices, user: User) -> int | None:
    """How many unfinished tasks the owner may have; no limit where no key is asked for."""
    return None if user == LOCAL else services.settings.unfinished_tasks


def _check_backlog(services: ApiServices) -> None:
    """Raise OverloadedError when as many tasks wait as the operator allows."""
    most = services.settings.most_backlog
    if most is not None and (waiting := services.database.backlog()) >= most:
        raise OverloadedError(
            f"{waiting} tasks wait for a worker already; send this again later.", OVERLOADED_SECONDS, waiting=waiting
        )


@router.post("", responses={200: example(TASK), **answers(400, 403, 409, 413, 422, 529)})
def create_task(
    body: CreateBody,
    request: Request,
    services: Services,
    user: CurrentUser,
    idempotency_key: IdempotencyKey = None,
) -> Success[Task]:
    """Ask for a poster. Only `prompt` is required; the task is stored and queued when this answers.

    With `"executor": "external"` the client makes the poster itself, through the endpoints for executors.
    """
    owner = user.owner_of_new(body.user_id)
    params = body.params()
    if params.seed is None:
        # Drawn here, so that every attempt at the task makes the same pixels.
        params = params.model_copy(update={"seed": secrets.randbelow(2**32)})

    def create() -> Task:
        if body.executor == "cluster":
            _check_backlog(services)
        stored = params.model_copy(update={"reference": stored_references(request, services, user, params.reference)})
        return services.database.create_task(
            owner, stored, body.priority, executor=body.executor, lane=body.lane, request_key=idempotency_key,
            most_unfinished=_quota(services, user),
        )  # fmt: skip

    task = once(services.database, owner, idempotency_key, body, create, lambda task: _seen(request, services, task))
    return Success(data=task)


@router.get("", responses=answers(400, 403))
def list_tasks(
    request: Request,
    services: Services,
    user: CurrentUser,
    user_id: Annotated[Id | None, Query(description="Only this user's tasks.")] = None,
    status: Annotated[TaskStatus | None, Query(description="Only tasks in this state.")] = None,
    limit: Limit = 20,
    cursor: TaskCursor = None,
) -> Success[Listing[Task]]:
    """Tasks, newest first."""
    page = services.database.list_tasks(user.owner_listed(user_id), status, limit, cursor)
    items = [with_task_links(request, task) for task in with_waiting(services, page.items)]
    return Success(data=Listing(items=items, next=page.next))


@router.get("/{task_id}", responses={200: example(TASK), **answers(404)})
def get_task(task_id: TaskId, request: Request, services: Services, user: CurrentUser) -> Success[Task]:
    """A task, whole."""
    return Success(data=_seen(request, services, services.database.get_task(task_id, user.scope)))


@router.get("/{task_id}/status", responses=answers(404))
def get_task_status(task_id: TaskId, request: Request, services: Services, user: CurrentUser) -> Success[TaskState]:
    """Where a task is, without what was asked for."""
    task = _seen(request, services, services.database.get_task(task_id, user.scope))
    return Success(data=TaskState.of(task))


@router.post("/{task_id}/cancel", responses=answers(404, 409))
def cancel_task(task_id: TaskId, request: Request, services: Services, user: CurrentUser) -> Success[Task]:
    """Stop a task. Again is harmless; 409 when it completed or failed before."""
    return Success(data=with_task_links(request, services.database.cancel_task(task_id, user.scope)))


@router.post("/{task_id}/retry", responses=answers(404, 409, 529))
def retry_task(task_id: TaskId, request: Request, services: Services, user: CurrentUser) -> Success[Task]:
    """Ask for the same again: a new task that names this one in `retry_of`. 409 while this one waits or runs."""
    _check_backlog(services)
    return Success(
        data=_seen(request, services, services.database.retry_task(task_id, user.scope, _quota(services, user)))
    )
