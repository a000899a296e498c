"""Deployment of the API: the FastAPI application behind Serve's proxy."""

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from ray import serve
from ray.exceptions import RayActorError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from configs.settings import Settings, get_settings
from serve_apps.logs import configure_logging
from storage.documents.poster import PosterFiles
from storage.errors import UnavailableError

if TYPE_CHECKING:
    from serve_apps.api.services import PosterWorkshop

APP_NAME = "design-agent"
PING_SECONDS = 3.0


class WorkshopHandle:
    """The PosterWorkshop port over the Orchestrator deployment."""

    def __init__(self, orchestrator: DeploymentHandle[Any], timeout_seconds: float) -> None:
        self._orchestrator = orchestrator
        self._timeout = timeout_seconds

    async def files(self, poster_id: str, version: int) -> PosterFiles:  # noqa: ARG002 - the newest is as good
        """Keys of the poster's files, drawn now if need be. Raises TimeoutError, UnavailableError, PosterNotFound."""
        try:
            keys = await asyncio.wait_for(_result(self._orchestrator.files.remote(poster_id)), self._timeout)
        except (RayActorError, RayServeException) as error:
            raise UnavailableError("Nobody draws posters at the moment; try again in a few seconds.") from error
        return PosterFiles.model_validate(keys)

    async def model_states(self) -> dict[str, str]:
        """State of each model; ``down`` for all when the orchestrator does not answer."""
        try:
            states: dict[str, str] = await asyncio.wait_for(
                _result(self._orchestrator.model_states.remote()), PING_SECONDS
            )
        except Exception:
            return {"orchestrator": "down"}
        return states


async def _result(response: Any) -> Any:
    return await response


def api_application(settings: Settings, workshop: "PosterWorkshop") -> FastAPI:
    """The application with the adapters that the settings name."""
    from serve_apps.api.main import create_app
    from serve_apps.api.services import ApiServices
    from storage.factory import open_cache, open_database, open_objects, open_progress_feed, open_queue

    database = open_database(settings)
    return create_app(
        ApiServices(
            settings=settings,
            database=database,
            objects=open_objects(settings),
            feed=open_progress_feed(settings, database),
            workshop=workshop,
            cache=open_cache(settings),
            queue=open_queue(settings, database),
        )
    )


def build_api() -> FastAPI:
    """The application of this replica."""
    settings = get_settings()
    configure_logging(settings.log_level)
    orchestrator = serve.get_deployment_handle("Orchestrator", app_name=APP_NAME)
    return api_application(settings, WorkshopHandle(orchestrator, settings.http_timeout_seconds))
