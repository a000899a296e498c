"""What the clients send again, and what they make of answers, against answers made up here."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cluster.client import Client, ClientError, Conflict, ServerError, Unavailable
from storage.documents.element import ElementUpdate
from storage.documents.external import NewElement, NewPoster
from storage.documents.progress import TaskProgress

TASK = {
    "id": "task_1", "user_id": "local", "status": "completed", "input_params": {"prompt": "x"},
    "progress": {"phase": "completed", "percentage": 100}, "created_at": "2026-01-01T00:00:00Z",
}  # fmt: skip


class Line:
    """Answers from a list, the last one again and again; keeps what was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def refusal(status: int, headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"code": "SOMETHING", "error": "A sentence.", "details": {}, "request_id": "req_1"}
    return httpx.Response(status, json=body, headers=headers)


def success(data: Any) -> httpx.Response:
    return httpx.Response(200, json={"code": 0, "data": data})


def asked(kind: type[Client], line: Line) -> Client:
    return kind("http://service", "key", attempts=2, transport=httpx.MockTransport(line))


CALLS: list[tuple[str, Callable[[Client], Any], bool]] = [
    ("create_task", lambda client: client.create_task("x"), True),
    ("get_task", lambda client: client.get_task("task_1"), True),
    ("list_tasks", lambda client: client.list_tasks(), True),
    ("cancel_task", lambda client: client.cancel_task("task_1"), True),
    ("retry_task", lambda client: client.retry_task("task_1"), False),
    ("delete_task", lambda client: client.delete_task("task_1"), True),
    ("update_progress", lambda client: client.update_progress("task_1", TaskProgress(phase="a", percentage=1)), True),
    ("complete_task", lambda client: client.complete_task("task_1", "poster_1"), True),
    ("create_poster", lambda client: client.create_poster(NewPoster(task_id="t", width=64, height=64)), True),
    ("create_elements", lambda client: client.create_elements([NewElement(layer_id="l", type="text")]), False),
    ("upload_image", lambda client: client.upload_image(b"x", "x.png"), False),
    ("get_object", lambda client: client.get_object("uploads/x.png"), True),
    ("get_poster", lambda client: client.get_poster("poster_1"), True),
    ("get_full_poster", lambda client: client.get_full_poster("poster_1"), True),
    ("list_posters", lambda client: client.list_posters(), True),
    ("export_poster", lambda client: client.export_poster("poster_1"), True),
    ("delete_poster", lambda client: client.delete_poster("poster_1"), True),
    ("get_element", lambda client: client.get_element("elem_1"), True),
    ("put_element", lambda client: client.put_element("elem_1", ElementUpdate(locked=True)), True),
    ("usage", lambda client: client.usage(), True),
    ("patch_element", lambda client: client.patch_element("elem_1", 1, {"locked": True}), False),
]


@pytest.mark.parametrize(("call", "again"), [row[1:] for row in CALLS], ids=[row[0] for row in CALLS])
def test_only_what_is_safe_is_sent_again(kind: type[Client], call: Callable[[Client], Any], again: bool) -> None:
    line = Line(refusal(503))
    with asked(kind, line) as client, pytest.raises(Unavailable):
        call(client)
    assert len(line.requests) == (2 if again else 1)


def test_every_method_is_in_the_table() -> None:
    methods = {name for name in vars(Client) if not name.startswith("_")} - {"close", "wait", "watch"}
    assert methods == {row[0] for row in CALLS}


@pytest.mark.parametrize("call", [row[1] for row in CALLS], ids=[row[0] for row in CALLS])
def test_too_many_is_sent_again_because_nothing_was_done(kind: type[Client], call: Callable[[Client], Any]) -> None:
    line = Line(refusal(429), refusal(400))
    with asked(kind, line) as client, pytest.raises(ClientError):
        call(client)
    assert len(line.requests) == 2


def test_a_create_keeps_its_key_when_it_is_sent_again(kind: type[Client]) -> None:
    line = Line(refusal(409), success(TASK))
    with asked(kind, line) as client:
        assert client.create_task("x").id == "task_1"
    first, second = (request.headers["Idempotency-Key"] for request in line.requests)
    assert first == second
    assert line.requests[0].headers["Authorization"] == "Bearer key"


def test_a_conflict_or_a_fault_is_not_sent_again(kind: type[Client]) -> None:
    for status, error in ((409, Conflict), (500, ServerError)):
        line = Line(refusal(status))
        with asked(kind, line) as client, pytest.raises(error):
            client.cancel_task("task_1")
        assert len(line.requests) == 1


def test_a_long_wait_is_the_callers_to_decide(kind: type[Client]) -> None:
    line = Line(refusal(503, {"Retry-After": "600"}))
    with asked(kind, line) as client, pytest.raises(Unavailable) as refused:
        client.get_task("task_1")
    assert (len(line.requests), refused.value.retry_after) == (1, 600)


def test_an_answer_of_a_proxy_is_an_error_too(kind: type[Client]) -> None:
    for answer, error, code in (
        (httpx.Response(502, text="<html>Bad gateway</html>"), Unavailable, "HTTP_502"),
        (httpx.Response(302, headers={"Location": "http://elsewhere"}), ClientError, "HTTP_302"),
        (httpx.Response(200, text="<html>Log in</html>"), ClientError, "HTTP_200"),
    ):
        with asked(kind, Line(answer)) as client, pytest.raises(error) as refused:
            client.get_task("task_1")
        assert refused.value.code == code


def test_a_file_that_leads_on_for_ever_is_an_error(kind: type[Client]) -> None:
    line = Line(httpx.Response(307, headers={"Location": "http://service/again"}))
    with asked(kind, line) as client, pytest.raises(ClientError):
        client.export_poster("poster_1")


def test_fields_of_a_newer_service_are_kept(kind: type[Client]) -> None:
    with asked(kind, Line(success(TASK | {"mood": "calm"}))) as client:
        assert client.get_task("task_1").model_extra == {"mood": "calm"}


def test_a_key_that_cannot_be_one_is_refused_without_its_name(kind: type[Client]) -> None:
    with pytest.raises(ClientError) as refused:
        kind("http://service", "hush-hush\r\n")
    assert "hush" not in str(refused.value)
