"""Posters painted by SDXL's real code with tiny weights, whose pictures are noise: the hardest ground for text."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.models.base import Scene, Work
from pipelines.models.generation import GeneratedImage, ImageRequest
from pipelines.models.paddle_ocr import PaddleOcrReader
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.models.sdxl_painter.maker import PictureMaker
from pipelines.models.sdxl_painter.painter import PictureOptions, SdxlPainter
from pipelines.picture_wish import PICTURED
from pipelines.rendering.canvas import render
from storage.errors import ModelUnavailable, TaskCancelled
from storage.objects.folder import FolderStore
from tests.pipeline.making import make_poster
from tests.pipeline.painter.scenes import scene

MakerOf = Callable[..., PictureMaker]
ALONE = Work("task_made", lambda: None)


class Away:
    """No picture is to be had."""

    name = "sdxl/away"

    def generate(self, request: ImageRequest, progress: Any = None) -> GeneratedImage:
        raise ModelUnavailable("The image model gives no answer.", part="image_model", why="its queue is full")


def painter_over(generator: Any, store: FolderStore, *, fallback: bool = False, **options: Any) -> SdxlPainter:
    given = PictureOptions(steps=6, **options)
    return SdxlPainter(generator, ProceduralPainter(), store, given, fallback=fallback)


@pytest.mark.parametrize(
    ("prompt", "size"),
    [("咖啡店周末手冲体验 11月28日 14:00 拾光咖啡 免费报名", "540x960"),
     ("Jazz Night at the Blue Room, Friday 8pm, tickets $20", "960x540")],
)  # fmt: skip
def test_a_poster_on_a_picture_is_legible_and_says_what_made_it(
    prompt: str, size: str, maker_of: MakerOf, store: FolderStore, reader: PaddleOcrReader, tmp_path: Path
) -> None:
    stored: list[dict[str, str]] = []
    maker = maker_of(lambda event, **facts: stored.append(facts) if event == "stored" else None)
    made = make_poster({"prompt": prompt, "size": size}, reader, tmp_path, painter_over(maker, store))
    used = made.document.poster.metadata.ai_params
    assert (used["image_model"], used["steps"], used["fallbacks"]) == ("sdxl/tiny-random", 5, [])
    assert used["lossy"] == []
    assert [text["problem"] for text in made.quality["texts"]] == [None] * len(made.quality["texts"])

    (picture,) = [element for element in made.document.walk() if element.content.role == "background"]
    assert picture.content.image_url is not None
    data = store.get(picture.content.image_url).data
    assert [facts["sha256"] for facts in stored] == [hashlib.sha256(data).hexdigest()]
    assert not [element for element in made.document.walk() if element.content.role == "hero"]

    def image(key: str) -> bytes:
        return store.get(key).data

    shown = render(made.document, image)
    hidden = render(made.document, image, hidden=frozenset({picture.id}))
    assert (np.abs(shown.astype(int) - hidden).max(axis=2) > 8).mean() >= 0.3


def test_the_same_work_of_another_attempt_is_found(maker_of: MakerOf, store: FolderStore) -> None:
    made = [painter_over(maker_of(), store).background(scene("portrait", "light"), "plain", ALONE) for _ in range(2)]
    assert made[0].elements == made[1].elements
    assert made[0].usage.steps == made[1].usage.steps
    assert made[0].usage.seconds > 0
    assert made[1].usage.seconds == 0, "the picture was found"
    assert made[0].elements[0].content.seed == 7


@pytest.mark.parametrize("changes", [{"sketch": False}, {"strength": 0.5}, {"guidance": 1.0}])
def test_other_settings_make_another_picture(maker_of: MakerOf, store: FolderStore, changes: dict[str, Any]) -> None:
    maker = maker_of()
    one, other = (
        painter_over(maker, store, **options).background(scene("square", "vivid"), "plain", ALONE).elements[0]
        for options in ({}, changes)
    )
    assert one.content.image_url != other.content.image_url


def test_a_poster_says_which_lossy_lane_its_picture_took(
    maker_of: MakerOf, store: FolderStore, reader: PaddleOcrReader, tmp_path: Path
) -> None:
    painter = painter_over(maker_of(guidance_until=0.5), store)
    made = make_poster({"prompt": "社区读书会 周六下午三点", "size": "360x640"}, reader, tmp_path, painter)
    assert made.document.poster.metadata.ai_params["lossy"] == ["guidance-until-0.5"]


def test_the_task_is_asked_for_at_each_step(maker_of: MakerOf, store: FolderStore) -> None:
    asked = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise TaskCancelled("cancelled")

    with pytest.raises(TaskCancelled):
        painter_over(maker_of(), store).background(scene("square", "dark"), "plain", Work("task_made", check))
    assert len(asked) == 3


def test_without_fallback_a_model_that_is_away_fails_the_step(store: FolderStore) -> None:
    with pytest.raises(ModelUnavailable):
        painter_over(Away(), store).background(scene("square", "dark"), "plain", ALONE)


def test_with_fallback_page_and_hero_are_drawn_and_the_poster_says_why(
    store: FolderStore, reader: PaddleOcrReader, tmp_path: Path
) -> None:
    painter = painter_over(Away(), store, fallback=True)
    made = make_poster({"prompt": "咖啡店周末手冲体验 周六 14:00", "size": "540x960"}, reader, tmp_path, painter)
    used = made.document.poster.metadata.ai_params
    assert used["image_model"] == "procedural-painter"
    assert used["fallbacks"][0] == "generating_background: its queue is full"
    assert not [element for element in made.document.walk() if element.type == "image"]


def test_the_hero_is_drawn_only_where_the_background_is(store: FolderStore) -> None:
    painter = painter_over(Away(), store, fallback=True)
    shown = painter.hero(scene("square", "light", **{PICTURED: True}), "cup", ALONE)
    drawn = painter.hero(scene("square", "light"), "cup", ALONE)
    assert (shown.elements, shown.usage.fallbacks) == ([], [])
    assert drawn.elements == ProceduralPainter().hero(scene("square", "light"), "cup", ALONE).elements
    assert drawn.usage.fallbacks == ["generating_elements: the background is drawn"]


def test_a_plain_page_is_left_plain(store: FolderStore) -> None:
    plain: Scene = scene("square", "light")
    assert painter_over(Away(), store).background(plain, None, ALONE).elements == []
