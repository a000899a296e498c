"""Deleting a task or a poster with all its objects. Objects go first, so a deletion that was cut can be said again."""

from fastapi import APIRouter

from serve_apps.api.auth import CurrentUser
from serve_apps.api.errors import answers
from serve_apps.api.schemas import Done, PosterId, TaskId
from serve_apps.api.services import ApiServices, Services
from storage.database.client_base import Belongings

router = APIRouter(prefix="/api/v1")


@router.delete("/tasks/{task_id}", responses=answers(404, 409), tags=["tasks"])
def delete_task(task_id: TaskId, services: Services, user: CurrentUser) -> Done:
    """Delete a task that has ended, its events, its poster and all files. 409 while it waits or runs: cancel first."""
    _delete_objects(services, services.database.belongings_of_task(task_id, user.scope))
    services.database.delete_task(task_id, user.scope)
    return Done(message="task deleted")


@router.delete("/posters/{poster_id}", responses=answers(404, 409), tags=["posters"])
def delete_poster(poster_id: PosterId, services: Services, user: CurrentUser) -> Done:
    """Delete a poster, its layers, elements and all files; its task stays. 409 while the task runs."""
    _delete_objects(services, services.database.belongings_of_poster(poster_id, user.scope))
    services.database.delete_poster(poster_id, user.scope)
    return Done(message="poster deleted")


def _delete_objects(services: ApiServices, belongings: Belongings) -> None:
    for folder in belongings.folders:
        services.objects.delete_under(folder)
    for key in belongings.keys:
        services.objects.delete(key)
