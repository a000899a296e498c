"""The deployments of the models that the settings choose, each scaled on its own."""

from dataclasses import dataclass
from typing import Any

from ray import serve
from ray.serve import Application

from configs.models import VLLM_PYTHON
from configs.settings import Settings
from serve_apps.image_model import ImageModel
from serve_apps.language_model import LanguageModel
from serve_apps.scaling import ByWaitingTasks, replicas
from serve_apps.text_reader import TextReader

CHATS_AT_ONCE = 16
_WAITING_ROOM = 4
"""Calls that wait in one caller for each that a replica takes; beyond, the caller is told and waits by itself."""


@dataclass(frozen=True, slots=True)
class Models:
    """Deployments of the models, bound; None where the orchestrator's own process does the work, or an endpoint."""

    text_reader: Application
    image_model: Application | None
    language_model: Application | None


def bind_models(settings: Settings, common: dict[str, Any]) -> Models:
    """``common``: options of every deployment."""
    return Models(
        text_reader=_deployment(TextReader, settings, "reader", settings.reader_batch, common),
        image_model=_image_model(settings, common),
        language_model=_language_model(settings, common),
    )


def _image_model(settings: Settings, common: dict[str, Any]) -> Application | None:
    if settings.image_model != "sdxl":
        return None
    # A guided picture takes two rows of a step.
    return _deployment(ImageModel, settings, "image", max(1, settings.image_rows // 2), common)


def _language_model(settings: Settings, common: dict[str, Any]) -> Application | None:
    if settings.language_model != "vllm":
        return None
    python = settings.vllm_python or VLLM_PYTHON
    own = {"runtime_env": {"py_executable": str(python)}}
    return _deployment(LanguageModel, settings, "language", CHATS_AT_ONCE, common, own)


def _deployment(
    kind: type, settings: Settings, model: str, at_once: int, common: dict[str, Any],
    actor: dict[str, Any] | None = None,
) -> Application:  # fmt: skip
    """``at_once``: calls that a replica works on together without any waiting for another."""
    least: int = getattr(settings, f"{model}_min_replicas")
    most: int = getattr(settings, f"{model}_max_replicas")
    warm: str = getattr(settings, f"{model}_warm", "")
    gpus: float = getattr(settings, f"{model}_gpus")
    options = {
        **common,
        **replicas(settings, least, most, at_once, ByWaitingTasks, warm=warm),
        "ray_actor_options": {"num_cpus": 0, "num_gpus": gpus, **(actor or {})},
        # A replica is asked for one more batch than it works on, so that it never idles between two.
        "max_ongoing_requests": 2 * at_once,
        "max_queued_requests": _WAITING_ROOM * at_once,
    }
    bound: Application = serve.deployment(**options)(kind).bind()
    return bound
