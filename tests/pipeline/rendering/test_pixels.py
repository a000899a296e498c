"""Exact pixels, drawn as letters: R red, G green, B blue, K black, Y yellow, r half red, _ white."""

import pytest

from pipelines.rendering.canvas import render
from storage.documents.element import Element, Transform
from storage.documents.style import ElementStyle, Fill, Filter, Pattern, Shadow, Stroke
from tests.pipeline.rendering.helpers import assert_pixels, drawn, grouped, no_pictures, poster, shape


def test_a_rectangle_fills_exactly_its_box() -> None:
    assert_pixels(drawn(shape(1, 1, 3, 2)), """
        _____
        _RRR_
        _RRR_
        _____""")  # fmt: skip


def test_later_elements_cover_earlier_ones() -> None:
    assert_pixels(drawn(shape(0, 0, 3, 2), shape(2, 1, 2, 2, "#00f")), """
        RRR__
        RRBB_
        __BB_""")  # fmt: skip


def test_half_opacity_mixes_evenly_with_the_page() -> None:
    assert_pixels(drawn(shape(1, 0, 2, 1, opacity=0.5)), """
        _rr_
        ____""")  # fmt: skip


def test_hidden_elements_and_layers_draw_nothing() -> None:
    document = poster(shape(0, 0, 2, 1), shape(2, 0, 2, 1, "#00f"), shape(0, 1, 2, 1, "#0f0", visible=False))
    first = document.walk()[0].id
    assert_pixels(render(document, no_pictures, hidden=frozenset({first})), "__BB_\n_____")
    assert_pixels(render(document, no_pictures, hidden=frozenset({document.layers[0].id})), "_____\n_____")


def test_rotation_turns_about_the_centre() -> None:
    assert_pixels(drawn(shape(0, 2, 6, 2, rotation=90)), """
        __RR__
        __RR__
        __RR__
        __RR__
        __RR__
        __RR__""")  # fmt: skip


def test_rotation_is_clockwise() -> None:
    corner = shape(1, 1, 4, 4, shape_path="M0 0H2V2H0Z")
    assert_pixels(drawn(corner), """
        ______
        _RR___
        _RR___
        ______
        ______""")  # fmt: skip
    turned = Transform(x=1, y=1, width=4, height=4, rotation=90)
    assert_pixels(drawn(corner.model_copy(update={"transform": turned})), """
        ______
        ___RR_
        ___RR_
        ______
        ______""")  # fmt: skip


def test_scale_and_mirror_act_about_the_centre() -> None:
    assert_pixels(
        drawn(shape(2, 1, 2, 1, scale_x=2)),
        """
        ______
        _RRRR_
        ______""",
    )
    assert_pixels(drawn(shape(0, 0, 4, 1, scale_x=-1, shape_path="M0 0H1V1H0Z")), "___R_\n_____")


def test_a_path_is_in_pixels_from_the_corner_and_not_scaled_to_the_box() -> None:
    assert_pixels(drawn(shape(1, 1, 50, 50, shape_path="M0 0h2v1h-2z m3 0 h1 v2 h-1 z")), """
        ______
        _RR_R_
        ____R_
        ______""")  # fmt: skip


def test_a_hole_is_a_contour_wound_the_other_way() -> None:
    assert_pixels(drawn(shape(0, 0, 4, 4, shape_path="M0 0H4V4H0Z M1 1V3H3V1Z")), """
        RRRR_
        R__R_
        R__R_
        RRRR_
        _____""")  # fmt: skip


def test_a_stroke_is_centred_on_the_edge_and_lies_over_the_fill() -> None:
    assert_pixels(drawn(shape(1, 1, 4, 3, stroke=Stroke(color="#00f", width=2))), """
        BBBBBB_
        BBBBBB_
        BBRRBB_
        BBBBBB_
        BBBBBB_
        _______""")  # fmt: skip


def test_dashes_along_a_line() -> None:
    line = shape(1, 1, 10, 0, None, shape_type="line", stroke=Stroke(color="#f00", width=2, dash_array=[3, 2]))
    assert_pixels(drawn(line), """
        _RRR__RRR___
        _RRR__RRR___
        ____________""")  # fmt: skip


def test_square_caps_reach_half_the_width_further() -> None:
    line = shape(2, 1, 3, 0, None, shape_type="line", stroke=Stroke(color="#f00", width=2, line_cap="square"))
    assert_pixels(drawn(line), """
        _RRRRR_
        _RRRRR_
        _______""")  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "result"),
    [("normal", "B"), ("multiply", "K"), ("lighten", "?"), ("darken", "K"), ("difference", "?"), ("screen", "?")],
)
def test_blend_modes_of_blue_over_red(mode: str, result: str) -> None:
    pixels = drawn(shape(0, 0, 2, 1), shape(0, 0, 2, 1, "#00f", blend_mode=mode))
    expected = {"B": (0, 0, 255), "K": (0, 0, 0), "?": (255, 0, 255)}[result]
    assert tuple(pixels[0, 0, :3]) == expected


def test_a_layer_with_opacity_is_one_picture() -> None:
    both = (shape(0, 0, 2, 1), shape(1, 0, 2, 1))
    assert_pixels(drawn(*both, opacity=0.5), "rrr_\n____")


def test_a_group_with_opacity_is_one_picture_at_the_groups_place() -> None:
    document = poster(shape(0, 0, 2, 1), shape(1, 0, 2, 1), shape(0, 0, 3, 1, "#00f"))
    group = Element(id="g", layer_id=document.layers[0].id, type="group", style=ElementStyle(opacity=0.5))
    pixels = render(grouped(document, [0, 1], group), no_pictures)
    assert [tuple(map(int, pixels[0, x, :3])) for x in range(3)] == [(128, 0, 127)] * 3


def test_a_hidden_group_hides_its_children() -> None:
    document = poster(shape(0, 0, 2, 1), shape(2, 0, 1, 1, "#00f"))
    group = Element(id="g", layer_id=document.layers[0].id, type="group", visible=False)
    assert_pixels(render(grouped(document, [0], group), no_pictures), "__B_\n____")


def test_a_circle_of_groups_still_draws() -> None:
    document = poster(shape(0, 0, 2, 1))
    layer = document.layers[0].id
    one = Element.model_validate({"id": "one", "layer_id": layer, "type": "group", "content": {"children": ["two"]}})
    two = Element.model_validate({"id": "two", "layer_id": layer, "type": "group", "content": {"children": ["one"]}})
    document.elements[layer] += [one, two]
    assert_pixels(render(document, no_pictures), "RR_\n___")


def test_a_hard_shadow_is_the_shape_moved() -> None:
    assert_pixels(drawn(shape(0, 0, 2, 2, shadow=Shadow(color="#00f", offset_x=1, offset_y=1))), """
        RR__
        RRB_
        _BB_
        ____""")  # fmt: skip


def test_a_shadow_falls_the_same_way_whatever_the_rotation() -> None:
    assert_pixels(drawn(shape(1, 1, 2, 2, rotation=180, shadow=Shadow(color="#00f", offset_y=1))), """
        ____
        _RR_
        _RR_
        _BB_
        ____""")  # fmt: skip


def test_spread_grows_the_shadow() -> None:
    assert_pixels(drawn(shape(2, 2, 2, 2, shadow=Shadow(color="#00f", spread=1))), """
        ______
        _BBBB_
        _BRRB_
        _BRRB_
        _BBBB_
        ______""")  # fmt: skip


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Filter(type="invert", value=1), (0, 255, 255)),
        (Filter(type="brightness", value=0.5), (128, 0, 0)),
        (Filter(type="contrast", value=0), (128, 128, 128)),
        (Filter(type="grayscale", value=1), (54, 54, 54)),
        (Filter(type="saturate", value=0), (54, 54, 54)),
        (Filter(type="saturate", value=1), (255, 0, 0)),
        (Filter(type="hue_rotate", value=360), (255, 0, 0)),
        (Filter(type="duotone", dark="#000080", light="#ffff00"), (54, 54, 101)),
    ],
)
def test_filters_of_red(item: Filter, expected: tuple[int, int, int]) -> None:
    pixel = drawn(shape(0, 0, 4, 4, filters=[item]))[1, 1, :3].astype(int)
    assert abs(pixel - expected).max() <= 1


def test_stripes_and_checkers() -> None:
    stripes = Fill(type="pattern", pattern=Pattern(type="stripes", size=1, gap=2, color="#f00"))
    assert_pixels(drawn(shape(0, 0, 6, 1, fill=stripes)), "R__R__\n______")
    checker = Fill(type="pattern", pattern=Pattern(type="checker", size=2, color="#00f"))
    assert_pixels(drawn(shape(0, 0, 6, 4, fill=checker)), """
        BB__BB_
        BB__BB_
        __BB___
        __BB___
        _______""")  # fmt: skip


def test_a_poster_without_elements_is_its_background() -> None:
    document = poster()
    assert (render(document, no_pictures) == 255).all()
    document.poster.background = "#f00"
    assert tuple(render(document, no_pictures)[0, 0]) == (255, 0, 0, 255)
    document.poster.background = "linear-gradient(90deg, rgb(255, 0, 0) 0%, #00f 100%)"
    row = render(document, no_pictures)[0].astype(int)
    assert row[0, 0] > 240 and row[-1, 2] > 240
