"""Fixtures that several suites share."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pipelines.models.paddle_ocr import PaddleOcrReader


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> "PaddleOcrReader":
    """The real text reader, loaded once a session."""
    from pipelines.models.paddle_ocr import PaddleOcrReader

    return PaddleOcrReader(threads=2, models_dir=tmp_path_factory.mktemp("models"))
