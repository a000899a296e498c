"""Models that fail call after call, on a real Ray Serve: their replicas are replaced, and only then."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import pytest
import ray
from numpy.typing import NDArray
from ray import serve
from ray.exceptions import RayActorError, RayTaskError

from cluster.jobs.faults import until
from cluster.ray_start import init_ray
from pipelines.models.generation import GeneratedImage, ImageRequest
from pipelines.models.sdxl.jobs import Generation
from pipelines.models.sdxl.latents import SavedLatent
from serve_apps.image_model import ImageModel
from serve_apps.text_reader import TextReader
from storage.errors import ModelUnavailable
from tests.engines.asking import request

pytestmark = pytest.mark.stack
FAILURES, SECONDS = 2, 180
NO_ROOM = request("no-room", prompt="a prompt that no memory suffices for")
WHITE, BLACK = np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64, 3), np.uint8)
Pictures = list[NDArray[np.uint8]]
ResultT = TypeVar("ResultT")


class Named:
    """A replica that says which it is."""

    async def replica(self) -> tuple[str, int]:
        """Its id and its process."""
        return serve.get_replica_context().replica_id.unique_id, os.getpid()


class FailingImageModel(Named, ImageModel):
    """The product's. For one prompt its engine finds no memory; a health check's own step goes well all the time."""

    def __init__(self) -> None:
        super().__init__()
        machine: Any = self._engine.machine
        prepare = machine.loop.prepare

        def prepare_or_fail(generation: Generation, saved: SavedLatent | None = None) -> int:
            if generation.prompt == NO_ROOM.prompt:
                raise machine.oom("CUDA out of memory.")
            slot: int = prepare(generation, saved)
            return slot

        machine.loop.prepare = prepare_or_fail


class FailingTextReader(Named, TextReader):
    """The product's, whose engine fails on black pictures."""

    def __init__(self) -> None:
        super().__init__()
        engine: Any = self._engine
        engine.read_pages, engine.read_lines = _but_black(engine.read_pages), _but_black(engine.read_lines)


def _but_black(read: Callable[[Pictures], ResultT]) -> Callable[[Pictures], ResultT]:
    def read_or_fail(pictures: Pictures) -> ResultT:
        if not all(picture.any() for picture in pictures):
            raise RuntimeError("CUDNN_STATUS_EXECUTION_FAILED")
        return read(pictures)

    return read_or_fail


class Running:
    """A deployment of one replica."""

    def __init__(self, kind: type) -> None:
        deployment = serve.deployment(
            max_ongoing_requests=100, ray_actor_options={"num_cpus": 0}, health_check_period_s=0.5,
            graceful_shutdown_timeout_s=2,
        )(kind)  # fmt: skip
        self.handle: Any = serve.run(deployment.bind(), name=kind.__name__, route_prefix=None)

    def check_health(self) -> None:
        """As Serve does it. Raises what the check raises."""
        self.handle.check_health.remote().result(timeout_s=SECONDS)

    def replica(self) -> tuple[str, int]:
        """The id and the process of the one that answers now."""
        found: tuple[str, int] = self.handle.replica.remote().result(timeout_s=SECONDS)
        return found

    def wait_for_another(self, before: tuple[str, int]) -> None:
        """Raises TimeoutError where the same replica goes on."""

        def another() -> tuple[str, int] | None:
            with suppress(RayActorError):  # killed while it had this call
                return found if (found := self.replica()) != before else None
            return None

        replica_id, pid = until(another, "another replica")
        assert replica_id != before[0]
        assert pid != before[1]
        self.check_health()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    environment = {
        "DESIGN_AGENT_DATA": str(tmp_path_factory.mktemp("data")), "DESIGN_AGENT_TINY": "true",
        "DESIGN_AGENT_IMAGE_MODEL": "sdxl", "DESIGN_AGENT_REPLICA_FAILURES": str(FAILURES), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    init_ray("local", num_cpus=2, include_dashboard=False, runtime_env={"env_vars": environment}, log_to_driver=False)
    try:
        serve.start(proxy_location="Disabled")
        yield
    finally:
        serve.shutdown()
        ray.shutdown()


@pytest.fixture(scope="module")
def images(cluster: None) -> Running:
    return Running(FailingImageModel)


def paint(images: Running, work: str) -> None:
    *_, made = images.handle.options(stream=True).generate.remote(request(work))
    assert isinstance(made, GeneratedImage)


def paint_in_vain(images: Running, wanted: ImageRequest, why: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(RayTaskError) as failed:
            list(images.handle.options(stream=True).generate.remote(wanted))
        assert isinstance(failed.value.cause, ModelUnavailable)
        assert failed.value.cause.details["why"] == why


def test_an_image_model_that_fails_now_and_then_stays(images: Running) -> None:
    before = images.replica()
    for at in range(FAILURES):
        paint_in_vain(images, NO_ROOM, "sdxl out of memory", FAILURES - 1)
        paint(images, f"between-{at}")
    images.check_health()
    assert images.replica() == before


def test_an_image_model_that_fails_in_a_row_is_replaced_and_refusals_do_not_matter(images: Running) -> None:
    paint(images, "before")
    before = images.replica()
    paint_in_vain(images, NO_ROOM, "sdxl out of memory", FAILURES - 1)
    paint_in_vain(images, request("refused", steps=101), "sdxl bad request", FAILURES)
    images.check_health()
    assert images.replica() == before
    paint_in_vain(images, NO_ROOM, "sdxl out of memory", 1)
    images.wait_for_another(before)
    paint(images, "after")


def test_a_text_reader_that_fails_in_a_row_is_replaced(cluster: None) -> None:
    texts = Running(FailingTextReader)
    before = texts.replica()

    def read(picture: NDArray[np.uint8]) -> None:
        texts.handle.read.remote(picture).result(timeout_s=SECONDS)

    def read_lines(picture: NDArray[np.uint8]) -> None:
        texts.handle.read_lines.remote([picture]).result(timeout_s=SECONDS)

    for ask in (read, read_lines):
        for _ in range(FAILURES - 1):
            with pytest.raises(RayTaskError, match="CUDNN"):
                ask(BLACK)
        ask(WHITE)
    texts.check_health()
    assert texts.replica() == before
    for ask in (read, read_lines):
        with pytest.raises(RayTaskError, match="CUDNN"):
            ask(BLACK)
    texts.wait_for_another(before)
    read(WHITE)
