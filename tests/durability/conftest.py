from collections.abc import Iterator

import pytest

from tests.durability.rig import HELD_STEPS, HeldService
from tests.serving import free_port


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeldService]:
    running = HeldService(tmp_path_factory.mktemp("durability"), free_port())
    running.up()
    yield running
    assert running.agent("down").returncode == 0


@pytest.fixture(autouse=True)
def nothing_held(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test held is let go; those that are not marked ``stack`` need no service."""
    service = request.getfixturevalue("service") if request.node.get_closest_marker("stack") else None
    yield
    if service is not None:
        for step in HELD_STEPS:
            service.barrier(step).unlink(missing_ok=True)
