from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.references.web import Web, serving


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path) as web:
        yield web
