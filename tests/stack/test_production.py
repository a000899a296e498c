"""A poster's life on real MySQL, Redis, Kafka and S3 servers: made, watched, edited, exported, deleted."""

import asyncio
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pymysql
import pytest
import redis
from kafka import KafkaAdminClient
from PIL import Image
from psd_tools import PSDImage
from sqlalchemy import make_url

from cluster.jobs.faults import LATE, until
from cluster.jobs.own_service import patiently
from configs.settings import Settings
from storage.documents.ids import poster_id_of
from storage.documents.progress import PHASES
from storage.objects.s3 import S3Store
from storage.queue.kafka_topics import Topics
from tests.pictures import encoded, psd
from tests.seed_client import LAYERS, Workflow, sdk
from tests.stack.production import ProductionService, production, shared_servers
from tests.stack.test_api import stream
from tests.stack.test_editing import completed, put, title_of, verdict
from tests.stack.test_observed import LABEL, SAMPLE

pytestmark = pytest.mark.stack
PROMPT = "社区读书会 11月28日 14:00 城市书房"
BODY: dict[str, Any] = {"prompt": PROMPT, "size": {"width": 360, "height": 640}, "seed": 9}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionService]:
    folder = tmp_path_factory.mktemp("production")
    with production(folder, shared_servers(folder)) as running:
        yield running


@pytest.fixture
def objects(service: ProductionService) -> S3Store:
    given = {name.removeprefix("DESIGN_AGENT_").lower(): value for name, value in service.servers.items()}
    return S3Store(Settings.model_validate(given | {"s3_silent_seconds": 60, "s3_patience_seconds": 60}))


def keys_under(objects: S3Store, prefix: str) -> set[str]:
    return {found.key for found in objects.listed() if found.key.startswith(prefix)}


def count(service: ProductionService, query: str, *values: str) -> int:
    url = make_url(service.servers["DESIGN_AGENT_DATABASE_URL"])
    with pymysql.connect(
        host=url.host or "",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(query, values)
        ((found,),) = cursor.fetchall()
        return int(found)


def fetched(address: str) -> bytes:
    """By a client that follows redirects and knows nothing of S3."""
    answer = patiently(lambda: httpx.get(address, timeout=60, follow_redirects=True))
    assert answer.status_code == 200, answer.text
    return answer.content


def exported(service: ProductionService, poster_id: str, kind: str) -> bytes:
    return fetched(f"{service.url}/api/v1/posters/{poster_id}/export?format={kind}")


def test_each_part_is_where_the_variables_say(service: ProductionService, objects: S3Store) -> None:
    assert httpx.get(f"{service.url}/healthz", timeout=60).json()["profile"] == "test"

    def all_well() -> bool:
        ready = httpx.get(f"{service.url}/readyz", timeout=60)
        return ready.status_code == 200 and ready.json()["degraded"] == []

    # While replicas start, a server may not answer in its half second.
    until(all_well, "nothing degraded")
    task_id = completed(service, **BODY)["poster"]["task_id"]
    poster_id = poster_id_of(task_id)
    assert count(service, "SELECT COUNT(*) FROM tasks WHERE id = %s AND status = 'completed'", task_id) == 1
    assert count(service, "SELECT COUNT(*) FROM posters WHERE task_id = %s", task_id) == 1
    with redis.Redis.from_url(service.servers["DESIGN_AGENT_REDIS_URL"], decode_responses=True) as client:
        assert [key for key in client.scan_iter(count=1000) if task_id in key]
    admin = KafkaAdminClient(bootstrap_servers=service.servers["DESIGN_AGENT_KAFKA_BOOTSTRAP"])
    assert [topic for topic in admin.list_topics() if topic.startswith(service.servers["DESIGN_AGENT_KAFKA_PREFIX"])]
    admin.close()
    names = {key.rpartition("/")[2] for key in keys_under(objects, f"posters/{poster_id}/")}
    assert {"preview.png", "preview.jpg", "source.psd"} <= names
    # What steps left goes after the task has been told as done.
    until(lambda: keys_under(objects, f"tasks/{task_id}/") == set(), "nothing of the steps")
    assert [path.name for path in service.data.iterdir() if path.suffix == ".db" or path.name == "objects"] == []


def test_the_stream_has_every_phase_once_in_order(service: ProductionService) -> None:
    task = httpx.post(f"{service.url}/api/v1/tasks", json=BODY, timeout=60).json()["data"]
    messages = stream(service, task["id"], since=0)
    assert (messages[0]["type"], messages[-1]["type"], messages[-1]["status"]) == ("snapshot", "end", "completed")
    numbers = [message["seq"] for message in messages[1:]]
    assert numbers == sorted(set(numbers))
    assert list(dict.fromkeys(message["phase"] for message in messages[1:])) == list(PHASES)
    events = httpx.get(f"{service.url}/api/v1/tasks/{task['id']}/events?since=0", timeout=60).text
    assert events.count("event: progress") or events.count('"type":"progress"') == len(numbers) - 1


def test_an_edit_is_drawn_and_read_again(service: ProductionService) -> None:
    full = completed(service, **BODY)
    poster_id = full["poster"]["id"]
    before = np.asarray(Image.open(io.BytesIO(fetched(full["poster"]["preview_url"]))).convert("RGB")).astype(int)
    title = title_of(full)
    put(service, title, style=title["style"] | {"fill": {"type": "solid", "color": "#ff00aa"}})
    after = np.asarray(Image.open(io.BytesIO(fetched(full["poster"]["preview_url"]))).convert("RGB")).astype(int)
    assert np.count_nonzero(np.abs(after - before).max(axis=2) > 40) > 100
    assert verdict(service, poster_id)["verdict"] in {"pass", "warn"}
    assert service.get(f"/api/v1/elements/{title['id']}")["style"]["fill"]["color"] == "#ff00aa"


def test_every_export_comes_from_the_public_endpoint(service: ProductionService) -> None:
    full = completed(service, **BODY)
    poster_id = full["poster"]["id"]
    answer = httpx.get(f"{service.url}/api/v1/posters/{poster_id}/export?format=png", timeout=60)
    assert answer.status_code == 307
    assert answer.headers["Location"].startswith(service.servers["DESIGN_AGENT_S3_PUBLIC_ENDPOINT"])
    for kind in ("png", "jpg"):
        assert Image.open(io.BytesIO(exported(service, poster_id, kind))).size == (360, 640)
    assert PSDImage.open(io.BytesIO(exported(service, poster_id, "psd"))).size == (360, 640)
    assert json.loads(exported(service, poster_id, "json"))["poster"]["id"] == poster_id


def test_the_printed_client_completes_an_external_task(service: ProductionService, objects: S3Store) -> None:
    body = {"user_id": "user_123456", "executor": "external", "prompt": "创建一个蓝色商务风格的招聘海报"}
    task_id = httpx.post(f"{service.url}/api/v1/tasks", json=body, timeout=60).json()["data"]["id"]

    async def flow() -> None:
        async with sdk.BackendClient(service.url, "any key") as backend:
            await Workflow(backend, encoded(1080, 1920), psd(108, 192), "_s3").execute(task_id)

    asyncio.run(flow())
    task = service.get(f"/api/v1/tasks/{task_id}")
    assert task["status"] == "completed"
    full = service.get(f"/api/v1/posters/{task['result']['poster_id']}/full")
    assert [layer["id"] for layer in full["layers"]] == [f"{name}_s3" for name in LAYERS]
    assert Image.open(io.BytesIO(fetched(full["poster"]["preview_url"]))).size == (1080, 1920)
    assert fetched(full["poster"]["source_url"]) == psd(108, 192)
    assert stream(service, task_id, since=0)[-1]["status"] == "completed"
    assert len(keys_under(objects, "uploads/")) >= 2


def test_deleting_a_task_leaves_nothing(service: ProductionService, objects: S3Store) -> None:
    full = completed(service, **BODY)
    task_id, poster_id = full["poster"]["task_id"], full["poster"]["id"]
    assert httpx.delete(f"{service.url}/api/v1/tasks/{task_id}", timeout=60).status_code == 200
    assert keys_under(objects, f"posters/{poster_id}/") == set()
    for table, column in (("tasks", "id"), ("posters", "task_id"), ("task_events", "task_id"), ("outbox", "task_id")):
        assert count(service, f"SELECT COUNT(*) FROM {table} WHERE {column} = %s", task_id) == 0
    assert httpx.get(f"{service.url}/api/v1/posters/{poster_id}", timeout=60).status_code == 404


def test_a_retried_request_makes_one_task_and_a_cancelled_one_makes_no_poster(service: ProductionService) -> None:
    headers = {"Idempotency-Key": "production-1"}
    first, second = (httpx.post(f"{service.url}/api/v1/tasks", json=BODY, headers=headers, timeout=60) for _ in "12")
    task_id = first.json()["data"]["id"]
    assert second.json()["data"]["id"] == task_id
    large = BODY | {"size": {"width": 2160, "height": 3840}}
    cancelled = httpx.post(f"{service.url}/api/v1/tasks", json=large, timeout=60).json()["data"]["id"]
    answer = httpx.post(f"{service.url}/api/v1/tasks/{cancelled}/cancel", timeout=60)
    assert answer.json()["data"]["status"] == "cancelled"
    assert service.get("/api/v1/posters", params={"task_id": cancelled})["items"] == []


def test_many_tasks_at_once_each_end_with_one_poster(service: ProductionService) -> None:
    begin = time.monotonic()
    body = BODY | {"size": {"width": 200, "height": 300}}
    tasks = [httpx.post(f"{service.url}/api/v1/tasks", json=body | {"seed": n}, timeout=60).json()["data"]["id"]
             for n in range(12)]  # fmt: skip
    deadline = begin + 600
    left = set(tasks)
    while left and time.monotonic() < deadline:
        left -= {task_id for task_id in left if service.get(f"/api/v1/tasks/{task_id}")["status"] == "completed"}
        time.sleep(0.5)
    assert left == set()
    for task_id in tasks:
        assert len(service.get("/api/v1/posters", params={"task_id": task_id})["items"]) == 1


def test_each_topic_s_lag_is_told_and_nothing_is_left_behind(service: ProductionService) -> None:
    completed(service, **BODY)
    topics = set(Topics.of(service.servers["DESIGN_AGENT_KAFKA_PREFIX"]).tasks.values())
    assert len(topics) == 4
    status: dict[str, Any] = {}

    def asked() -> dict[str, Any] | None:
        status.update(json.loads(service.agent("status", "--json").stdout))
        return status["metrics"] and status["queue"] and status["queue"]["lag"]

    assert set(until(asked, "the addresses of the pages")) == topics
    until(lambda: lag_told(status["metrics"]) == dict.fromkeys(topics, 0.0), "the lag of every topic", LATE)


def lag_told(pages: list[str]) -> dict[str, float]:
    """By topic, as the pages for Prometheus have it."""
    samples = [sample for page in pages for sample in SAMPLE.findall(httpx.get(page, timeout=60).text)]
    return {dict(LABEL.findall(labels))["topic"]: float(value) for name, labels, value in samples
            if name == "ray_design_agent_queue_lag"}  # fmt: skip


def test_the_command_line_works_on_the_servers(service: ProductionService, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("generated")
    done = service.agent("generate", PROMPT, "--size", "360x640", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    with Image.open(json.loads(done.stdout)["files"]["png"]) as picture:
        assert picture.size == (360, 640)
    swept = service.agent("sweep", "--dry-run")
    assert (swept.returncode, swept.stdout) == (0, ""), swept.stdout + swept.stderr
    # Busy from the test before, it may not answer in time at first.
    until(lambda: service.agent("doctor").returncode == 0, "nothing amiss", LATE)
    pid = json.loads((service.data / "service.json").read_text())["pid"]
    assert service.agent("up").returncode == 0
    assert json.loads((service.data / "service.json").read_text())["pid"] == pid
