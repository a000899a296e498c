"""A data folder that an older version left when it was killed, opened by this one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cluster.jobs.faults import LATE, HeldService, until
from cluster.jobs.own_service import patiently
from tests.old_data import make_young, unpack
from tests.serving import free_port

pytestmark = pytest.mark.stack
COMMIT = "c31a778"


class Upgraded:
    """The old folder under this version, and clients with its keys."""

    def __init__(self, folder: Path) -> None:
        self.facts = unpack(COMMIT, folder)
        self.service = HeldService(folder / "data", free_port())
        make_young(folder / "data" / "design_agent.db")
        self.service.up()
        self.alice, self.backend = (self._client(self.facts[name]) for name in ("key", "service_key"))

    def _client(self, key: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.service.url, headers={"Authorization": f"Bearer {key}"}, timeout=60, follow_redirects=True
        )

    def data(self, path: str) -> Any:
        answer = self.alice.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    upgraded = Upgraded(tmp_path_factory.mktemp("upgrade"))
    yield upgraded
    upgraded.service.down()


def test_tasks_of_the_old_version_end_once_and_no_finished_step_runs_again(upgraded: Upgraded) -> None:
    facts = upgraded.facts
    for task_id in (facts["held"], *facts["waiting"]):
        task = until(
            lambda task_id=task_id: (  # type: ignore[misc]
                found if (found := upgraded.data(f"/api/v1/tasks/{task_id}"))["status"] == "completed" else None
            ),
            f"the end of {task_id}", LATE,
        )  # fmt: skip
        (poster,) = upgraded.data(f"/api/v1/posters?task_id={task_id}")["items"]
        assert task["result"]["poster_id"] == poster["id"]
        picture = upgraded.alice.get(f"/posters/{poster['id']}/preview")
        assert picture.status_code == 200 and picture.headers["content-type"].startswith("image/")
    began = [line["key"] for line in upgraded.service.lines() if line["event"] == "start"
             and line["task"] == facts["held"]]  # fmt: skip
    # It goes on in the step where it was killed; what its checkpoint has is not even looked up.
    assert began[0].split("/")[2] == "elements"
    assert not set(began) & set(facts["stored_steps"])
    database = upgraded.service.open_database()
    events = database.events_since(facts["held"], 0)
    database.close()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.type for event in events].count("end") == 1
    # A claim may be handed back at once: its number is gone, but nothing began.
    assert len({event.attempt for event in events if event.status != "pending"}) == 2


def test_old_posters_are_read_edited_and_exported(upgraded: Upgraded) -> None:
    for poster_id, document in upgraded.facts["documents"].items():
        before = upgraded.data(f"/api/v1/posters/{poster_id}/full")
        assert before["poster"]["version"] == document["poster"]["version"]
        text = next(element for elements in before["elements"].values() for element in elements
                    if element["type"] == "text")  # fmt: skip
        old = upgraded.alice.get(f"/posters/{poster_id}/preview").content
        stored = upgraded.service.data / "objects" / "data" / "posters" / poster_id
        assert old == (stored / f"v{before['poster']['version']}" / "preview.jpg").read_bytes()
        change = {"version": text["version"], "content": {"text": "新版本"}}
        assert upgraded.alice.patch(f"/api/v1/elements/{text['id']}", json=change).status_code == 200
        drawn = patiently(lambda at=f"/posters/{poster_id}/preview": upgraded.alice.get(at))  # type: ignore[misc]
        assert drawn.status_code == 200 and drawn.content != old
        for kind, start in (("png", b"\x89PNG"), ("jpg", b"\xff\xd8\xff"), ("psd", b"8BPS")):
            at = f"/api/v1/posters/{poster_id}/export?format={kind}"
            exported = patiently(lambda at=at: upgraded.alice.get(at))  # type: ignore[misc]
            assert exported.status_code == 200 and exported.content.startswith(start)


def test_keys_and_the_rest_are_as_they_were(upgraded: Upgraded) -> None:
    facts = upgraded.facts
    assert upgraded.data(f"/api/v1/tasks/{facts['cancelled']}")["status"] == "cancelled"
    revoked = httpx.get(f"{upgraded.service.url}/api/v1/tasks",
                        headers={"Authorization": f"Bearer {facts['revoked_key']}"}, timeout=60)  # fmt: skip
    assert revoked.status_code == 401
    again = upgraded.alice.post(
        "/api/v1/tasks", json=facts["body"], headers={"Idempotency-Key": facts["idempotency_key"]}
    )
    assert again.json()["data"]["id"] == facts["held"], again.text


def test_external_task_is_completed_by_its_client(upgraded: Upgraded) -> None:
    external = upgraded.facts["external"]
    body = {"poster_id": external["poster"], "preview": "https://example.org/p.png", "layers": [external["layer"]]}
    done = upgraded.backend.post(f"/api/v1/tasks/{external['task']}/complete", json=body)
    assert done.status_code == 200, done.text
    full = upgraded.data(f"/api/v1/posters/{external['poster']}/full")
    assert [layer["id"] for layer in full["layers"]] == [external["layer"]]
    assert full["elements"][external["layer"]][0]["content"]["text"] == "外部"
