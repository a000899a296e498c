"""Fixtures that several suites share."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from storage.database.base import Database
from tests.counting import NothingIsSkipped
from tests.servers.told import ServersAreTold
from tests.stack.shared import SHARED

if TYPE_CHECKING:
    from pipelines.models.paddle_ocr import PaddleOcrReader
    from tests.servers.valkey import Valkey

# The same examples in every run, so that a run tells what a change did; HYPOTHESIS_PROFILE=search looks for new ones.
# Without limits of time: a busy machine would break them.
untimed = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steady", derandomize=True, **untimed)
settings.register_profile("search", **untimed)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

pytest_plugins = ["pytester", "tests.patience"]


SHARING = pytest.StashKey[set[Path]]()
"""Modules that ask the shared service."""


def pytest_configure(config: pytest.Config) -> None:
    """A skipped test fails the run, which says at its end what servers it had."""
    config.pluginmanager.register(NothingIsSkipped())
    config.pluginmanager.register(ServersAreTold())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those modules first, one after the other."""
    sharing = {item.path for item in items if "shared" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in sharing)
    config.stash[SHARING] = sharing


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where they end, the shared service does."""
    if item.path not in item.config.stash[SHARING]:
        SHARED.stop()


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> "PaddleOcrReader":
    """The real text reader, loaded once a session."""
    from pipelines.models.paddle_ocr import PaddleOcrReader

    return PaddleOcrReader(threads=2, models_dir=tmp_path_factory.mktemp("models"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """SQLite of the test's own; tells nobody of its events."""
    from tests.contract.adapters import open_database

    database = open_database("sqlite", tmp_path)
    yield database
    database.close()


@pytest.fixture
def valkey(tmp_path: Path) -> "Iterator[Valkey]":
    """A server of the test's own, to be stopped, frozen or flushed."""
    from tests.servers.valkey import Valkey

    server = Valkey(tmp_path / "valkey")
    server.start()
    yield server
    server.close()
