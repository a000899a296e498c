from collections.abc import Iterator

import pytest

from tests.durability.rig import HELD_STEPS, HeldService


@pytest.fixture(autouse=True)
def nothing_held(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test held in its module's service is let go."""
    yield
    if "service" in request.fixturenames:
        service = request.getfixturevalue("service")
        assert isinstance(service, HeldService)
        for step in HELD_STEPS:
            service.barrier(step).unlink(missing_ok=True)
