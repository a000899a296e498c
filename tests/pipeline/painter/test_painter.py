import time
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.geometry import Box
from pipelines.layout.palette import derive
from pipelines.models.base import ImageModel, Scene, Work
from pipelines.models.painter.colors import lightness
from pipelines.models.painter.painter import HEROES, PAINTERS, ProceduralPainter
from pipelines.rendering.canvas import render
from pipelines.rendering.paths import parse_path
from storage.documents.element import ElementSpec
from storage.errors import DesignError
from tests.pipeline.painter.scenes import PALETTES, ZONES, scene
from tests.pipeline.posters import no_images, poster, shape

PAINTER = ProceduralPainter()
ALONE = Work(task_id="task_alone", check=lambda: None)
PARAMS = {"glyph": {"glyph": "茶"}, "subject": {"emoji": "🎸"}}
JOBS = [("hero", name) for name in sorted(HEROES)] + [("background", name) for name in sorted(PAINTERS)]
IDS = [f"{kind}-{name}" for kind, name in JOBS]
# The ids that layouts ask for.
CONTRACT_HEROES = {
    "record", "ball", "bowl", "cup", "book", "sprout", "bulb", "plane", "tent", "lens", "gift", "wheel", "lolly",
    "track", "bolt", "drop", "flame", "moon", "lantern", "tiles", "skyline", "dotwave", "arches", "discs", "ridges",
    "rings", "sunburst", "seigaiha", "mesh", "bars", "halftone", "glyph", "subject",
}  # fmt: skip
CONTRACT_PAINTERS = {
    "plain", "sunburst", "mesh", "halftone", "rings", "discs", "ridges", "seigaiha", "dotwave", "tiles", "bars",
}  # fmt: skip
RANDOM = ["tiles", "moon", "ridges", "skyline", "dotwave", "rings", "sunburst", "mesh"]


def paint(kind: str, name: str, at: Scene) -> list[ElementSpec]:
    painted = PAINTER.hero(at, name, ALONE) if kind == "hero" else PAINTER.background(at, name, ALONE)
    return painted.elements


def painted(kind: str, name: str, zone: str, palette: str, seed: int = 7) -> tuple[Scene, list[ElementSpec]]:
    at = scene(zone, palette, seed, **PARAMS.get(name, {}))
    return at, paint(kind, name, at)


@lru_cache(maxsize=512)
def drawn(kind: str, name: str, zone: str, palette: str) -> np.ndarray:
    """Lightness of the page with the elements on it: height x width."""
    at, elements = painted(kind, name, zone, palette)
    return tone(picture(at, elements))


def picture(at: Scene, elements: list[ElementSpec]) -> np.ndarray:
    ground = [shape(0, 0, at.width, at.height, at.page_color)]
    if at.strip:
        ground.append(shape(*at.strip, at.strip_color))
    return render(poster({"all": [*ground, *elements]}, at.width, at.height), no_images)


def tone(pixels: np.ndarray) -> np.ndarray:
    """Lightness 0-1, close to OKLab's L for greys."""
    linear = (pixels[..., :3].astype(float) / 255) ** 2.2
    return np.cbrt(linear @ [0.2126, 0.7152, 0.0722])


def strongest_edge(at: Scene, grey: np.ndarray) -> float:
    """Largest lightness step over .6 u inside any quiet box."""
    step = round(0.6 * at.u)
    worst = 0.0
    for box in at.quiet:
        cut = grey[int(box.y) + 1 : int(box.bottom) - 1, int(box.x) + 1 : int(box.right) - 1]
        worst = max(worst, np.abs(cut[step:] - cut[:-step]).max(), np.abs(cut[:, step:] - cut[:, :-step]).max())
    return worst


def test_every_id_of_the_contract_is_there() -> None:
    assert set(HEROES) == CONTRACT_HEROES
    assert set(PAINTERS) == CONTRACT_PAINTERS


def test_the_painter_is_an_image_model() -> None:
    model: ImageModel = PAINTER
    assert model.name == "procedural-painter"


def test_an_unknown_id_is_a_named_error() -> None:
    with pytest.raises(DesignError, match="no hero 'unicorn'"):
        PAINTER.hero(scene("square", "light"), "unicorn", ALONE)
    with pytest.raises(DesignError, match="no background painter 'fog'"):
        PAINTER.background(scene("square", "light"), "fog", ALONE)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("kind", "name"), JOBS, ids=IDS)
def test_elements_are_few_named_and_drawable(kind: str, name: str, zone: str) -> None:
    for palette in PALETTES:
        _, elements = painted(kind, name, zone, palette)
        assert len(elements) <= 16
        assert elements or name == "plain"
        for element in elements:
            assert element.content.name
            assert element.content.role == kind
            if element.type == "shape":
                assert element.content.shape_path
                assert len(element.content.shape_path) < 200_000
                assert not parse_path(element.content.shape_path).isEmpty()
                assert element.style.fill or element.style.stroke


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("kind", "name"), JOBS, ids=IDS)
def test_no_edge_runs_through_text(kind: str, name: str, zone: str) -> None:
    for palette in PALETTES:
        # A ghost glyph may run behind text: it is that faint.
        limit = 0.075 if name == "glyph" else 0.03
        assert strongest_edge(scene(zone, palette), drawn(kind, name, zone, palette)) <= limit, palette


def test_a_line_through_text_is_noticed() -> None:
    at = scene("square", "light")
    line = shape(0, at.quiet[1].y + 40, 540, 2, "#d8d4cc")
    assert strongest_edge(at, tone(picture(at, [line]))) > 0.03


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", sorted(set(HEROES) - {"glyph"}))
def test_a_hero_is_seen_on_every_page(name: str, zone: str) -> None:
    for palette in PALETTES:
        at = scene(zone, palette)
        changed = np.abs(drawn("hero", name, zone, palette) - tone(picture(at, []))) > 0.05
        zone_pixels = at.zone.intersection(Box(0, 0, at.width, at.height)).area
        assert changed.sum() / zone_pixels > 0.06, palette


@pytest.mark.parametrize(("kind", "name"), JOBS, ids=IDS)
def test_same_scene_same_elements(kind: str, name: str) -> None:
    first, second = painted(kind, name, "portrait", "vivid")[1], painted(kind, name, "portrait", "vivid")[1]
    assert first == second


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_draws_another_picture(name: str) -> None:
    assert painted("hero", name, "portrait", "dark", 7)[1] != painted("hero", name, "portrait", "dark", 8)[1]


@pytest.mark.parametrize(("kind", "name"), JOBS, ids=IDS)
def test_painting_is_quick(kind: str, name: str) -> None:
    def seconds() -> float:
        start = time.thread_time()
        painted(kind, name, "landscape", "dark")
        return time.thread_time() - start

    assert min(seconds() for _ in range(3)) < 0.12


def test_center_and_radius_are_kept_when_the_text_allows() -> None:
    at = scene("portrait", "vivid", center=(380.0, 410.0), radius=120.0)
    saucer = next(element for element in paint("hero", "cup", at) if element.content.name == "Saucer")
    box = saucer.transform
    assert (box.x + box.width / 2, box.y + box.height / 2) == pytest.approx((380, 410), abs=0.5)
    assert box.width == pytest.approx(240, abs=0.5)


def test_a_round_hero_crops_decidedly_or_not_at_all() -> None:
    for zone in ZONES:
        at = scene(zone, "light")
        box = next(element for element in paint("hero", "discs", at) if element.content.name == "Disc 1").transform
        beyond = box.x + box.width - at.width
        assert beyond <= -4 * at.u + 0.5 or 0.12 <= beyond / box.width <= 0.29


def test_disc_tones_leave_the_page_step_by_step() -> None:
    for palette in PALETTES:
        at, elements = painted("hero", "discs", "square", palette)
        colors = [element.style.fill.color for element in elements if element.style.fill and element.style.fill.color]
        levels = [lightness(color) for color in (at.page_color, *colors)]
        assert all(abs(one - two) >= 0.049 for one, two in pairwise(levels))


def test_subject_stays_an_editable_character() -> None:
    _, elements = painted("hero", "subject", "square", "vivid")
    text = elements[-1]
    assert (text.type, text.content.text) == ("text", "🎸")
    assert [item.type for item in text.style.filters or []][-1] == "duotone"


def test_no_place_left_means_no_hero() -> None:
    at = scene("square", "light")
    covered = Scene(at.width, at.height, at.u, at.palette, at.zone, 1, quiet=(Box(-10, -10, 600, 600),))
    assert paint("hero", "cup", covered) == []


COLORS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    width, height = draw(st.integers(64, 3000)), draw(st.integers(64, 3000))
    share = st.floats(0, 1)

    def box(least: float) -> Box:
        x, y = draw(share) * 0.8 * width, draw(share) * 0.8 * height
        return Box(x, y, max(least, (width - x) * draw(share)), max(least, (height - y) * draw(share)))

    palette = derive(draw(st.lists(COLORS, max_size=3)), draw(st.sampled_from(["vivid", "light", "dark"])))
    zone = Box(0, 0, width, height) if draw(st.booleans()) else box(8)
    strip = Box(0, zone.bottom, width, max(1.0, height - zone.bottom)) if draw(st.booleans()) else None
    params = draw(
        st.sampled_from([{}, {"center": (width / 2, height / 3)}, {"center": zone.center, "radius": width / 3}])
    )
    return Scene(
        width, height, min(width, height) / 100, palette, zone, draw(st.integers(0, 2**32 - 1)),
        quiet=tuple(box(2) for _ in range(draw(st.integers(0, 4)))), strip=strip, page_color=palette.bg,
        strip_color=palette.deep if strip else "", params=params | {"emoji": "🍜", "glyph": "山"},
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(at=scenes(), job=st.sampled_from(JOBS))
def test_any_scene_can_be_painted(at: Scene, job: tuple[str, str]) -> None:
    elements = paint(*job, at)
    assert len(elements) <= 16
    for element in elements:
        assert element.type == "text" or len(element.content.shape_path or "") < 200_000
