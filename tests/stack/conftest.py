"""The service that modules share, unless they start one of their own by the same name."""

from collections.abc import Iterator

import pytest

from tests.stack.service import Service
from tests.stack.shared import SHARED, Shared


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    yield SHARED
    SHARED.stop()


@pytest.fixture(scope="module")
def service(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Service:
    return shared.running(tmp_path_factory.mktemp("service"))
