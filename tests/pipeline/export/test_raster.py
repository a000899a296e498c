import io

import numpy as np
from PIL import Image

from pipelines.export.raster import decode_rgba, encode_jpg, encode_png


def _noise(height: int, width: int, alpha: int = 255) -> np.ndarray:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[:, :, 3] = alpha
    return pixels


def test_png_gives_back_every_pixel_of_an_opaque_picture():
    pixels = _noise(37, 53)
    assert np.array_equal(decode_rgba(encode_png(pixels)), pixels)


def test_png_and_jpg_of_the_same_pixels_are_the_same_bytes():
    pixels = _noise(64, 64)
    assert encode_png(pixels) == encode_png(pixels.copy())
    assert encode_jpg(pixels) == encode_jpg(pixels.copy())


def test_files_are_opaque_rgb():
    for data in (encode_png(_noise(8, 8, 90)), encode_jpg(_noise(8, 8, 90))):
        with Image.open(io.BytesIO(data)) as image:
            assert image.mode == "RGB"


def test_transparent_pixels_are_laid_on_white():
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:2, :, 3] = 255
    pixels[2, :, 3] = 128
    decoded = decode_rgba(encode_png(pixels))[:, 0, 0]
    assert decoded.tolist() == [0, 0, 127, 255]


def test_jpg_stays_close_to_the_picture_also_at_coloured_edges():
    pixels = np.full((32, 32, 4), 255, np.uint8)
    pixels[8:24, 9:23, 1:3] = 0  # a red block that subsampled colour would smear
    with Image.open(io.BytesIO(encode_jpg(pixels))) as image:
        assert np.abs(np.asarray(image).astype(int) - pixels[:, :, :3]).mean() < 3


def test_quality_changes_the_size_of_a_jpg():
    pixels = _noise(64, 64)
    assert len(encode_jpg(pixels, quality=60)) < len(encode_jpg(pixels, quality=95))
