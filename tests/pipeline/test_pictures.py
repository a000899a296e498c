"""Looking at pictures: files of strangers, cuts, colours, what is a logo."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw

from pipelines.geometry import Box
from pipelines.layout.pictures import best_window, mosaic
from pipelines.models.references import NoPicture
from pipelines.pictures.decode import decode
from pipelines.pictures.look import look, without_margins
from pipelines.pictures.picture import BINS, Picture, Reference
from pipelines.pictures.roles import given_pictures
from pipelines.pictures.steering import melting_ground, steering_colors
from pipelines.rendering.color import to_hex, to_oklab
from tests.pictures import encoded
from tests.pipeline.pictures import bottle_cutout, logo, photo, product


def seen(data: bytes) -> Picture:
    return look(without_margins(decode(data)), "key")


# files of strangers


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("data", [
    b"", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'/>", encoded(60, 40, "GIF"),
    encoded(60, 40, "BMP"), encoded(60, 40, "TIFF"), photo()[:5000], png_of(30_000, 30_000, b""),
    png_of(8_000, 8_000, bytes(8_001 * 8_000)),
    png_of(500, 500, bytes(100)), encoded(16, 16), encoded(2000, 8),
])  # fmt: skip
def test_what_cannot_be_shown_is_refused(data: bytes) -> None:
    with pytest.raises(NoPicture):
        decode(data)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400))
def test_broken_files_are_refused_or_read(noise: bytes, at: int) -> None:
    whole = encoded(60, 40, "PNG")
    for data in (noise, whole[:at] + noise + whole[at + len(noise) :]):
        try:
            picture = decode(data)
        except NoPicture:
            continue
        assert picture.mode in {"RGB", "RGBA"}


def test_a_large_picture_is_kept_at_a_useful_size() -> None:
    assert decode(encoded(6000, 3000)).size == (4096, 2048)


def test_a_picture_is_upright() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "red").save(buffer, "JPEG", exif=exif)
    assert decode(buffer.getvalue()).size == (40, 80)


def test_colours_are_brought_to_srgb() -> None:
    """A profile with red and blue exchanged would show if it were ignored; a broken one does no harm."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (lab, b"no profile at all"):
        buffer = io.BytesIO()
        Image.new("RGB", (80, 80), (200, 40, 30)).save(buffer, "PNG", icc_profile=profile)
        assert decode(buffer.getvalue()).getpixel((40, 40)) == (200, 40, 30)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixels_is_read(mode: str) -> None:
    buffer = io.BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    (Image.new("I;16", (64, 64)) if mode == "I;16" else Image.new("RGBA", (64, 64), "#c04020").convert(mode)).save(
        buffer, kind
    )
    assert decode(buffer.getvalue()).size == (64, 64)


def test_what_is_transparent_is_cut_off() -> None:
    buffer = io.BytesIO()
    picture = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((50, 80, 149, 119), fill="red")
    picture.save(buffer, "PNG")
    assert decode(buffer.getvalue()).size == (100, 40)
    with pytest.raises(NoPicture, match="transparent"):
        empty = io.BytesIO()
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(empty, "PNG")
        decode(empty.getvalue())


# cuts

profiles = st.lists(st.floats(0, 1), min_size=BINS, max_size=BINS).map(
    lambda values: [value / (sum(values) or 1) for value in values]
)


@settings(deadline=None)
@given(profiles, st.floats(0.05, 1))
def test_a_window_lies_inside(profile: list[float], share: float) -> None:
    assert 0 <= best_window(profile, share) <= 1


@pytest.mark.parametrize("at", [1, 8, 16, 24, 30])
def test_a_window_holds_what_there_is_to_see(at: int) -> None:
    profile = [0.002] * BINS
    profile[at] = 1 - 0.002 * (BINS - 1)
    start = best_window(profile, 0.3) * 0.7
    assert start <= at / BINS
    assert (at + 1) / BINS <= start + 0.3


def test_an_even_picture_is_cut_in_the_middle() -> None:
    assert best_window([1 / BINS] * BINS, 0.5) == 0.5


def test_a_face_stays_whole_with_its_hair() -> None:
    picture = Image.new("RGB", (400, 800), "#d8c8b8")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((110, 60, 290, 300), fill="#342018")
    draw.ellipse((128, 100, 272, 290), fill="#ecba9c")
    for x in (170, 230):
        draw.ellipse((x - 8, 180, x + 8, 196), fill="#281e1e")
    draw.arc((165, 215, 235, 250), 20, 160, fill="#281e1e", width=5)
    for y in range(420, 800, 12):  # a busy lower half
        draw.line((0, y, 400, y), fill="#28384a", width=5)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    start = best_window(look(decode(buffer.getvalue()), "k").down, 0.45) * 0.55
    assert start <= 60 / 800
    assert start + 0.45 >= 300 / 800


@settings(deadline=None)
@given(st.integers(1, 4), st.floats(200, 2000), st.floats(200, 2000))
def test_a_mosaic_fills_its_zone_without_overlaps(count: int, width: float, height: float) -> None:
    zone = Box(10, 20, width, height)
    boxes = mosaic(zone, count, 8)
    assert len(boxes) == count
    whole = boxes[0]
    for index, box in enumerate(boxes):
        assert box.width > 0
        assert box.height > 0
        assert zone.intersection(box).area == pytest.approx(box.area)
        assert not any(box.outset(-0.01).overlaps(other) for other in boxes[index + 1 :])
        whole = whole.union(box)
    assert whole == pytest.approx(zone)


# colours


@settings(deadline=None)
@given(st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)))
def test_oklab_and_back(color: tuple[int, int, int]) -> None:
    assert to_hex(to_oklab(np.array(color) / 255)) == "#{:02x}{:02x}{:02x}".format(*color)


def test_dominant_colours_are_those_that_are_there_not_their_mean() -> None:
    picture = Image.new("RGB", (200, 100), "#c8102e")
    picture.paste("#0a5c36", (100, 0, 200, 100))
    swatches = look(picture, "k").swatches
    assert [swatch.color for swatch in swatches] in (["#c8102e", "#0a5c36"], ["#0a5c36", "#c8102e"])
    assert [swatch.share for swatch in swatches] == pytest.approx([0.5, 0.5], abs=0.01)


def test_grey_pictures_suggest_no_hue() -> None:
    light, dark = Image.new("L", (90, 90), 200).convert("RGB"), Image.new("L", (90, 90), 20).convert("RGB")
    assert steering_colors([look(light, "k")]) != steering_colors([look(dark, "k")])
    assert steering_colors([]) == []


# what it is


def test_a_logo_is_told_from_a_subject() -> None:
    mark, bottle, shot = seen(logo()), seen(bottle_cutout()), seen(photo())
    assert mark.is_logo(asked=False)
    assert mark.is_logo(asked=True)
    assert not bottle.is_logo(asked=False)
    assert not shot.is_logo(asked=False)
    assert not shot.is_logo(asked=True)  # a photo is none, whatever was said


def test_roles_of_several() -> None:
    references = [Reference(source=str(n), picture=seen(data)) for n, data in enumerate((photo(), logo(), product()))]
    roles = given_pictures([*references, Reference(source="x", problem="gone")], "带logo")
    assert roles.logo == references[1].picture
    assert roles.shown == (references[0].picture, references[2].picture)


def test_plain_margins_are_cut_and_the_ground_is_known() -> None:
    picture = seen(product())
    assert picture.ground is not None
    assert melting_ground(picture) == picture.ground
    assert picture.height < 600  # of 800
    assert seen(photo()).ground is None
