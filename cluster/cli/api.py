"""The few HTTP calls the command line makes."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from websockets.sync.client import connect

from configs.settings import Settings
from storage.errors import DesignAgentError


class ApiError(DesignAgentError):
    """The service answered with an error; ``code`` is the answer's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]


def authorization(settings: Settings) -> dict[str, str]:
    """The header that shows ``DESIGN_AGENT_API_KEY``; none where it is not set."""
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    return {"Authorization": f"Bearer {key}"} if key else {}


class Api:
    """A connection to the service. Raises ApiError for error answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._headers = authorization(settings)
        self._http = httpx.Client(base_url=settings.url, timeout=60, headers=self._headers)

    def create_task(self, body: dict[str, Any]) -> dict[str, Any]:
        """Post a task."""
        return self._data(self._http.post("/api/v1/tasks", json=body))

    def task(self, task_id: str) -> dict[str, Any]:
        """A task as it is now."""
        return self._data(self._http.get(f"/api/v1/tasks/{task_id}"))

    def cancel(self, task_id: str) -> dict[str, Any]:
        """Cancel a task."""
        return self._data(self._http.post(f"/api/v1/tasks/{task_id}/cancel"))

    def poster(self, poster_id: str) -> dict[str, Any]:
        """A poster's facts."""
        return self._data(self._http.get(f"/api/v1/posters/{poster_id}"))

    def export(self, poster_id: str, file_format: str) -> bytes:
        """A file of the poster."""
        answer = self._http.get(f"/api/v1/posters/{poster_id}/export", params={"format": file_format})
        if answer.status_code != 200:
            self._data(answer)
        return answer.content

    def events(self, task_id: str) -> Iterator[dict[str, Any]]:
        """Messages of the task's stream, until it ends."""
        url = f"{self._settings.url.replace('http', 'ws', 1)}/api/v1/tasks/{task_id}/ws"
        with connect(url, max_size=2**22, proxy=None, additional_headers=self._headers) as socket:
            for message in socket:
                yield json.loads(message)

    def _data(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        if answer.status_code != 200 or body.get("code") != 0:
            sentence = body.get("error") or f"The service answered {answer.status_code}."
            raise ApiError(str(sentence), str(body.get("code", "HTTP_ERROR")))
        return dict(body["data"])
