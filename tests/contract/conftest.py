from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.database.base import Database
from tests.contract import mysql_databases
from tests.contract.adapters import DATABASES, open_database


@dataclass
class FakeClock:
    """Time that moves when a test says so."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def lent_databases() -> Iterator[None]:
    yield
    mysql_databases.take_back()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=DATABASES)
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(adapter: str, tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    database = open_database(adapter, tmp_path, clock)
    yield database
    database.close()
