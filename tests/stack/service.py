"""The whole service for real: Ray, Serve, SQLite, PaddleOCR, started through the command line."""

from pathlib import Path

from cluster.jobs.own_service import OwnService
from tests.serving import free_port


def started(data: Path) -> OwnService:
    """Up, on a free port."""
    service = OwnService(data, free_port())
    service.up()
    return service
