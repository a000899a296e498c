"""The object store goes away, freezes and refuses writes while tasks are at work: each ends once, with one poster."""

import json
from collections.abc import Callable, Iterator

import pytest
from typing_extensions import override

from tests.servers.seaweed import SeaweedFs
from tests.stack.outage import at_work, create, down, each_ends_once, wait_for
from tests.stack.production import ProductionService, production, shared_servers

pytestmark = pytest.mark.stack
TASKS = 6


class Weed(SeaweedFs):
    """Its identity can be taken the right to write; it reads who may do what at its start."""

    writes = True

    @override
    def prepare(self) -> None:
        super().prepare()
        if not self.writes:
            path = self.folder / "identities.json"
            identities = json.loads(path.read_text())
            identities["identities"][0]["actions"] = ["Read", "List"]
            path.write_text(json.dumps(identities))


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    server = Weed(tmp_path_factory.mktemp("weed"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, weed: Weed) -> Iterator[ProductionService]:
    folder = tmp_path_factory.mktemp("outage")
    changes = {"S3_ENDPOINT": weed.url, "S3_PUBLIC_ENDPOINT": "", "S3_SILENT_SECONDS": "2", "S3_PATIENCE_SECONDS": "2",
               "RETRY_SECONDS": "1", "RETRY_CAP_SECONDS": "5"}  # fmt: skip
    servers = shared_servers(folder, redis_database=3) | {f"DESIGN_AGENT_{name}": changes[name] for name in changes}
    with production(folder, servers) as running:
        yield running


def stop(weed: Weed) -> Callable[[], None]:
    weed.stop()
    return weed.start


def kill(weed: Weed) -> Callable[[], None]:
    weed.kill()
    return weed.start


def freeze(weed: Weed) -> Callable[[], None]:
    weed.freeze()
    return weed.thaw


def refuse_writes(weed: Weed) -> Callable[[], None]:
    weed.stop()
    weed.writes = False
    weed.prepare()
    weed.spawn()

    def allow() -> None:
        weed.stop()
        weed.writes = True
        weed.start()

    return allow


@pytest.mark.parametrize("outage", [stop, kill, freeze, refuse_writes])
def test_tasks_at_work_outlast_the_object_store(
    service: ProductionService, weed: Weed, outage: Callable[[Weed], Callable[[], None]]
) -> None:
    tasks = at_work(service, TASKS)
    end = outage(weed)
    try:
        wait_for(lambda: "objects" in down(service))
        # Nothing is lost by asking meanwhile.
        late = create(service, 99)
        assert late.status_code == 200
        tasks.append(late.json()["data"]["id"])
    finally:
        end()
    each_ends_once(service, tasks)
