"""What executors outside the cluster call: progress, posters, elements, completion. On a task of the cluster: 409."""

from typing import Annotated

from fastapi import APIRouter, Request

from serve_apps.api.addresses import stored_completion, stored_element, stored_poster, with_element_links
from serve_apps.api.auth import CurrentUser
from serve_apps.api.bodies import json_body, strictly
from serve_apps.api.elements import check_outlines
from serve_apps.api.errors import answers
from serve_apps.api.examples import BATCH_BODY, COMPLETE_BODY, POSTER, POSTER_BODY, PROGRESS_BODY, example
from serve_apps.api.links import with_poster_links
from serve_apps.api.schemas import Done, ProgressReport, Success, TaskId
from serve_apps.api.services import Services
from storage.documents.element import Element
from storage.documents.external import NewElements, NewPoster, TaskCompletion
from storage.documents.poster import Poster

router = APIRouter(prefix="/api/v1", tags=["executors"])
ProgressBody = Annotated[ProgressReport, strictly(ProgressReport), json_body(PROGRESS_BODY)]
CompleteBody = Annotated[TaskCompletion, strictly(TaskCompletion), json_body(COMPLETE_BODY)]
PosterBody = Annotated[NewPoster, strictly(NewPoster), json_body(POSTER_BODY)]
BatchBody = Annotated[NewElements, strictly(NewElements), json_body(BATCH_BODY)]
_WRITES = answers(400, 404, 409, 413)


@router.put("/tasks/{task_id}/progress", responses=_WRITES)
def report_progress(task_id: TaskId, body: ProgressBody, services: Services, user: CurrentUser) -> Done:
    """Say where an external task is. Phase `failed` with -1 ends it; a percentage that falls is held."""
    services.database.report_external(task_id, body, user.scope)
    return Done(message="progress updated")


@router.post("/tasks/{task_id}/complete", responses=_WRITES)
def complete_task(task_id: TaskId, body: CompleteBody, request: Request, services: Services, user: CurrentUser) -> Done:
    """End an external task with its poster; `layers`, bottom to top, join it in this order. Again is harmless."""
    services.database.complete_external(task_id, stored_completion(request, body), user.id, user.scope)
    return Done(message="task completed")


@router.post("/posters", responses={200: example(POSTER), **_WRITES})
def create_poster(body: PosterBody, request: Request, services: Services, user: CurrentUser) -> Success[Poster]:
    """The poster of an external task; user and title are the task's when left out. Again gives the same poster."""
    poster = services.database.create_poster(stored_poster(request, body), user.id, user.scope)
    return Success(data=with_poster_links(request, poster))


@router.post("/elements/batch", responses=_WRITES)
def create_elements(body: BatchBody, request: Request, services: Services, user: CurrentUser) -> Success[list[Element]]:
    """Stack elements on layers, in order. A layer is made at its first use, is that user's, and joins one poster.

    All are stored or none; the same batch again gives the same elements and stacks none twice.
    """
    for index, element in enumerate(body.elements):
        check_outlines(element.content, f"elements[{index}].")
    stored = [stored_element(request, element) for element in body.elements]
    made = services.database.create_elements(body.model_copy(update={"elements": stored}), user.id, user.scope)
    return Success(data=[with_element_links(request, element) for element in made])
