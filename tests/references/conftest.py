from collections.abc import Iterator
from pathlib import Path

import pytest

from serve_apps.references import fetching
from tests.references.web import Web, serving


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    # A busy machine is no server that is silent.
    monkeypatch.setattr(fetching, "WAIT_SECONDS", 60.0)
    with serving(tmp_path) as web:
        yield web
