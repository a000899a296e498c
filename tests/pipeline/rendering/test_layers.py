"""An element drawn alone, put over the rest with its blend mode and opacity, is what render draws."""

import io

import numpy as np
import pytest
import skia
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pipelines.geometry import Box
from pipelines.rendering.canvas import paint_bounds, render, render_background, render_element
from pipelines.rendering.draw_order import ordered_elements
from pipelines.rendering.effects import BLEND_MODES
from storage.documents.element import Element, ElementContent, ElementSpec, Transform
from storage.documents.poster import PosterDocument
from storage.documents.style import (
    ElementStyle,
    Fill,
    Filter,
    Gradient,
    ImageFill,
    MeshPoint,
    Pattern,
    Shadow,
    Stroke,
    linear,
    radial,
)
from tests.pipeline.rendering.helpers import drawn, grouped, no_pictures, poster, shape

RGBA = skia.ColorType.kRGBA_8888_ColorType
MESH = Gradient(
    type="mesh", points=[MeshPoint(x=0, y=0, color="#102060"), MeshPoint(x=1, y=1, color="#ffb040")], warp=0.1
)


def put_together(document: PosterDocument) -> NDArray[np.uint8]:
    """The poster composited from its elements' rasters, as a layered file does."""
    pixels = np.ascontiguousarray(render_background(document))
    surface = skia.Surface.MakeRaster(
        skia.ImageInfo.Make(pixels.shape[1], pixels.shape[0], RGBA, skia.AlphaType.kPremul_AlphaType)
    )
    canvas = surface.getCanvas()
    canvas.drawImage(skia.Image.fromarray(pixels, RGBA), 0, 0)
    for layer, nodes in ordered_elements(document):
        assert layer.opacity == 1
        for node in nodes:
            raster = render_element(document, node.element.id, no_pictures)
            if not raster.pixels.size or not node.element.visible:
                continue
            paint = skia.Paint(BlendMode=BLEND_MODES[node.element.style.blend_mode])
            paint.setAlphaf(node.element.style.opacity)
            picture = skia.Image.fromarray(np.ascontiguousarray(raster.pixels), RGBA)
            canvas.drawImage(picture, raster.left, raster.top, skia.SamplingOptions(), paint)
    return np.asarray(surface.toarray(colorType=RGBA))


fills = st.sampled_from([
    linear(["#ff2040", "#2040ff"], 60), linear(["#ff2040", "transparent"]),
    radial(["#ffe080", "#ff400000"], radius=0.7),
    Fill(type="solid", color="rgba(20, 120, 200, 0.6)"), Fill(type="gradient", gradient=MESH),
    Fill(type="pattern", pattern=Pattern(type="noise", seed=5)),
    Fill(type="pattern", pattern=Pattern(type="dots", size=4, gap=3, angle=25, color="#083")),
])  # fmt: skip
shadows = st.none() | st.builds(
    Shadow, color=st.sampled_from(["#000", "#40008080"]), offset_x=st.integers(-9, 9), offset_y=st.integers(-9, 9),
    blur=st.integers(0, 12), spread=st.integers(-2, 4),
)  # fmt: skip
filters = st.lists(st.sampled_from([
    Filter(type="blur", value=3), Filter(type="saturate", value=1.6), Filter(type="duotone", dark="#013", light="#fe8"),
]), max_size=2)  # fmt: skip
strokes = st.none() | st.builds(
    Stroke, color=st.just("#0a7"), width=st.integers(1, 8), dash_array=st.none() | st.just([6.0, 3.0]),
    line_join=st.sampled_from(["miter", "round"]), line_cap=st.sampled_from(["butt", "round"]),
)  # fmt: skip
places = st.builds(
    Transform, x=st.floats(-20, 70), y=st.floats(-20, 70), width=st.integers(1, 70), height=st.integers(0, 70),
    rotation=st.integers(0, 359), scale_x=st.sampled_from([1, -1, 0.5, 1.5]), skew_x=st.sampled_from([0, 20]),
)  # fmt: skip
styles = st.builds(
    ElementStyle, fill=fills, shadow=shadows, filters=filters, stroke=strokes, opacity=st.sampled_from([1, 0.7, 0.25]),
    blend_mode=st.sampled_from(sorted(BLEND_MODES)),
)  # fmt: skip
contents = st.builds(
    ElementContent, shape_type=st.sampled_from(["rect", "rounded_rect", "ellipse", "circle", "line", "polygon"]),
    radius=st.integers(0, 20),
)  # fmt: skip
shapes = st.builds(ElementSpec, type=st.just("shape"), transform=places, style=styles, content=contents)
texts = st.builds(
    ElementSpec, type=st.just("text"), transform=places, style=styles,
    content=st.builds(ElementContent, text=st.sampled_from(["招聘", "Ag", "秋分\n2026", "🎉 ok", ""])),
)  # fmt: skip
elements = shapes | texts


@settings(max_examples=60, deadline=None)
@given(st.lists(elements, min_size=1, max_size=4))
def test_elements_put_together_are_the_poster(specs: list[ElementSpec]) -> None:
    document = poster(*specs, width=96, height=96)
    difference = np.abs(render(document, no_pictures).astype(int) - put_together(document))
    # A pixel may differ more through rounding of premultiplied colour where alpha is tiny.
    assert difference.max() <= 3
    assert difference.mean() <= 0.2


@settings(max_examples=60, deadline=None)
@given(elements, elements)
def test_hiding_an_element_changes_nothing_outside_its_paint_bounds(one: ElementSpec, other: ElementSpec) -> None:
    document = poster(one, other, width=96, height=96)
    for element in document.walk():
        changed = (render(document, no_pictures) != render(document, no_pictures, hidden=frozenset({element.id}))).any(
            -1
        )
        assert not outside(changed, paint_bounds(element)).any()


@settings(max_examples=60, deadline=None)
@given(elements)
def test_ink_lies_inside_paint_bounds(spec: ElementSpec) -> None:
    document = poster(
        spec.model_copy(update={"style": spec.style.model_copy(update={"opacity": 1, "blend_mode": "normal"})}),
        width=96,
        height=96,
    )
    assert not outside((render(document, no_pictures) != 255).any(-1), paint_bounds(document.walk()[0])).any()


def outside(mask: NDArray[np.bool_], box: Box) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    inside = (columns + 1 > box.x) & (columns < box.right) & (rows + 1 > box.y) & (rows < box.bottom)
    return np.asarray(mask & ~inside)


@settings(max_examples=15, deadline=None)
@given(st.lists(elements, min_size=1, max_size=3))
def test_the_same_document_gives_the_same_pixels(specs: list[ElementSpec]) -> None:
    document = poster(*specs)
    copy = PosterDocument.model_validate_json(document.model_dump_json())
    assert (render(document, no_pictures) == render(copy, no_pictures)).all()


def test_a_group_alone_is_its_children_together() -> None:
    document = poster(shape(2, 2, 4, 4), shape(4, 4, 4, 4, "#00f", opacity=0.5))
    group = Element(id="g", layer_id=document.layers[0].id, type="group", style=ElementStyle(opacity=0.3))
    document = grouped(document, [0, 1], group)
    raster = render_element(document, "g", no_pictures)
    assert tuple(raster.pixels[5 - raster.top, 5 - raster.left]) == (127, 0, 128, 255)


def test_an_element_off_the_page_has_an_empty_raster() -> None:
    document = poster(shape(500, 500, 4, 4))
    assert render_element(document, document.walk()[0].id, no_pictures).pixels.size == 0


def test_an_unknown_element_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        render_element(poster(), "nothing", no_pictures)


def test_multiply_and_soft_light_follow_the_w3c_formulas() -> None:
    back, front = np.array([200, 90, 30]) / 255, np.array([64, 128, 220]) / 255
    page, over = shape(0, 0, 9, 9, "rgb(200,90,30)"), "rgb(64,128,220)"
    multiplied = drawn(page, shape(0, 0, 9, 9, over, blend_mode="multiply"))[4, 4, :3] / 255
    assert np.abs(multiplied - back * front).max() < 2 / 255
    bright = np.where(back <= 0.25, ((16 * back - 12) * back + 4) * back, np.sqrt(back))
    soft = np.where(front <= 0.5, back - (1 - 2 * front) * back * (1 - back), back + (2 * front - 1) * (bright - back))
    assert np.abs(drawn(page, shape(0, 0, 9, 9, over, blend_mode="soft_light"))[4, 4, :3] / 255 - soft).max() < 2 / 255


def test_grain_moves_pixels_both_ways_and_keeps_the_mean() -> None:
    grain = shape(
        0, 0, 64, 64, fill=Fill(type="pattern", pattern=Pattern(type="noise", seed=7)), blend_mode="soft_light"
    )
    pixels = drawn(shape(0, 0, 64, 64, "#808080"), grain)[..., 0].astype(float)
    assert pixels.std() > 10
    assert abs(pixels.mean() - 128) < 4


def test_a_mesh_is_a_function_of_its_seed() -> None:
    def mesh(seed: int) -> NDArray[np.uint8]:
        return drawn(shape(0, 0, 64, 64, fill=Fill(type="gradient", gradient=MESH.model_copy(update={"seed": seed}))))

    assert (mesh(1) == mesh(1)).all()
    assert (mesh(1) != mesh(2)).any()


def test_gradients_mix_in_oklab() -> None:
    row = drawn(shape(0, 0, 64, 64, fill=linear(["#ff0000", "#00ff00"], 90)))[32, :, :3].astype(int)
    middle = row[31:33].mean(axis=0)
    # The OKLab middle of red and green is a bright olive; sRGB's would be (128, 128, 0).
    assert middle[0] > 170 and middle[1] > 150
    assert row[0, 0] > 250 and row[-1, 1] > 250


def test_a_gradient_to_transparent_keeps_its_hue() -> None:
    pixel = drawn(shape(0, 0, 64, 64, fill=linear(["#ff0000", "transparent"], 90)))[32, 32]
    assert abs(pixel.astype(int) - (255, 127, 127, 255)).max() <= 4


def picture(width: int, height: int) -> bytes:
    left = np.zeros((height, width, 3), np.uint8)
    left[:, : width // 2] = (255, 0, 0)
    left[:, width // 2 :] = (0, 0, 255)
    file = io.BytesIO()
    Image.fromarray(left).save(file, "PNG")
    return file.getvalue()


def image(mode: str | None) -> ElementSpec:
    fill = Fill(type="image", image=ImageFill(image_url="picture", mode=mode)) if mode else None
    return ElementSpec(
        type="image", transform=Transform(width=40, height=20), content=ElementContent(image_url="picture"),
        style=ElementStyle(fill=fill),
    )  # fmt: skip


@pytest.mark.parametrize("mode", [None, "cover", "contain", "stretch", "tile"])
def test_pictures_fit_their_box(mode: str | None) -> None:
    pixels = render(poster(image(mode)), lambda _: picture(20, 20))
    white, red, blue = (255, 255, 255), (255, 0, 0), (0, 0, 255)
    expected = {"contain": [white, red, blue, white], "tile": [red, blue, red, blue]}.get(
        mode or "", [red, red, blue, blue]
    )
    assert [tuple(map(int, pixels[10, x, :3])) for x in (4, 14, 25, 34)] == expected
    assert (pixels[21:] == 255).all() and (pixels[:, 41:] == 255).all()


@pytest.mark.parametrize("data", [None, b"", b"not a picture", picture(20, 20)[:50]])
def test_a_picture_that_cannot_be_loaded_is_left_out(data: bytes | None) -> None:
    def source(url: str) -> bytes:
        if data is None:
            raise LookupError(url)
        return data

    pixels = render(poster(image(None), shape(50, 50, 4, 4)), source)
    assert tuple(pixels[52, 52]) == (255, 0, 0, 255)
    assert pixels[10, 10, 1] in (0, 255)
