"""The Serve application: which deployments there are and who holds a handle of whom."""

from typing import Any

from ray.serve import Application

from serve_apps.api.deployment import APP_NAME, Api
from serve_apps.ingress import Ingress
from serve_apps.orchestrator import Orchestrator
from serve_apps.relay import OutboxRelay
from serve_apps.text_reader import TextReader

__all__ = ["APP_NAME", "build_app"]


def build_app(_args: dict[str, Any] | None = None) -> Application:
    """Api -> Orchestrator -> TextReader, and the two loops that carry tasks to it."""
    orchestrator = Orchestrator.bind(TextReader.bind())
    app: Application = Api.bind(orchestrator, Ingress.bind(orchestrator), OutboxRelay.bind())
    return app
