"""SIGKILL of the process that fetches a picture from the network: the next attempt fetches it, once, and goes on."""

import multiprocessing
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pipelines.context import Engines
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from serve_apps.execution import execute
from serve_apps.references.fetching import HttpsReferences
from storage.checkpoints.sqlite import SqliteCheckpointer
from storage.documents.task import CreateTask
from storage.objects.folder import FolderStore
from tests.contract.adapters import open_database
from tests.contract.helpers import claim_one
from tests.durability.rig import until
from tests.pipeline.pictures import photo
from tests.pipeline.test_graph import Blind
from tests.references.web import HERE, NAME, Page, Web, body, serving

PROMPT = "云南旅行海报，标题“去有风的地方”，5月1日"
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path) as web:
        yield web


def work(folder: Path, port: int, task_id: str, attempt: int) -> None:
    """One attempt, as an orchestrator makes it; the tests' web is its public internet."""
    database = open_database("sqlite", folder)
    checkpointer = SqliteCheckpointer(folder / "test.db")
    references = HttpsReferences(
        200_000, 60.0, frozenset({port}), lambda host, _: [HERE] if host == NAME else [],
        lambda address: address == HERE, ssl.create_default_context(cafile=folder / "authority.pem"),
    )  # fmt: skip
    engines = Engines(RuleBasedDesigner(), ProceduralPainter(), Blind(), FolderStore(folder / "objects"), 0, references)
    execute(task_id, attempt, database, engines, checkpointer, 3)
    checkpointer.close()
    database.close()


def stalling(data: bytes, arrived: threading.Event, go_on: threading.Event) -> Page:
    """Half of a picture, and the rest when the test says so."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "image/jpeg")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[: len(data) // 2])
        request.wfile.flush()
        arrived.set()
        go_on.wait()

    return answer


def test_worker_killed_while_it_fetches_a_picture_costs_no_task(tmp_path: Path, web: Web) -> None:
    first, second = web.url("/first.jpg"), web.url("/second.jpg")
    arrived, go_on = threading.Event(), threading.Event()
    web.pages = {"/first.jpg": body(photo(), "image/jpeg"), "/second.jpg": stalling(photo(), arrived, go_on)}
    database = open_database("sqlite", tmp_path)
    wish = CreateTask.model_validate(
        {"prompt": PROMPT, "size": {"width": 270, "height": 480}, "seed": 3, "reference": [first, second]}
    )
    task = database.create_task("u1", wish.params())
    steps = FolderStore(tmp_path / "objects")
    claim = claim_one(database)
    child = SPAWN.Process(target=work, args=(tmp_path, web.port, task.id, claim.attempt), daemon=True)
    child.start()
    assert arrived.wait(120)
    # One of the two is fetched, looked at and stored by then; the other one is on its way.
    until(lambda: [found for found in steps.listed() if "/reference/" in found.key], "the first picture stored")
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    go_on.set()
    asked = web.asked.count("/second.jpg")
    assert database.get_task(task.id).status == "processing"

    web.pages["/second.jpg"] = body(photo(), "image/jpeg")
    database.renew(task.id, claim.attempt, -1)
    assert database.requeue_lapsed(3) == [task.id]
    work(tmp_path, web.port, task.id, claim_one(database).attempt)
    assert database.get_task(task.id).status == "completed", database.get_task(task.id).error
    (poster,) = database.list_posters(task_id=task.id).items
    assert [entry["source"] for entry in poster.metadata.references] == [first, second]
    assert not any(entry.get("problem") for entry in poster.metadata.references)
    assert (web.asked.count("/first.jpg"), web.asked.count("/second.jpg")) == (1, asked + 1)
    assert [event.type for event in database.events_since(task.id, 0)].count("end") == 1
    database.close()
