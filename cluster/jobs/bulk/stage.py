"""Ray Data's part: rows stream through a pool of actors, and come back as each is done."""

import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cluster.jobs.bulk.outcome import Maker, Outcome
from cluster.jobs.bulk.rows import BulkRow
from storage.documents.task import TaskParams

DEATHS = 3
"""How often the process that makes a row may die before the row is given up."""
# One is made, the next waits at the actor: it never idles, and at the end no row is behind more than one other.
_IN_FLIGHT = 2


@dataclass(frozen=True, slots=True)
class Pool:
    """How many actors there may be, and what each asks of its node."""

    actors: int
    cpus: float = 1.0
    gpus: float = 0.0
    resources: Mapping[str, float] = field(default_factory=dict)


class Stage:
    """The actor of the pool: builds the maker once, then makes a row a call."""

    def __init__(self, factory: Callable[[], Maker]) -> None:
        self._maker = factory()

    def __call__(self, batch: pa.Table) -> pa.Table:
        """The outcome of the batch's only row."""
        return self._maker.make(_read(batch["row"][0].as_py())).table()


def outcomes(rows: Sequence[BulkRow], factory: Callable[[], Maker], pool: Pool) -> Iterator[Outcome]:
    """What became of each row, in the order in which they are done.

    A row whose actor dies is made again by another; one that has killed ``DEATHS`` actors is left out.
    """
    # Nothing is fetched ahead: what is ready is stored before anything else.
    tables: Any = _dataset(rows, factory, pool).iter_batches(
        batch_size=None, batch_format="pyarrow", prefetch_batches=0
    )
    for table in tables:
        for cells in table.to_pylist():
            yield Outcome.of(cells)


def _dataset(rows: Sequence[BulkRow], factory: Callable[[], Maker], pool: Pool) -> Any:
    from ray import data

    # What it would say of a row that is lost, a traceback each time, the manifest says in a sentence.
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1
    # A block a row: a finished row comes back at once, and whoever is free takes the next.
    read = data.from_items([{"row": _written(row)} for row in rows], override_num_blocks=len(rows))
    actors = data.ActorPoolStrategy(
        min_size=1,
        max_size=pool.actors,
        initial_size=min(pool.actors, len(rows)),
        max_tasks_in_flight_per_actor=_IN_FLIGHT,
    )
    with warnings.catch_warnings():
        # Of max_task_retries, which has no other way in.
        warnings.filterwarnings("ignore", message="`ray_remote_args` is deprecated")
        return read.map_batches(
            Stage, fn_constructor_args=[factory], batch_size=1, batch_format="pyarrow", compute=actors,
            num_cpus=pool.cpus, num_gpus=pool.gpus,
            resources=dict(pool.resources), max_task_retries=DEATHS - 1,
        )  # fmt: skip


def _written(row: BulkRow) -> str:
    assert row.params is not None
    return json.dumps([row.number, row.id, row.params.model_dump(mode="json")])


def _read(text: str) -> BulkRow:
    number, identity, params = json.loads(text)
    return BulkRow(number, identity, TaskParams.model_validate(params))
