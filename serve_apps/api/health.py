"""Whether this process lives, and whether the service can work."""

import asyncio
from collections.abc import Callable

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from configs import build
from serve_apps.api.errors import answers, error_response
from serve_apps.api.schemas import Health, Readiness
from serve_apps.api.services import ApiServices, Services
from serve_apps.model_states import ASLEEP, READY
from storage.errors import DesignAgentError

router = APIRouter(tags=["health"])
_REPLACED = ("language_model", "image_model")  # with fallback on, designer and painter do their work
_SECONDS = 5.0
log = structlog.get_logger(__name__)
_logged: dict[str, str] = {}


@router.get("/healthz", responses=answers())
async def healthz(services: Services) -> Health:
    """Which build answers; touches nothing else."""
    return Health(
        version=build.version(),
        commit=build.commit(),
        sources=build.source_hash(),
        profile=services.settings.profile,
    )


@router.get("/readyz", response_model=Readiness, responses=answers())
async def readyz(request: Request, services: Services) -> Readiness | JSONResponse:
    """200 when a poster can be made now; 503 names what is down."""
    database, objects, queue, progress, cache, models = await asyncio.gather(
        _probe("database", services.database.ping), _probe("objects", services.objects.ping),
        _probe("queue", services.queue.ping), _probe("progress", services.feed.ping),
        _probe("cache", services.cache.ping), _models(services),
    )  # fmt: skip
    checks = {"database": database, "objects": objects, "queue": queue, **models}
    spared = _REPLACED if services.settings.fallback == "on" else ()
    down = {name: state for name, state in checks.items() if state not in {READY, ASLEEP} and name not in spared}
    if down:
        names = ", ".join(down)
        return error_response(
            request.state.request_id, 503, "UNAVAILABLE", f"Not ready: {names}; try again in a moment.",
            {"down": list(down), "checks": checks},
        )  # fmt: skip
    # These only make answers sooner: the database has what they hold.
    slow = {name: state for name, state in (("progress", progress), ("cache", cache)) if state != READY}
    away = {name: state for name, state in checks.items() if state != READY}
    return Readiness(
        checks=checks | {"progress": progress, "cache": cache},
        degraded=[f"{name}: {state}" for name, state in (away | slow).items()],
    )


async def _probe(part: str, ping: Callable[[], None]) -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            await run_in_threadpool(ping)
    except TimeoutError:
        return f"no answer in {_SECONDS:g} s"
    except DesignAgentError as error:
        _log(part, error.message)
        return error.told
    _logged.pop(part, None)
    return READY


def _log(part: str, reason: str) -> None:
    """The whole reason, which whoever may ask without a key is not told; once, for it is asked every few seconds."""
    if _logged.get(part) != reason:
        log.warning("not ready", part=part, reason=reason)
    _logged[part] = reason


async def _models(services: ApiServices) -> dict[str, str]:
    try:
        async with asyncio.timeout(_SECONDS):
            states = dict(await services.workshop.model_states())
    except TimeoutError:
        return {"models": f"no answer in {_SECONDS:g} s"}
    except DesignAgentError as error:
        _log("models", error.message)
        return {"models": error.told}
    _logged.pop("models", None)
    return states
