"""Composition root of the model engines: the only place that names them."""

from configs.settings import Settings
from pipelines.context import Engines
from pipelines.models.base import ImageModel, LanguageModel, TextReader
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from serve_apps.journal import JournalledImageModel, JournalledLanguageModel, JournalledObjects, journal_of
from serve_apps.references.fetching import HttpsReferences
from storage.errors import ValidationError
from storage.objects.base import ObjectStore


def build_engines(settings: Settings, objects: ObjectStore, text_reader: TextReader) -> Engines:
    """The engines of this profile: designer and painter in this process, the reader behind its port."""
    if (settings.image_model, settings.language_model) != ("painter", "designer"):
        raise ValidationError(
            f"DESIGN_AGENT_IMAGE_MODEL={settings.image_model} with DESIGN_AGENT_LANGUAGE_MODEL="
            f"{settings.language_model} has no deployment in this version; use painter and designer."
        )
    language_model: LanguageModel = RuleBasedDesigner()
    image_model: ImageModel = ProceduralPainter()
    if journal := journal_of(settings):
        language_model = JournalledLanguageModel(language_model, journal)
        image_model = JournalledImageModel(image_model, journal)
        objects = JournalledObjects(objects, journal)
    return Engines(
        language_model=language_model,
        image_model=image_model,
        text_reader=text_reader,
        objects=objects,
        repair_rounds=settings.repair_rounds,
        references=HttpsReferences.of(settings),
    )
