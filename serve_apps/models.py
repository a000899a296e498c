"""Composition root of the model engines: the only place that names them."""

from configs.settings import Settings
from pipelines.context import Engines
from pipelines.models.base import ImageModel, LanguageModel
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.generation import ImageGenerator, TextGenerator
from pipelines.models.language.designer import LlmDesigner
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.models.sdxl_painter.painter import PictureOptions, SdxlPainter
from serve_apps.handles import Generators
from serve_apps.journal import JournalledImageModel, JournalledLanguageModel, JournalledObjects, journal_of
from serve_apps.openai_endpoint import OpenAiEndpoint
from serve_apps.references.fetching import HttpsReferences
from serve_apps.watched_models import WatchedImageModel, WatchedLanguageModel
from storage.errors import ValidationError
from storage.objects.base import ObjectStore


def build_engines(settings: Settings, objects: ObjectStore, generators: Generators) -> Engines:
    """The engines of this process. Raises ValidationError when a chosen model is not among the generators."""
    language_model: LanguageModel = WatchedLanguageModel(_language_model(settings, generators.texts))
    image_model: ImageModel = WatchedImageModel(_image_model(settings, objects, generators.images))
    if journal := journal_of(settings):
        language_model = JournalledLanguageModel(language_model, journal)
        image_model = JournalledImageModel(image_model, journal)
        objects = JournalledObjects(objects, journal)
    return Engines(
        language_model=language_model,
        image_model=image_model,
        text_reader=generators.text_reader,
        objects=objects,
        repair_rounds=settings.repair_rounds,
        references=HttpsReferences.of(settings),
    )


def _language_model(settings: Settings, texts: TextGenerator | None) -> LanguageModel:
    rules, fallback = RuleBasedDesigner(), settings.fallback == "on"
    if settings.language_model == "designer":
        return rules
    if settings.language_model == "openai":
        key = settings.openai_key.get_secret_value() if settings.openai_key else None
        texts = OpenAiEndpoint(
            settings.openai_url, key, settings.openai_model, settings.language_seconds, patient=not fallback
        )
    if texts is None:
        raise ValidationError("DESIGN_AGENT_LANGUAGE_MODEL=vllm needs the running service; take designer or openai.")
    return LlmDesigner(texts, rules, fallback=fallback)


def _image_model(settings: Settings, objects: ObjectStore, images: ImageGenerator | None) -> ImageModel:
    painter = ProceduralPainter()
    if settings.image_model == "painter":
        return painter
    if images is None:
        raise ValidationError("DESIGN_AGENT_IMAGE_MODEL=sdxl needs the running service; take painter.")
    return SdxlPainter(images, painter, objects, PictureOptions.of(settings), fallback=settings.fallback == "on")
