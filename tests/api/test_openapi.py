"""The OpenAPI document tells everything that the endpoints do."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from serve_apps.api.examples import (
    BATCH_BODY,
    COMPLETE_BODY,
    ELEMENT_BODY,
    PATCH_BODY,
    POSTER,
    POSTER_BODY,
    PROGRESS_BODY,
    SHAPE,
    TASK,
    TASK_BODY,
    TITLE,
)
from serve_apps.api.schemas import ElementEdit, ElementPatch
from storage.documents.base import Document
from storage.documents.element import Element
from storage.documents.external import NewElements, NewPoster, TaskCompletion
from storage.documents.poster import Poster
from storage.documents.progress import TaskProgress
from storage.documents.task import CreateTask, Task

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_every_endpoint_of_the_contract_is_documented(document: dict[str, Any]) -> None:
    assert set(operations(document)) == {
        "post /api/v1/tasks",
        "get /api/v1/tasks",
        "get /api/v1/tasks/{task_id}",
        "get /api/v1/tasks/{task_id}/status",
        "get /api/v1/tasks/{task_id}/events",
        "post /api/v1/tasks/{task_id}/cancel",
        "post /api/v1/tasks/{task_id}/retry",
        "delete /api/v1/tasks/{task_id}",
        "put /api/v1/tasks/{task_id}/progress",
        "post /api/v1/tasks/{task_id}/complete",
        "post /api/v1/posters",
        "post /api/v1/elements/batch",
        "post /api/v1/storage/upload",
        "delete /api/v1/posters/{poster_id}",
        "patch /api/v1/elements/{element_id}",
        "get /api/v1/posters",
        "get /api/v1/posters/{poster_id}",
        "get /api/v1/posters/{poster_id}/full",
        "get /api/v1/posters/{poster_id}/export",
        "get /posters/{poster_id}/preview",
        "get /api/v1/elements/{element_id}",
        "put /api/v1/elements/{element_id}",
        "get /api/v1/objects/{key}",
        "get /api/v1/usage",
        "get /healthz",
        "get /readyz",
    }


def test_errors_are_documented_as_they_are_answered(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for name, operation in operations(document).items():
        statuses = {int(status) for status in operation["responses"]}
        assert (422 in statuses) == (name == "post /api/v1/tasks"), name
        assert {500, 503} <= statuses, name
        names_another = "{" in name or name in {"post /api/v1/posters", "post /api/v1/elements/batch"}
        assert names_another == (404 in statuses), name
        has_input = "requestBody" in operation or any(
            parameter["in"] == "query" for parameter in operation.get("parameters", [])
        )
        assert has_input == (400 in statuses), name
        for status in statuses - {200, 304, 307}:
            schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorBody"}, (name, status)


def test_no_parameter_may_be_null(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for parameter in operation.get("parameters", []):
            assert "null" not in str(parameter["schema"]), (name, parameter["name"])


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [ref for value in part.values() for ref in references(value)]
        return [ref for value in part for ref in references(value)] if isinstance(part, list) else []

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


@pytest.mark.parametrize(
    ("model", "sample"),
    [(Task, TASK), (Poster, POSTER), (Element, TITLE), (Element, SHAPE)]
    + [(CreateTask, body) for body in TASK_BODY.values()]
    + [(ElementEdit, body) for body in ELEMENT_BODY.values()]
    + [(ElementPatch, body) for body in PATCH_BODY.values()]
    + [(TaskProgress, body) for body in PROGRESS_BODY.values()]
    + [(TaskCompletion, body) for body in COMPLETE_BODY.values()]
    + [(NewPoster, body) for body in POSTER_BODY.values()]
    + [(NewElements, body) for body in BATCH_BODY.values()],
)
def test_the_samples_shown_are_valid_and_come_back_equal(model: type[Document], sample: dict[str, Any]) -> None:
    whole = model.model_validate(sample).model_dump(mode="json", exclude_unset=True)
    assert whole == sample


def test_the_page_shows_the_samples(client: TestClient, document: dict[str, Any]) -> None:
    assert client.get("/docs").status_code == 200
    body = operations(document)["post /api/v1/tasks"]["requestBody"]["content"]["application/json"]
    assert [entry["value"] for entry in body["examples"].values()] == list(TASK_BODY.values())
    answer = operations(document)["get /api/v1/tasks/{task_id}"]["responses"]["200"]["content"]["application/json"]
    assert answer["example"] == {"code": 0, "data": TASK}


def test_the_headers_of_a_refusal_are_documented(document: dict[str, Any]) -> None:
    named = {"401": "WWW-Authenticate", **dict.fromkeys(("429", "503", "529"), "Retry-After")}
    for name, operation in operations(document).items():
        for status, header in named.items():
            if status in operation["responses"]:
                assert operation["responses"][status]["headers"][header]["required"], (name, status)
