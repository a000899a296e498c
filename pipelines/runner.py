"""Runs the workflow of one task, from the start or from its last checkpoint."""

import secrets
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from pipelines.assembly import required_groups
from pipelines.context import Engines, Executor, TaskContext
from pipelines.export.raster import decode_rgba
from pipelines.graph import build_graph
from pipelines.publish import publish
from pipelines.quality.review import review
from pipelines.rendering.canvas import render
from pipelines.state import DesignState, initial_state
from pipelines.steps import StepStore
from storage.documents.poster import PosterDocument, PosterFiles
from storage.documents.task import Task


def run_task(task: Task, engines: Engines, executor: Executor, checkpointer: BaseCheckpointSaver[Any]) -> None:
    """Make the task's poster. What a node raises goes through; StaleAttempt and TaskCancelled mean stop quietly."""
    context = TaskContext(
        engines=engines, executor=executor, steps=StepStore(engines.objects, task.id), task_id=task.id
    )
    graph = build_graph(context, checkpointer)
    config: Any = {"configurable": {"thread_id": task.id}}
    resumed = graph.get_state(config).next
    state: DesignState | None = None if resumed else _start(task)
    graph.invoke(state, config, durability="sync")


def _start(task: Task) -> DesignState:
    params = task.input_params
    seed = params.seed if params.seed is not None else secrets.randbits(32)
    return initial_state(task.id, task.user_id, params.model_dump(mode="json"), seed)


def make_files(document: PosterDocument, engines: Engines) -> PosterFiles:
    """Draw and store the files of the document's version."""
    return publish(document, render(document, engines.image), engines)


def review_poster(document: PosterDocument, files: PosterFiles, engines: Engines) -> dict[str, Any]:
    """The quality verdict of a stored poster, after an edit; ``files`` are those of the document's version."""
    picture = decode_rgba(engines.objects.get(files.png).data)
    report = review(document, required_groups(document), engines.text_reader, engines.image, picture=picture)
    return report.model_dump(mode="json")
