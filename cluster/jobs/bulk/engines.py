"""Engines of one actor of a bulk run."""

from dataclasses import replace
from typing import Any

from cluster.jobs.bulk.on_ray import needs_service
from configs.settings import Settings
from pipelines.context import Engines
from pipelines.models.paddle_ocr import PaddleOcrReader
from serve_apps.handles import Generators, generators
from serve_apps.models import build_engines
from storage.factory import open_objects

_THREADS = 1  # an actor asks for one CPU


def bulk_engines(settings: Settings) -> Engines:
    """Designer, painter and text reader in this process; a model with a deployment is the running service's."""
    reader = PaddleOcrReader(
        threads=_THREADS, models_dir=settings.data / "models", device="gpu:0" if settings.reader_gpus else "cpu"
    )
    known = Generators(reader)
    if needs_service(settings):
        images, texts = settings.image_model == "sdxl", settings.language_model == "vllm"
        known = generators(
            settings, _handle("TextReader"), _handle("ImageModel") if images else None,
            _handle("LanguageModel") if texts else None,
        )  # fmt: skip
    return build_engines(settings, open_objects(settings), replace(known, text_reader=reader))


def _handle(deployment: str) -> Any:
    from ray import serve

    from serve_apps.app import APP_NAME

    return serve.get_deployment_handle(deployment, APP_NAME)
