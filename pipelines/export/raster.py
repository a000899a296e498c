"""PNG and JPEG files of a finished picture, and back. The same pixels give the same bytes."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PNG_LEVEL = 1  # grain hardly compresses: level 6 takes three times as long for 3 % fewer bytes


def encode_png(rgba: NDArray[np.uint8]) -> bytes:
    """PNG of straight RGBA pixels (H x W x 4), on white where they are transparent."""
    buffer = io.BytesIO()
    Image.fromarray(opaque_rgb(rgba)).save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()


def encode_jpg(rgba: NDArray[np.uint8], quality: int = 92) -> bytes:
    """JPEG of straight RGBA pixels (H x W x 4), full colour resolution so that red text keeps its edges."""
    buffer = io.BytesIO()
    Image.fromarray(opaque_rgb(rgba)).save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def decode_rgba(data: bytes) -> NDArray[np.uint8]:
    """Straight RGBA pixels (H x W x 4) of an encoded picture."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


def opaque_rgb(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """H x W x 3: the pixels laid on white."""
    alpha = rgba[:, :, 3:]
    if alpha.min() == 255:
        return np.ascontiguousarray(rgba[:, :, :3])
    weight = alpha.astype(np.float32) / 255
    blended = rgba[:, :, :3] * weight + 255 * (1 - weight)
    return np.rint(blended).astype(np.uint8)
