import io
import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Layer

from pipelines.export.psd import write_psd
from pipelines.rendering.canvas import paint_bounds, render
from pipelines.rendering.draw_order import ordered_elements
from storage.documents.element import ElementContent, ElementSpec
from storage.documents.poster import PosterDocument
from storage.documents.style import BlendMode, ElementStyle, Filter, Shadow, Stroke, linear, radial
from tests.pipeline.posters import grain, no_images, page, poster, shape, text

W, H = 130, 180


def _psd(document: PosterDocument) -> PSDImage:
    return PSDImage.open(io.BytesIO(write_psd(document, no_images, render(document, no_images))))


def _added_up(psd: PSDImage) -> np.ndarray:
    return np.asarray(psd.composite(ignore_preview=True).convert("RGB")).astype(int)


def _drawn(document: PosterDocument, *hidden: str) -> np.ndarray:
    return render(document, no_images, hidden=frozenset(hidden))[:, :, :3].astype(int)


def _numbered(document: PosterDocument) -> PosterDocument:
    for number, element in enumerate(document.walk()):
        element.content.name = f"{number}"
    return document


def _layer(psd: PSDImage, name: str) -> Layer:
    return next(layer for layer in psd.descendants() if layer.name == name)


def _group(document: PosterDocument, layer: int, children: list[int], **style: object) -> None:
    """Gather elements of a layer, by index, in a group element at the end of it."""
    members = document.elements[document.layers[layer].id]
    spec = ElementSpec(
        type="group", style=ElementStyle(**style), content=ElementContent(children=[members[i].id for i in children])
    )
    group = members[0].model_copy(update={**dict(spec), "id": f"elem_group{layer}"})
    members.append(group)


def _everything() -> PosterDocument:
    """Blend modes, opacity, effects, gradients, groups in groups, things over the edge, a faded layer."""
    document = poster(
        {
            "背景": [page(W, H), shape(-30, 20, 120, 90, radial(["#ffcc33", "#ff330000"]), kind="ellipse")],
            "主图": [
                shape(40, 60, 90, 70, "#30a0e0cc", rotation=25, blend_mode="multiply", opacity=0.7),
                shape(60, 90, 80, 80, linear(["#ffffff", "#e02060"], 40), kind="ellipse",
                      shadow=Shadow(color="#00000080", offset_x=4, offset_y=6, blur=12)),
                shape(100, 150, 90, 60, "#20c060", stroke=Stroke(color="#ffffff", width=5), blend_mode="overlay"),
                shape(10, 150, 60, 40, "#ffff00", filters=[Filter(type="blur", value=4)], blend_mode="screen"),
            ],
            "颗粒": [grain(W, H, 0.3)],
            "文字": [text("招聘 Hiring", 12, 14, 26, font_weight="900", shadow=Shadow(color="#000000", offset_y=3)),
                   text("一起来", 70, 180, 24, "#ffdd00", rotation=-12, opacity=0.9)],
        },
        W, H,
    )  # fmt: skip
    _group(document, 1, [0, 1], opacity=0.8)
    _group(document, 3, [0, 1])
    document.layers[1].opacity = 0.9
    document.layers[1].blend_mode = "hard_light"
    return _numbered(document)


def test_each_layer_and_element_is_a_named_layer_in_drawing_order():
    badge = shape(0, 0, 9, 9, name="圆·徽章")
    document = poster({"背景 Background": [page(W, H)], "文字": [text("诚聘英才", 10, 10), badge]}, W, H)
    psd = _psd(document)
    assert [layer.name for layer in psd] == ["Page", "背景 Background", "文字"]
    assert [layer.name for layer in psd[2]] == ["诚聘英才", "圆·徽章"]
    assert all(layer.kind == "pixel" for layer in psd[2])


@pytest.mark.parametrize("mode", get_args(BlendMode))
def test_blend_mode_and_opacity_are_properties_of_the_layer(mode: str):
    document = poster({"a": [page(W, H), shape(20, 30, 80, 60, name="x", blend_mode=mode, opacity=0.5)]}, W, H)
    layer = _layer(_psd(document), "x")
    assert layer.blend_mode.name.lower() == mode
    assert layer.opacity == 128
    assert layer.numpy("shape").max() == 1.0  # not baked into the pixels
    assert np.abs(_added_up(_psd(document)) - _drawn(document)).mean() < 2


def test_hidden_elements_are_present_with_their_pixels_but_invisible():
    document = poster({"a": [page(W, H), shape(20, 30, 80, 60, name="off", visible=False)]}, W, H)
    document.layers.append(document.layers[0].model_copy(update={"id": "layer_b", "name": "b", "visible": False}))
    document.elements["layer_b"] = []
    psd = _psd(document)
    layer = _layer(psd, "off")
    assert not layer.visible
    assert np.rint(layer.numpy("color")[30, 40] * 255).tolist() == [0xE0, 0x50, 0x30]
    assert not _layer(psd, "b").visible
    layer.visible = True
    document.walk()[1].visible = True
    assert np.abs(_added_up(psd) - _drawn(document)).mean() < 2


def test_document_groups_are_nested_groups_and_only_flattened_when_they_have_a_look_of_their_own():
    document = _everything()
    psd = _psd(document)
    plain, faded = _layer(psd, "10"), _layer(psd, "6")
    assert plain.is_group() and [child.name for child in plain] == ["8", "9"]
    assert plain.blend_mode.name == "PASS_THROUGH"
    assert faded.blend_mode.name == "NORMAL" and faded.opacity == 204
    assert faded.parent is not None and faded.parent.name == "主图"


def test_merged_picture_is_the_given_one_to_the_last_bit():
    document = _everything()
    merged = np.random.default_rng(5).integers(0, 256, (H, W, 4), dtype=np.uint8)
    merged[:, :, 3] = 255
    psd = PSDImage.open(io.BytesIO(write_psd(document, no_images, merged)))
    assert np.array_equal(np.asarray(psd.composite().convert("RGB")), merged[:, :, :3])
    assert (psd.width, psd.height) == (W, H)


def test_another_reader_opens_the_file():
    document = _everything()
    picture = render(document, no_images)
    with Image.open(io.BytesIO(write_psd(document, no_images, picture))) as image:
        assert image.format == "PSD" and image.size == (W, H)
        painted = [layer for layer in image.layers if layer[2][2] > layer[2][0]]
        assert len(painted) == 1 + sum(element.type != "group" for element in document.walk())
        assert np.array_equal(np.asarray(image.convert("RGB")), picture[:, :, :3])


def test_the_same_document_gives_the_same_bytes():
    document = _everything()
    picture = render(document, no_images)
    assert write_psd(document, no_images, picture) == write_psd(document, no_images, picture)


def test_an_element_outside_the_page_is_an_empty_layer():
    document = poster({"a": [page(W, H), shape(W + 50, 10, 30, 30, name="away")]}, W, H)
    layer = _layer(_psd(document), "away")
    assert (layer.width, layer.height) == (0, 0)
    assert np.abs(_added_up(_psd(document)) - _drawn(document)).mean() < 2


def _assert_layers_add_up_and_come_apart(document: PosterDocument) -> None:
    psd = _psd(document)
    whole = _added_up(psd)
    assert np.abs(whole - _drawn(document)).mean() < 2
    for element in document.walk():
        if element.type == "group":
            continue
        layer = _layer(psd, element.content.name or "")
        layer.visible = False
        less = _added_up(psd)
        layer.visible = True
        assert np.abs(less - _drawn(document, element.id)).mean() < 2, element.content.name
        box = paint_bounds(element)
        outside = np.ones((H, W), bool)
        outside[max(0, math.floor(box.y)) : max(0, math.ceil(box.bottom)),
                max(0, math.floor(box.x)) : max(0, math.ceil(box.right))] = False  # fmt: skip
        assert np.array_equal(less[outside], whole[outside]), element.content.name


def test_hiding_any_layer_equals_our_picture_without_that_element():
    _assert_layers_add_up_and_come_apart(_everything())


_COLORS = st.sampled_from(["#e05030", "#20c060cc", "#ffffff", "#10203080", "#ffdd00"])
_LOOKS = st.fixed_dictionaries(
    {"blend_mode": st.sampled_from(get_args(BlendMode)), "opacity": st.sampled_from([1.0, 0.6, 0.25])},
    optional={
        "shadow": st.builds(Shadow, color=_COLORS, offset_x=st.floats(-9, 9), offset_y=st.floats(-9, 9),
                            blur=st.floats(0, 12)),
        "stroke": st.builds(Stroke, color=_COLORS, width=st.floats(0, 8)),
        "filters": st.lists(st.builds(Filter, type=st.just("blur"), value=st.floats(0, 6)), max_size=1),
        "rotation": st.floats(-180, 180),
    },
)  # fmt: skip
_PLACES = st.tuples(st.floats(-60, W), st.floats(-60, H), st.floats(4, 120), st.floats(4, 120))
_SHAPES = st.builds(
    lambda place, color, kind, look: shape(*place, color, kind=kind, **look),
    _PLACES, _COLORS, st.sampled_from(["rect", "ellipse"]), _LOOKS,
)  # fmt: skip
_TEXTS = st.builds(
    lambda words, place, color, look: text(words, place[0], place[1], 28, color, **look),
    st.sampled_from(["诚聘", "Sale 50%", "竖"]), _PLACES, _COLORS, _LOOKS,
)  # fmt: skip


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(_SHAPES | _TEXTS, min_size=1, max_size=4), st.sampled_from([1.0, 0.5]), st.booleans())
def test_layers_of_any_poster_add_up_and_come_apart(elements: list[ElementSpec], opacity: float, grouped: bool):
    document = poster({"page": [page(W, H)], "art": elements, "grain": [grain(W, H, 0.2)]}, W, H)
    document.layers[1].opacity = opacity
    if grouped:
        _group(document, 1, list(range(len(elements))), opacity=0.7)
    assert len(ordered_elements(document)) == 3
    _assert_layers_add_up_and_come_apart(_numbered(document))
