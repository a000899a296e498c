"""Fixtures that several suites share."""

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.counting import NothingIsSkipped

if TYPE_CHECKING:
    from pipelines.models.paddle_ocr import PaddleOcrReader

# The same examples in every run, so that a run tells what a change did; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", derandomize=True)
settings.register_profile("search")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    """A skipped test fails the run."""
    config.pluginmanager.register(NothingIsSkipped())


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> "PaddleOcrReader":
    """The real text reader, loaded once a session."""
    from pipelines.models.paddle_ocr import PaddleOcrReader

    return PaddleOcrReader(threads=2, models_dir=tmp_path_factory.mktemp("models"))
