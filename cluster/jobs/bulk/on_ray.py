"""Connects a bulk run to a Ray: the cluster whose job this process is, or one of its own."""

import functools
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cluster.errors import ServiceError
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow
from cluster.jobs.bulk.run import Pictures
from cluster.jobs.bulk.stage import Pool, outcomes
from cluster.paths import ServicePaths
from cluster.ray_environment import apply_ray_environment
from cluster.ray_start import init_ray
from configs.settings import Settings

# A finished poster has some megabytes, and each actor may have two under way to the folder.
APP, A_TRIFLE = "app", 0.001
"""What nodes have where the service's CPU parts run, see ``cluster.serve_configs``; never a node of GPUs only."""
_OBJECT_STORE_BYTES = 512 * 2**20


@contextmanager
def job_ray() -> Iterator[None]:
    """The cluster that runs this process as a job. Raises ServiceError when none does."""
    _hush()
    import ray

    if "RAY_ADDRESS" not in os.environ:
        raise ServiceError("This is no Ray job; leave --in-job away, or submit it with scripts/submit.")
    # With the cluster's token, which the job has from its node.
    ray.init(log_to_driver=False, logging_level=logging.WARNING)
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def own_ray(settings: Settings, cpus: int | None = None) -> Iterator[None]:
    """A Ray of this process, with so many processors; unset: this machine's. Raises ServiceError."""
    if needs_service(settings):
        raise ServiceError(
            "SDXL and vLLM are deployments of the service, which does not run here; start it with 'design-agent up', "
            "or take painter and designer."
        )
    paths = ServicePaths(settings.data)
    apply_ray_environment(paths.ensure_token())
    os.environ["DESIGN_AGENT_DATA"] = str(settings.data.resolve())
    _hush()
    import ray

    init_ray(
        address="local",
        num_cpus=cpus or os.cpu_count(),
        num_gpus=None if settings.reader_gpus else 0,
        include_dashboard=False,
        object_store_memory=_OBJECT_STORE_BYTES,
        log_to_driver=False,
        logging_level=logging.WARNING,
        _temp_dir=str(paths.ray),
        _node_ip_address="127.0.0.1",
    )
    try:
        yield
    finally:
        ray.shutdown()


def needs_service(settings: Settings) -> bool:
    """Whether a chosen model is a deployment of the service."""
    return settings.image_model == "sdxl" or settings.language_model == "vllm"


def make_on_ray(
    settings: Settings, actors: int | None, rows: Sequence[BulkRow], pictures: Pictures, run: str
) -> Iterator[Outcome]:
    """Posters of the rows, made by so many actors at most; unset: as ``default_actors`` says.

    ``run``: a name that no other run has meanwhile. Raises ServiceError when the actors cannot be had.
    """
    import ray
    from ray.exceptions import RayError

    from cluster.jobs.bulk.maker import PosterMaker

    nodes: list[dict[str, Any]] = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
    placed = {APP: A_TRIFLE} if any(APP in has for has in nodes) else {}
    most = actors or default_actors(nodes)
    stored = {key: ray.put(data) for key, data in pictures.items()}
    try:
        yield from outcomes(
            rows, functools.partial(PosterMaker, run, stored), Pool(most, gpus=settings.reader_gpus, resources=placed)
        )
    except RayError as error:
        reason = str(error).strip().splitlines()[-1][:300]
        raise ServiceError(f"Ray gave the run up: {reason} The same command goes on where it was.") from error


def default_actors(nodes: Sequence[Mapping[str, float]]) -> int:
    """One for each processor; where only some nodes have the service's image, for half of theirs.

    The other half is for the replicas that interactive tasks bring.
    """
    app = [has for has in nodes if APP in has]
    return max(1, int(sum(has.get("CPU", 0) for has in app or nodes) / (2 if app else 1)))


def _hush() -> None:
    """Keep Ray's own core from printing to the terminal; read when Ray is imported."""
    # It calls it an error that Ray Data's actors have their arguments in the object store.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
