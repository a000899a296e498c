"""Which engines made a poster, and what they took: from the steps' usages to the poster's metadata."""

from collections.abc import Sequence
from typing import Any

from pydantic import model_validator

from pipelines.models.base import Usage
from storage.documents.base import Document
from storage.documents.element import LayerSpec


class PaintedLayers(Document):
    """What a painting step stores; no usage when no model was asked."""

    layers: list[LayerSpec]
    usage: Usage | None

    @model_validator(mode="before")
    @classmethod
    def _of_older_versions(cls, stored: Any) -> Any:
        """Steps stored before engines told what they took were the layers alone, and all the painter's."""
        if isinstance(stored, list):
            return {"layers": stored, "usage": {"model": "procedural-painter"}}
        return stored


def ai_params(understood: Usage, painted: Sequence[Usage], text_reader: str, seed: int) -> dict[str, Any]:
    """``metadata.ai_params``. ``painted``: the background's usage first, which names the image model."""
    usages = [understood, *painted]
    return {
        "image_model": painted[0].model,
        "language_model": understood.model,
        "text_reader": text_reader,
        "steps": sum(usage.steps for usage in usages),
        "seed": seed,
        "tokens": sum(usage.tokens for usage in usages),
        "fallbacks": [fallback for usage in usages for fallback in usage.fallbacks],
        "lossy": [lane for usage in usages for lane in usage.lossy],
    }
