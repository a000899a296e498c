"""The service that modules share, unless they start one of their own by the same name."""

from collections.abc import Iterator

import pytest

from cluster.jobs.own_service import OwnService
from tests.stack.shared import SHARED, Shared


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    yield SHARED
    SHARED.stop()


@pytest.fixture(scope="module")
def service(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> OwnService:
    return shared.running(tmp_path_factory.mktemp("service"))
