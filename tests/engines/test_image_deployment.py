"""The deployment on a real Ray Serve, with tiny weights."""

import hashlib
import io
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import ray
from PIL import Image
from ray import serve
from ray.exceptions import RayError, TaskCancelledError
from ray.serve.exceptions import BackPressureError

from cluster.jobs.faults import until
from cluster.ray_start import init_ray
from pipelines.models.generation import GeneratedImage, ImageRequest
from pipelines.models.sdxl.latents import SavedLatent
from pipelines.models.sdxl_painter.latents import ObjectLatents
from serve_apps.image_model import ImageModel
from storage.objects.folder import FolderStore
from tests.engines.asking import request

ROWS = 2
# With time between the step that is waited for and the end, should this machine hold up who waits.
LONG, SEEN, SAVED_BY_THEN = 200, 20, 15
SLOW: dict[str, Any] = {"steps": LONG, "width": 512, "height": 768}
pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Running:
    """A deployment of one replica. Asking it gives the steps told and the picture."""

    handle: Any
    store: FolderStore
    journal: Path

    def begin(self, wanted: ImageRequest) -> Any:
        return self.handle.options(stream=True).generate.remote(wanted)

    def ask(self, wanted: ImageRequest) -> tuple[list[tuple[int, int]], GeneratedImage]:
        return ended(self.begin(wanted))

    def lines(self, job: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.journal.read_text().split("\n")[:-1]]
        return [line for line in found if line["job"] == job]


def ended(stream: Any) -> tuple[list[tuple[int, int]], GeneratedImage]:
    *steps, made = list(stream)
    assert isinstance(made, GeneratedImage)
    return steps, made


def saved_step(running: "Running", job: str) -> int:
    blob = ObjectLatents(running.store).load(job)
    return 0 if blob is None else SavedLatent.unpack(blob).step


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("data")
    journal = data / "journal"
    environment = {
        "DESIGN_AGENT_DATA": str(data), "DESIGN_AGENT_TINY": "true", "DESIGN_AGENT_IMAGE_MODEL": "sdxl",
        "DESIGN_AGENT_IMAGE_ROWS": str(ROWS), "DESIGN_AGENT_IMAGE_STEPS": str(LONG),
        "DESIGN_AGENT_JOURNAL": str(journal), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    init_ray(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": environment}, log_to_driver=False)
    try:
        deployment = serve.deployment(
            max_ongoing_requests=100, ray_actor_options={"num_cpus": 0}, health_check_period_s=1,
            graceful_shutdown_timeout_s=2,
        )(ImageModel)  # fmt: skip
        handle = serve.run(deployment.bind(), route_prefix=None)
        yield Running(handle, FolderStore(data / "objects"), journal)
    finally:
        serve.shutdown()
        ray.shutdown()


def test_each_step_is_told_and_the_stored_picture_is_the_journalled_one(running: Running) -> None:
    assert running.handle.ping.remote().result(timeout_s=60) == "sdxl/tiny-random"
    steps, made = running.ask(request("told"))
    data = running.store.get(made.key).data
    assert steps == [(done, 6) for done in range(1, 7)]
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    start, stored = running.lines("task_a/told")
    assert (start["event"], start["task"]) == ("start", "task_a")
    assert (stored["event"], stored["sha256"]) == ("stored", made.sha256)
    assert running.ask(request("told")) == ([], GeneratedImage(made.key, made.sha256, made.model, 6, 6))


def test_two_sizes_at_once(running: Running) -> None:
    sizes = {"tall": (128, 192), "wide": (256, 128)}
    streams = [
        running.begin(request(name, width=width, height=height, steps=30)) for name, (width, height) in sizes.items()
    ]
    for stream, size in zip(streams, sizes.values(), strict=True):
        steps, made = ended(stream)
        assert len(steps) == 30
        assert Image.open(io.BytesIO(running.store.get(made.key).data)).size == size


def test_a_closed_stream_cancels_and_asking_again_goes_on(running: Running) -> None:
    stream = running.begin(request("closed", **SLOW))
    while next(stream)[0] < SEEN:
        pass
    stream.cancel()
    with pytest.raises((TaskCancelledError, RayError)):
        list(stream)
    steps, made = running.ask(request("closed", **SLOW))
    assert made.first_step >= SAVED_BY_THEN
    assert steps == [(done, LONG) for done in range(made.first_step + 1, LONG + 1)]
    assert [line["event"] for line in running.lines("task_a/closed")].count("stored") == 1


def test_a_full_engine_says_so_and_what_it_took_is_made(running: Running) -> None:
    streams = [running.begin(request(f"many-{at}", seed=at, steps=LONG)) for at in range(12 * ROWS)]
    outcomes: list[str] = []
    for stream in streams:
        try:
            ended(stream)
            outcomes.append("made")
        except BackPressureError:
            outcomes.append("full")
    assert set(outcomes) == {"made", "full"}
    assert outcomes.count("made") >= 4 * ROWS


def test_a_killed_replica_repeats_no_saved_step(running: Running) -> None:
    stream = running.begin(request("killed", **SLOW))
    while next(stream)[0] < SEEN:
        pass
    # It is stored beside the steps.
    until(lambda: saved_step(running, "task_a/killed") >= SAVED_BY_THEN, "a latent stored")
    os.kill(running.lines("task_a/killed")[0]["pid"], signal.SIGKILL)
    with pytest.raises(RayError):
        list(stream)
    saved = saved_step(running, "task_a/killed")
    assert saved >= SAVED_BY_THEN
    steps, made = running.ask(request("killed", **SLOW))
    assert made.first_step == saved
    assert steps == [(done, LONG) for done in range(saved + 1, LONG + 1)]
    assert made.sha256 == running.ask(request("whole", **SLOW))[1].sha256
    assert len({line["pid"] for line in running.lines("task_a/killed")}) == 2
    assert ObjectLatents(running.store).load("task_a/killed") is None
