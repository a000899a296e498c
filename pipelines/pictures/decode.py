"""Files of strangers become pixels: bounded, upright, sRGB."""

import io
import threading
from typing import cast

from PIL import Image, ImageCms, ImageOps

from pipelines.models.references import NoPicture
from storage.documents.picture import MAX_PIXELS

FORMATS = ("PNG", "JPEG", "WEBP")
LONGEST = 4096
_LEAST = 32
_ONE_AT_A_TIME = threading.Lock()  # whole pictures are large


def decode(data: bytes, longest: int = LONGEST) -> Image.Image:
    """The picture as RGB, or as RGBA cut to what is not transparent; no side longer than ``longest`` pixels.

    Raises NoPicture for what is no PNG, JPEG or WebP, is damaged, too large or too small.
    """
    try:
        with _ONE_AT_A_TIME, Image.open(io.BytesIO(data), formats=FORMATS) as file:
            if file.width * file.height > MAX_PIXELS:
                raise NoPicture(f"The picture has more than {MAX_PIXELS // 10**6} million pixels.")
            file.draft("RGB", (longest, longest))
            picture = _in_srgb(ImageOps.exif_transpose(file), file.info.get("icc_profile"))
            picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    except NoPicture:
        raise
    except Exception as error:
        # Decoders raise whatever they stumble over; a stranger's file must not end a task.
        raise NoPicture("The file is no PNG, JPEG or WebP picture, or it is damaged.") from error
    if picture.mode == "RGBA":
        picture = _trimmed(picture)
    if min(picture.size) < _LEAST:
        raise NoPicture(f"The picture is smaller than {_LEAST} pixels.")
    return picture


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if not profile:
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return picture  # a broken profile, or one of another colour space than the pixels'
    return cast(Image.Image, converted)


def _trimmed(picture: Image.Image) -> Image.Image:
    alpha = picture.getchannel("A")
    low, _ = cast(tuple[int, int], alpha.getextrema())
    if low >= 250:
        return picture.convert("RGB")
    box = alpha.point(lambda value: 255 if value > 8 else 0).getbbox()
    if box is None:
        raise NoPicture("The picture is wholly transparent.")
    return picture.crop(box)


def encode(picture: Image.Image) -> tuple[bytes, str, str]:
    """The picture as a file: its bytes, content type and suffix."""
    buffer = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(buffer, "PNG")
        return buffer.getvalue(), "image/png", "png"
    picture.save(buffer, "JPEG", quality=93, subsampling=0)
    return buffer.getvalue(), "image/jpeg", "jpg"
