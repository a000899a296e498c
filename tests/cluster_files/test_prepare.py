"""The servers are made ready before the nodes start."""

from pathlib import Path

import pytest

from cluster.errors import ServiceError
from cluster.jobs.prepare import prepare
from configs.settings import Settings
from storage.factory import open_database


def test_the_schema_is_there_and_again_is_harmless(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    prepare(settings)
    prepare(settings)
    database = open_database(settings)
    assert database.backlog() == 0
    database.close()


def test_an_open_api_without_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="there are no keys"):
        prepare(Settings(data=tmp_path, host="0.0.0.0"))
