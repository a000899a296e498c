from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.shared import redis_url
from tests.storage.redis_sight import plain


@pytest.fixture
def seen() -> Iterator[Any]:
    """The shared Redis server beside the adapters."""
    with plain(redis_url()) as client:
        yield client
