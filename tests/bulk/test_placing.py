"""Where a run's actors go, and who is told what the service's models took."""

from pathlib import Path

import pytest

from cluster.jobs.bulk.maker import USER, _Keeper
from cluster.jobs.bulk.on_ray import default_actors
from pipelines.models.base import Usage
from storage.database.clock import at, system_clock
from storage.database.sqlite import SqliteDatabase
from storage.errors import UnavailableError


@pytest.mark.parametrize(
    ("nodes", "actors"),
    [
        ([{"CPU": 4.0}], 4),
        ([{"CPU": 2.0}, {"CPU": 3.0, "GPU": 1.0}], 5),
        ([{"CPU": 8.0, "app": 1000.0}, {"CPU": 8.0, "app": 1000.0}, {"CPU": 4.0, "GPU": 1.0, "sdxl": 1000.0}], 8),
        ([{"CPU": 1.0, "app": 1000.0}], 1),
        ([{"app": 1000.0}], 1),
        ([], 1),
    ],
)
def test_gpu_nodes_and_half_of_the_others_are_left_to_the_service(nodes: list[dict[str, float]], actors: int) -> None:
    assert default_actors(nodes) == actors


def test_what_the_services_models_took_is_in_the_ledger_once(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    database.migrate()
    took = Usage(model="sdxl/tiny", seconds=4.0, gpus=0.5, steps=30)
    for _ in range(2):  # a row that is made again finds the step stored
        _Keeper("row_1", database).spent("background", "d1", took)
    now = system_clock()
    report = database.usage(at(now - 60), at(now + 60), "task")
    (item,) = report.items
    assert (item.task_id, item.user_id, item.gpu_seconds, item.steps) == ("row_1", USER, 2.0, 30)
    database.close()


def test_a_row_is_made_without_a_database_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    took = Usage(model="sdxl/tiny", seconds=4.0, gpus=0.5)
    _Keeper("row_1", None).spent("background", "d1", took)
    database = SqliteDatabase(tmp_path / "a.db")

    def away(*_: object) -> bool:
        raise UnavailableError("The database does not answer.", part="database")

    monkeypatch.setattr(database, "append_bulk_usage", away)
    _Keeper("row_1", database).spent("background", "d1", took)
