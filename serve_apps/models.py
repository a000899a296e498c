"""Composition root of the model engines: the only place that names them."""

from configs.settings import Settings
from pipelines.context import Engines
from pipelines.models.base import TextReader
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.painter.painter import ProceduralPainter
from storage.objects.base import ObjectStore


def build_engines(settings: Settings, objects: ObjectStore, text_reader: TextReader) -> Engines:
    """The engines of this profile: designer and painter in this process, the reader behind its port."""
    return Engines(
        language_model=RuleBasedDesigner(),
        image_model=ProceduralPainter(),
        text_reader=text_reader,
        objects=objects,
        repair_rounds=settings.repair_rounds,
    )
