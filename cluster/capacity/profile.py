"""What the simulation is told: stages with their measured times, pools with their replicas, nodes and prices."""

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cluster.capacity.errors import CapacityError
from storage.database.fairness import EQUAL, Fairness

Seconds = Annotated[float, Field(ge=0)]
Samples = Annotated[tuple[Seconds, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stage(_Part):
    """A part of a task's work, in the order in which it is done.

    ``seconds`` are measured durations of the stage alone on its machine; one is drawn for each task.
    ``unit = "step"`` multiplies it by the task's steps, ``per_pixel`` by its size over ``pixels``. ``pool``: whose
    replica does it (unset: the orchestrator's process). ``cores``: CPU cores that it keeps busy meanwhile (0: none, it
    waits or is on a GPU).
    """

    name: str
    seconds: Samples
    unit: Literal["task", "step"] = "task"
    per_pixel: bool = False
    pixels: int = Field(1080 * 1920, gt=0)
    pool: str | None = None
    cores: float = Field(0, ge=0)

    def work(self, sample: float, steps: int, pixels: int) -> float:
        """Seconds that a task of so many steps and pixels takes alone, given a drawn duration."""
        return sample * (steps if self.unit == "step" else 1) * (pixels / self.pixels if self.per_pixel else 1)

    @property
    def mean(self) -> float:
        """Mean of the measured durations."""
        return math.fsum(self.seconds) / len(self.seconds)


class Batching(_Part):
    """How a replica slows down with the rows that it works on together: measured seconds of a step at each count."""

    rows: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] = (1,)
    seconds: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)] = (1.0,)

    @model_validator(mode="after")
    def _a_curve(self) -> Self:
        if len(self.rows) != len(self.seconds) or self.rows[0] != 1 or list(self.rows) != sorted(set(self.rows)):
            raise ValueError("rows and seconds are as many, and rows rise from 1")
        return self

    @property
    def most(self) -> int:
        """Rows at once."""
        return self.rows[-1]

    @property
    def gain(self) -> float:
        """Work done in a second at the most rows, in seconds of work alone."""
        return self.most / self.slowdown(self.most)

    def slowdown(self, count: int) -> float:
        """Seconds of a step with ``count`` rows over those with one, straight between what was measured."""
        for (low, slow), (high, slower) in zip(
            zip(self.rows, self.seconds, strict=True), zip(self.rows[1:], self.seconds[1:], strict=True), strict=False
        ):
            if count <= high:
                return (slow + (slower - slow) * (count - low) / (high - low)) / self.seconds[0]
        return self.seconds[-1] / self.seconds[0]


class Pool(_Part):
    """Replicas of one model and their scaling, which is the service's unless told; ``start_seconds``: cold starts.

    ``gpus`` of a replica: a share of one, or whole ones. Those that take GPUs have as many replicas at most as their
    share of the fleet holds; the others ``max_replicas`` and ``replicas_per_gpu`` for each GPU of the fleet.
    """

    name: str
    gpus: float = Field(0, ge=0)
    min_replicas: int = Field(1, ge=0)
    max_replicas: int = Field(1, ge=1)
    replicas_per_gpu: float = Field(0, ge=0)
    target_ongoing: float = Field(1, gt=0)
    upscale_delay: Seconds = 1
    downscale_delay: Seconds = 300
    look_back: Seconds = 2
    metrics_seconds: float = Field(0.5, gt=0)
    start_seconds: Samples = (0.0,)
    batching: Batching = Batching()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.gpus > 1 and not self.gpus.is_integer():
            raise ValueError("gpus is a share of one GPU, or a whole number")
        if self.min_replicas > self.max_replicas:
            raise ValueError("min_replicas exceeds max_replicas")
        return self

    def holds(self, gpus: int) -> int:
        """Replicas that so many GPUs hold."""
        return gpus // int(self.gpus) if self.gpus >= 1 else gpus * math.floor(1 / self.gpus + 1e-9)


class Nodes(_Part):
    """GPU machines that the autoscaler adds and removes; prices are an hour's."""

    gpus: int = Field(1, ge=1)
    provision_seconds: Samples = (0.0,)
    idle_seconds: Seconds = 300
    price_per_gpu_hour: float = Field(0, ge=0)


class Host(_Part):
    """CPU side: orchestrators' places for tasks and the cores under them; both grow with the GPUs."""

    cores: float = Field(2, gt=0)
    slots: int = Field(2, ge=1)
    cores_per_gpu: float = Field(0, ge=0)
    slots_per_gpu: float = Field(0, ge=0)
    price_per_core_hour: float = Field(0, ge=0)

    def for_gpus(self, gpus: int) -> "Host":
        """The same with what ``gpus`` GPUs bring along."""
        cores, slots = self.cores + self.cores_per_gpu * gpus, self.slots + math.floor(self.slots_per_gpu * gpus)
        return self.model_copy(update={"cores": cores, "slots": slots})


class Shares(_Part):
    """How tasks share the cluster: one claim in ``bulk_every`` is of the bulk lane, and weights of users."""

    bulk_every: int = Field(EQUAL.bulk_every, ge=2)
    weights: dict[str, Annotated[float, Field(gt=0)]] = {}

    @property
    def fairness(self) -> Fairness:
        """As the service has it."""
        return Fairness(self.weights, self.bulk_every)


class CapacityProfile(_Part):
    """A cluster to simulate. ``source`` says where the figures come from."""

    source: str
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    pools: tuple[Pool, ...] = ()
    nodes: Nodes = Nodes()
    host: Host = Host()
    shares: Shares = Shares()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [pool.name for pool in self.pools]
        if len(set(names)) != len(names):
            raise ValueError("two pools have one name")
        if unknown := {stage.pool for stage in self.stages if stage.pool} - set(names):
            raise ValueError(f"stages name pools that are not there: {sorted(unknown)}")
        if wide := [pool.name for pool in self.pools if pool.gpus > self.nodes.gpus]:
            raise ValueError(f"a replica needs more GPUs than a node has: {wide}")
        return self

    def work_of(self, pool: str | None, steps: int, pixels: int) -> float:
        """Mean seconds that a task of so many steps and pixels takes alone in a pool (None: in no pool)."""
        return math.fsum(stage.work(stage.mean, steps, pixels) for stage in self.stages if stage.pool == pool)

    def charge(self, work: Sequence[float]) -> float:
        """GPU seconds of a task whose stages took so long, as the ledger has them; all its seconds without any GPU."""
        gpus = {pool.name: pool.gpus for pool in self.gpu_pools}
        stages = zip(self.stages, work, strict=True)
        return math.fsum(seconds * (gpus.get(stage.pool or "", 0) if gpus else 1) for stage, seconds in stages)

    @property
    def gpu_pools(self) -> tuple[Pool, ...]:
        """Pools whose replicas take GPUs."""
        return tuple(pool for pool in self.pools if pool.gpus > 0)


def read_profile(path: Path) -> CapacityProfile:
    """The profile in a TOML or JSON file. Raises CapacityError saying what is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            return CapacityProfile.model_validate_json(text)
        return CapacityProfile.model_validate(tomllib.loads(text))
    except OSError as error:
        raise CapacityError(f"{path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise CapacityError(f"{path} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CapacityError(f"{path}: {place}: {first['msg']}.") from error


def write_profile(path: Path, profile: CapacityProfile) -> None:
    """The profile as JSON, without what is left at its default."""
    text = profile.model_dump_json(indent=2, exclude_defaults=True)
    path.write_text(text + "\n", encoding="utf-8")
