"""Both clients against the real application, over a socket that may break."""

import inspect
import json
from pathlib import Path

import pytest

from cluster.client import (
    AsyncClient,
    Client,
    Conflict,
    ConnectionFailed,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    TaskFailed,
    TaskWasCancelled,
    TooManyRequests,
    Unauthorized,
    WaitTimeout,
)
from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from storage.documents.element import ElementContent, ElementUpdate, Transform
from storage.documents.external import NewElement, NewPoster
from storage.documents.poster import PosterDocument
from storage.documents.progress import PHASES, TaskProgress
from tests.api.conftest import advance, claimed, finish, new_task, poster  # noqa: F401 - a fixture
from tests.api.keyed import KEYS, keyed
from tests.cluster.conftest import Studio
from tests.cluster.cutting import wire
from tests.documents import run_examples
from tests.pictures import encoded, psd
from tests.serving import free_port, served

SIZE = {"width": 640, "height": 960}


# a poster from a sentence
def test_a_task_is_made_watched_and_its_files_are_had(client: Client, studio: Studio) -> None:
    task = client.create_task("A concert", size=SIZE, seed=7, color_scheme=["#1890ff"], priority=3)
    assert (task.input_params.size.width, task.input_params.seed, task.priority) == (640, 7, 3)
    events = list(client.watch(task.id))
    assert events[0].type == "snapshot"
    assert events[-1].status == "completed"
    done = client.wait(task.id, timeout=30)
    assert done.result is not None
    made = client.get_poster(done.result.poster_id)
    assert (made.task_id, made.metadata.quality) == (task.id, {"verdict": "pass"})  # type: ignore[attr-defined]
    starts = {"png": b"\x89PNG", "jpg": b"\xff\xd8", "psd": b"8BPS"}
    for file_format, start in starts.items():
        assert client.export_poster(made.id, file_format).startswith(start)
    full = client.get_full_poster(made.id)
    exported = json.loads(client.export_poster(made.id, "json"))
    assert exported["poster"]["id"] == full.poster.id == made.id
    assert [layer["id"] for layer in exported["layers"]] == [layer.id for layer in full.layers]


def test_lists_come_in_pages_and_by_state(client: Client, services: ApiServices) -> None:
    ids = [new_task(services) for _ in range(3)]
    first = client.list_tasks(limit=2)
    rest = client.list_tasks(limit=2, cursor=first.next)
    assert {task.id for task in first.items + rest.items} == set(ids)
    assert rest.next is None
    client.cancel_task(ids[0])
    assert [task.id for task in client.list_tasks(status="cancelled").items] == [ids[0]]


def test_posters_are_listed_by_task(client: Client, services: ApiServices, poster: PosterDocument) -> None:  # noqa: F811
    assert [item.id for item in client.list_posters(task_id=poster.poster.task_id).items] == [poster.poster.id]
    assert client.list_posters(task_id="task_other").items == []


def test_retry_makes_a_new_task_of_the_same_wish(client: Client, poster: PosterDocument) -> None:  # noqa: F811
    again = client.retry_task(poster.poster.task_id)
    assert (again.retry_of, again.status) == (poster.poster.task_id, "pending")
    with pytest.raises(Conflict):
        client.retry_task(again.id)


def test_what_is_deleted_is_gone(client: Client, poster: PosterDocument) -> None:  # noqa: F811
    client.delete_poster(poster.poster.id)
    with pytest.raises(NotFound):
        client.get_poster(poster.poster.id)
    client.delete_task(poster.poster.task_id)
    with pytest.raises(NotFound):
        client.delete_task(poster.poster.task_id)


# edits
def test_an_element_is_patched_in_the_version_that_was_seen(client: Client, poster: PosterDocument) -> None:  # noqa: F811
    seen = client.get_element(poster.walk()[1].id)
    changed = client.patch_element(seen.id, seen.version, {"content": {"text": "Nocturne"}})
    assert (changed.content.text, changed.content.role) == ("Nocturne", seen.content.role)
    with pytest.raises(Conflict):
        client.patch_element(seen.id, seen.version, {"content": {"text": "Late"}})
    assert client.get_element(seen.id) == changed


def test_put_replaces_only_the_objects_given(client: Client, poster: PosterDocument) -> None:  # noqa: F811
    before = poster.walk()[1]
    after = client.put_element(before.id, ElementUpdate(content=ElementContent(text="Nocturne")))
    assert (after.content.text, after.content.role) == ("Nocturne", None)
    assert (after.transform, after.style) == (before.transform, before.style)


# executors outside the cluster
def test_an_executor_hands_in_a_poster(client: Client) -> None:
    task_id = client.create_task("诚聘英才", executor="external", size=SIZE).id
    client.update_progress(task_id, TaskProgress(phase="generating_layout", percentage=20, message="生成布局方案"))
    assert client.get_task(task_id).progress.percentage == 20
    address = client.upload_image(encoded(64, 96), "preview.jpg")
    source = client.upload_image(psd(64, 96), "../source.psd")
    new = NewPoster(task_id=task_id, width=640, height=960, preview_url=address, source_url=source)
    made = client.create_poster(new)
    assert client.create_poster(new).id == made.id
    elements = [
        NewElement(layer_id="layer_top_1", type="text", content=ElementContent(text="诚聘英才")),
        NewElement(layer_id="layer_ground_1", type="shape", transform=Transform(width=640, height=960)),
    ]
    stored = client.create_elements(elements, made.id)
    assert [element.content.text for element in stored] == ["诚聘英才", None]
    client.complete_task(task_id, made.id, ["layer_ground_1", "layer_top_1"])
    done = client.wait(task_id)
    assert done.result is not None
    assert done.result.layers == ["layer_ground_1", "layer_top_1"]
    assert [element.id for element in client.get_full_poster(made.id).walk()] == [stored[1].id, stored[0].id]


# how tasks end
def test_wait_says_why_a_task_failed(client: Client) -> None:
    task_id = client.create_task("x", executor="external").id
    client.update_progress(task_id, TaskProgress(phase="failed", percentage=-1, message="no GPU", details={"gpu": 0}))
    with pytest.raises(TaskFailed, match="no GPU") as failure:
        client.wait(task_id)
    assert failure.value.task.status == "failed"
    assert failure.value.details == {"gpu": 0}
    assert failure.value.code == (failure.value.task.error and failure.value.task.error.code)


def test_wait_ends_with_a_cancelled_task_or_with_the_time(client: Client) -> None:
    task_id = client.create_task("x", executor="external").id
    with pytest.raises(WaitTimeout):
        client.wait(task_id, timeout=0.05)
    assert client.cancel_task(task_id).status == client.cancel_task(task_id).status == "cancelled"
    with pytest.raises(TaskWasCancelled):
        client.wait(task_id)


# refusals
def test_a_refusal_names_what_is_wrong(client: Client) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        client.create_task(" ", size={"width": 10, "height": 10})
    error = refusal.value
    assert (error.status, error.code) == (400, "INVALID_ARGUMENT")
    assert {entry["field"] for entry in error.details["fields"]} == {"prompt", "size.width", "size.height"}
    assert error.request_id


def test_what_is_not_there_is_not_found(client: Client, poster: PosterDocument) -> None:  # noqa: F811
    for call, code in (
        (lambda: client.get_task("task_none"), "TASK_NOT_FOUND"),
        (lambda: client.get_element("elem_none"), "ELEMENT_NOT_FOUND"),
        (lambda: client.export_poster("poster_none"), "POSTER_NOT_FOUND"),
        (lambda: client.get_task("../posters"), "NOT_FOUND"),
        (lambda: list(client.watch("task_none")), "TASK_NOT_FOUND"),
    ):
        with pytest.raises(NotFound) as refusal:
            call()
        assert (refusal.value.status, refusal.value.code) == (404, code)


def test_a_key_of_ones_own_is_good_for_one_body(client: Client) -> None:
    first = client.create_task("one", idempotency_key="key-1")
    assert client.create_task("one", idempotency_key="key-1").id == first.id
    with pytest.raises(IdempotencyKeyReused):
        client.create_task("two", idempotency_key="key-1")


def test_a_wrong_key_is_refused_and_never_printed(kind: type[Client], services: ApiServices) -> None:
    with served(create_app(keyed(services))) as url:
        with kind(url, "key-of-nobody") as stranger, pytest.raises(Unauthorized) as refusal:
            stranger.list_tasks()
        assert "key-of-nobody" not in f"{refusal.value!r} {refusal.value.details}"
        with kind(url, KEYS["user_a"]) as known:
            assert known.create_task("x").user_id == "user_a"


def test_a_share_used_up_is_said_with_the_time_to_wait(kind: type[Client], services: ApiServices) -> None:
    with served(create_app(keyed(services, requests_per_minute=2))) as url, kind(url, KEYS["user_a"]) as client:
        client.list_tasks()
        client.list_tasks()
        with pytest.raises(TooManyRequests) as refusal:
            client.list_tasks()
        assert refusal.value.retry_after


def test_a_service_that_is_not_there_is_named(kind: type[Client]) -> None:
    port = free_port()
    with kind(f"http://127.0.0.1:{port}", attempts=2) as client, pytest.raises(ConnectionFailed, match=str(port)):
        client.get_task("task_1")


# a wire that breaks
def test_a_create_whose_answer_is_lost_makes_one_task(kind: type[Client], url: str, services: ApiServices) -> None:
    with wire(url, 0, 40) as broken, kind(broken.url) as client:
        task = client.create_task("A concert")
        assert broken.connections == 3
    assert [item.id for item in services.database.list_tasks("local", None, 10, None).items] == [task.id]


def test_a_retry_whose_answer_is_lost_is_not_sent_again(
    kind: type[Client], url: str, services: ApiServices, poster: PosterDocument  # noqa: F811
) -> None:  # fmt: skip
    with wire(url, 0) as broken, kind(broken.url) as client, pytest.raises(ConnectionFailed):
        client.retry_task(poster.poster.task_id)
    tasks = services.database.list_tasks("local", None, 10, None).items
    assert [task.retry_of for task in tasks].count(poster.poster.task_id) == 1


def test_a_deletion_whose_answer_is_lost_is_done(kind: type[Client], url: str, poster: PosterDocument) -> None:  # noqa: F811
    with wire(url, 0) as broken, kind(broken.url) as client:
        client.delete_task(poster.poster.task_id)
        assert broken.connections == 2
        with pytest.raises(NotFound):
            client.get_task(poster.poster.task_id)


@pytest.mark.parametrize("cuts", [(0, 10, 300), (450, 450, 450, 450), (700, 0, 1000), (2000,)])
def test_a_stream_that_is_cut_misses_nothing_and_repeats_nothing(
    kind: type[Client], url: str, services: ApiServices, cuts: tuple[int, ...]
) -> None:
    task_id = new_task(services)
    attempt = claimed(services, task_id)
    steps = iter([phase for phase in PHASES if phase not in {"init", "completed"}])
    seen = []
    with wire(url, *cuts) as broken, kind(broken.url) as client:
        for event in client.watch(task_id, since=0):
            seen.append(event)
            newest = services.database.events_since(task_id, 0)[-1].seq
            if event.type == "progress" and event.seq == newest:
                if phase := next(steps, None):
                    advance(services, task_id, attempt, phase)
                else:
                    finish(services, task_id, attempt)
        assert broken.connections == len(cuts) + 1
    stored = [event.seq for event in services.database.events_since(task_id, 0)]
    assert len(stored) == len(PHASES)
    assert [event.seq for event in seen[1:]] == stored
    assert seen[-1].type == "end"


def test_a_stream_goes_on_after_the_event_one_has(client: Client, services: ApiServices) -> None:
    task_id = new_task(services)
    attempt = claimed(services, task_id)
    advance(services, task_id, attempt, "generating_layout")
    finish(services, task_id, attempt)
    numbers = [event.seq for event in services.database.events_since(task_id, 0)]
    assert [event.seq for event in client.watch(task_id, since=numbers[1])][1:] == numbers[2:]
    only = list(client.watch(task_id))
    assert [(event.type, event.status) for event in only] == [("snapshot", "completed")]


# the page and the surface
def test_the_examples_of_the_page_run(
    url: str, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "product.jpg").write_bytes(encoded(600, 400))
    names = run_examples("docs/client.md", url)
    assert names["client"].get_task(names["task"].id).status == "completed"
    assert (tmp_path / "poster.psd").read_bytes().startswith(b"8BPS")


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    def surface(kind: type) -> dict[str, str]:
        methods = inspect.getmembers(kind, inspect.isfunction)
        return {name: str(inspect.signature(method)) for name, method in methods if not name.startswith("_")}

    blocking, asynchronous = surface(Client), surface(AsyncClient)
    assert {name: text.replace("AsyncIterator", "Iterator") for name, text in asynchronous.items()} == blocking
