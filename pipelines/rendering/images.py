"""Decoding the pictures that elements refer to."""

from collections.abc import Callable

import skia
import structlog

from storage.errors import DesignAgentError

ImageSource = Callable[[str], bytes]
_MOST_PIXELS = 50_000_000
_log = structlog.get_logger(__name__)


class Pictures:
    """Pictures by address, each fetched and decoded once; one that cannot be had is None, and logged."""

    def __init__(self, source: ImageSource) -> None:
        self._source = source
        self._decoded: dict[str, skia.Image | None] = {}

    def get(self, url: str) -> skia.Image | None:
        """The decoded picture, or None when it cannot be loaded."""
        if url not in self._decoded:
            try:
                self._decoded[url] = _decode(self._source(url))
            except (DesignAgentError, OSError, ValueError, LookupError, RuntimeError) as error:
                _log.warning("picture left out", url=url[:200], reason=str(error))
                self._decoded[url] = None
        return self._decoded[url]


def _decode(data: bytes) -> skia.Image:
    """Raises RuntimeError (skia's) or ValueError for data that is no picture, or too large a one."""
    encoded = skia.Data.MakeWithCopy(data)
    size = skia.Codec.MakeFromData(encoded).dimensions()
    if size.width() * size.height() > _MOST_PIXELS:
        raise ValueError(f"the picture has {size.width()} x {size.height()} pixels, more than 50 megapixels")
    return skia.Image.MakeFromEncoded(encoded).makeRasterImage()
