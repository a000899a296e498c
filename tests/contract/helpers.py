"""Things that the suites make over and over."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from storage.database.base import Claim, Database
from storage.documents.element import ElementContent, ElementSpec, LayerSpec, Transform
from storage.documents.poster import PosterDocument, PosterFiles, PosterMetadata, assemble
from storage.documents.style import ElementStyle, Fill, linear, solid
from storage.documents.task import ElementRequirement, Task, TaskParams

ResultT = TypeVar("ResultT")
PARAMS = TaskParams(
    prompt="创建一个蓝色商务风格的招聘海报",
    style="business",
    elements=[ElementRequirement(content="诚聘英才", position="top", style={"fontSize": 48, "note": None})],
    color_scheme=["#1890ff", "rgba(0,0,0,0.3)"],
)
PASS = {"verdict": "pass", "texts": [{"text": "诚聘英才", "ned": 1.0}]}


def new_task(database: Database, user: str = "u1", priority: int = 0) -> Task:
    return database.create_task(user, PARAMS, priority)


def claim_one(database: Database, lease_seconds: float = 60) -> Claim:
    (claim,) = database.claim("worker", 1, lease_seconds)
    return claim


def running_task(database: Database, user: str = "u1") -> tuple[Task, int]:
    """A claimed task and its attempt."""
    task = new_task(database, user)
    claim = claim_one(database)
    assert claim.task_id == task.id
    return task, claim.attempt


def document_of(task: Task) -> PosterDocument:
    """Two layers; the elements' order differs from the order of their ids."""
    texts = [
        ElementSpec(type="text", content=ElementContent(text=word, role="title"), transform=Transform(x=index, width=9))
        for index, word in enumerate(["诚聘英才", "高级软件工程师", "简历投递", "上海"])
    ]
    ground = ElementSpec(
        type="shape", content=ElementContent(shape_type="rect"), style=_filled(linear(["#fff", "red"]))
    )
    return assemble(
        task.id, task.user_id, 1080, 1920,
        [LayerSpec(role="background", name="背景", type="background", elements=[ground], opacity=0.33333333),
         LayerSpec(role="texts", name="文字", elements=[texts[0].model_copy(update={"style": _filled(solid("#fff"))}),
                                                      *texts[1:]], blend_mode="multiply")],
        title="招聘海报", background="linear-gradient(180deg, #1890ff 0%, #096dd9 100%)",
        metadata=PosterMetadata(style="business", tags=["招聘"], ai_params={"seed": 7, "fallbacks": []},
                                missing=["公司logo"]),  # type: ignore[call-arg]
    )  # fmt: skip


def _filled(fill: Fill) -> ElementStyle:
    return ElementStyle(fill=fill)


def files_of(task: Task, version: int = 1) -> PosterFiles:
    return PosterFiles(version=version, **{name: f"{task.id}/{version}.{name}" for name in ("png", "jpg", "psd")})


def complete(database: Database, task: Task, attempt: int) -> Task:
    return database.complete_task(task.id, attempt, document_of(task), files_of(task), PASS)


def completed_task(database: Database, user: str = "u1") -> Task:
    task, attempt = running_task(database, user)
    return complete(database, task, attempt)


def poster_id(task: Task) -> str:
    assert task.result is not None
    return task.result.poster_id


def together(actions: Sequence[Callable[[], ResultT]]) -> list[ResultT | Exception]:
    """Run each in a thread of its own, all starting at one moment; results or errors, in order."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], ResultT]) -> ResultT | Exception:
        barrier.wait()
        try:
            return action()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
