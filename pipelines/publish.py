"""Files of a poster: preview.png, preview.jpg and source.psd, drawn from the document."""

import numpy as np
from numpy.typing import NDArray

from pipelines.context import Engines
from pipelines.export.psd import write_psd
from pipelines.export.raster import encode_jpg, encode_png
from storage.documents.poster import PosterDocument, PosterFiles


def file_keys(poster_id: str, version: int) -> PosterFiles:
    """Where the files of a version are stored."""
    folder = f"posters/{poster_id}/v{version}"
    return PosterFiles(
        version=version, png=f"{folder}/preview.png", jpg=f"{folder}/preview.jpg", psd=f"{folder}/source.psd"
    )


def publish(
    document: PosterDocument, picture: NDArray[np.uint8], engines: Engines, png: bytes | None = None
) -> PosterFiles:
    """Store the files of the document's version. ``picture``: H x W x 4 RGBA; ``png``: the same, encoded already."""
    keys = file_keys(document.poster.id, document.poster.version)
    objects = engines.objects
    objects.put(keys.png, png or encode_png(picture), "image/png")
    objects.put(keys.jpg, encode_jpg(picture), "image/jpeg")
    objects.put(keys.psd, write_psd(document, engines.image, picture), "image/vnd.adobe.photoshop")
    return keys
