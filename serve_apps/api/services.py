"""What the API is given: the ports it speaks to. The composition root fills it, tests fill it with folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends
from fastapi.requests import HTTPConnection

from configs.settings import Settings
from serve_apps.api.model_watch import ModelWatch
from storage.cache.base import Cache
from storage.database.base import Database
from storage.documents.poster import PosterFiles
from storage.objects.base import ObjectStore
from storage.progress.base import ProgressFeed
from storage.queue.base import TaskQueue


class PosterWorkshop(Protocol):
    """Whoever draws posters; over a Serve handle in the running service."""

    async def files(self, poster_id: str, version: int) -> PosterFiles:
        """Files of that version or, if the poster was edited meanwhile, of a later one; drawn first if nobody has.

        Raises PosterNotFound; UnavailableError or TimeoutError when nobody draws.
        """

    async def model_states(self) -> Mapping[str, str]:
        """State of each needed part by name: ``ready``, ``scaled_to_zero``, or a few words on what is wrong."""


@dataclass(frozen=True, slots=True)
class ApiServices:
    """Everything the endpoints use."""

    settings: Settings
    database: Database
    objects: ObjectStore
    feed: ProgressFeed
    workshop: PosterWorkshop
    cache: Cache
    queue: TaskQueue
    watch: ModelWatch = field(default_factory=ModelWatch)


async def _services(connection: HTTPConnection) -> ApiServices:
    services: ApiServices = connection.app.state.services
    return services


Services = Annotated[ApiServices, Depends(_services)]
