"""Pictures that come with a task, on the finished poster: shown, leading its colours, fetched once, never fatal."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from PIL import Image, ImageDraw, ImageFont
from psd_tools import PSDImage

from pipelines.context import Engines
from pipelines.layout.color import hue_distance, lch
from pipelines.models.base import Understanding, Work
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.paddle_ocr import PaddleOcrReader
from pipelines.models.painter.painter import ProceduralPainter
from pipelines.models.references import NoPicture
from pipelines.rendering.canvas import render
from pipelines.runner import run_task
from pipelines.steps import forget_task
from storage.documents.element import Element
from storage.documents.poster import PosterDocument
from storage.documents.progress import TaskProgress
from storage.documents.task import CreateTask, Task, TaskParams
from storage.errors import TaskCancelled
from storage.objects.folder import FolderStore
from tests.pipeline.pictures import logo, photo, product
from tests.pipeline.test_graph import Blind, Recorder

URL = "https://pictures.test/a.jpg"


@dataclass
class Web:
    """The internet as far as a test goes."""

    pages: dict[str, bytes | str]
    fetched: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        page = self.pages[url]
        if isinstance(page, str):
            raise NoPicture(page)
        return page


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


def engines(store: FolderStore, web: Web) -> Engines:
    # Nobody reads here, so one look is enough; that posters with pictures pass is tested with the real reader.
    return Engines(RuleBasedDesigner(), ProceduralPainter(), Blind(), store, 0, web)


def task(*references: str, prompt: str = "云南旅行海报，标题“去有风的地方”，5月1日，大理古镇", **body: Any) -> Task:
    size = body.pop("size", {"width": 540, "height": 960})
    params = CreateTask.model_validate(
        {"prompt": prompt, "size": size, "seed": 3, "reference": list(references), **body}
    )
    return Task(id="task_pictured", user_id="local", status="processing", input_params=params.params(),
                progress=TaskProgress(phase="init", percentage=0), created_at="2026-01-01T00:00:00Z")  # fmt: skip


def made(store: FolderStore, wish: Task, web: Web) -> tuple[PosterDocument, Recorder]:
    recorder = Recorder()
    run_task(wish, engines(store, web), recorder, InMemorySaver())
    assert recorder.document is not None
    return recorder.document, recorder


def pictures(document: PosterDocument) -> list[Element]:
    return [element for element in document.walk() if element.type == "image"]


def uses(document: PosterDocument) -> list[dict[str, Any]]:
    return list((document.poster.metadata.model_extra or {})["references"])


def test_a_fetched_picture_is_on_the_poster_and_in_its_files(store: FolderStore) -> None:
    web = Web({URL: photo()})
    document, recorder = made(store, task(URL), web)
    (shown,) = pictures(document)
    assert shown.content.role == "hero"
    assert shown.content.image_url == f"posters/{document.poster.id}/pictures/1.jpg"
    assert uses(document)[0]["use"] == "hero"
    with_it = render(document, lambda key: store.get(key).data)
    without = render(document, lambda key: store.get(key).data, hidden=frozenset({shown.id}))
    assert np.mean(np.abs(with_it.astype(int) - without).max(axis=2) > 8) > 0.2
    assert recorder.files is not None
    psd = PSDImage.open(io.BytesIO(store.get(recorder.files.psd).data))
    assert "Picture" in [layer.name for layer in psd.descendants()]


def test_an_upload_needs_no_internet(store: FolderStore) -> None:
    store.put("uploads/a.jpg", photo(), "image/jpeg")
    web = Web({})
    document, _ = made(store, task("/api/v1/objects/uploads/a.jpg"), web)
    assert [use["use"] for use in uses(document)] == ["hero"]
    assert web.fetched == []


def test_a_resumed_task_fetches_nothing_again(store: FolderStore) -> None:
    web, saver = Web({URL: photo()}), InMemorySaver()
    for stop in ("generating_layout", "rendering_text", "saving_result"):
        with pytest.raises(TaskCancelled):
            run_task(task(URL), engines(store, web), Recorder(stop_at=stop), saver)
    # Even from the start, without a checkpoint: what is stored is not fetched again.
    run_task(task(URL), engines(store, web), Recorder(), InMemorySaver())
    assert web.fetched == [URL]


def test_a_failure_is_remembered_as_well(store: FolderStore) -> None:
    web, saver = Web({URL: "The address answered 404."}), InMemorySaver()
    with pytest.raises(TaskCancelled):
        run_task(task(URL), engines(store, web), Recorder(stop_at="rendering_text"), saver)
    web.pages[URL] = photo()
    recorder = Recorder()
    run_task(task(URL), engines(store, web), recorder, InMemorySaver())
    assert web.fetched == [URL]
    assert recorder.document is not None
    assert pictures(recorder.document) == []


@pytest.mark.parametrize("page", [
    "The address answered 404.", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", photo()[:2000], b"",
])  # fmt: skip
def test_a_reference_without_a_picture_is_named_and_does_not_fail_the_task(
    store: FolderStore, page: bytes | str
) -> None:
    other = "https://pictures.test/b.jpg"
    document, _ = made(store, task(URL, other), Web({URL: page, other: photo()}))
    gone, fine = uses(document)
    assert (gone["source"], gone["use"]) == (URL, "none")
    assert len(gone["problem"]) > 10
    assert fine["use"] == "hero"
    assert len(pictures(document)) == 1


def test_an_upload_that_is_gone_is_named(store: FolderStore) -> None:
    document, _ = made(store, task("/api/v1/objects/uploads/gone.jpg"), Web({}))
    assert "gone" in uses(document)[0]["problem"]


def test_the_same_picture_twice_is_shown_once(store: FolderStore) -> None:
    document, _ = made(store, task(URL, URL), Web({URL: photo()}))
    assert len(pictures(document)) == 1


def test_the_picture_leads_the_colours(store: FolderStore) -> None:
    for hue in ((30, 90, 200), (200, 60, 40), (40, 130, 60)):
        folder = FolderStore(store._root / f"{hue[0]}")
        document, _ = made(folder, task(URL), Web({URL: photo(hue)}))
        wanted = lch(f"#{hue[0]:02x}{hue[1]:02x}{hue[2]:02x}").h
        scheme = document.poster.metadata.color_scheme
        assert min(hue_distance(lch(color).h, wanted) for color in scheme if lch(color).c > 0.03) < 25


def test_colours_that_were_asked_for_win(store: FolderStore) -> None:
    document, _ = made(store, task(URL, color_scheme=["#0a7d3c"]), Web({URL: photo((200, 60, 40))}))
    assert document.poster.metadata.color_scheme == ["#0a7d3c"]
    named = FolderStore(store._root / "named")
    document, _ = made(
        named, task(URL, prompt="绿色的旅行海报，标题“去有风的地方”，5月1日"), Web({URL: photo((200, 60, 40))})
    )
    assert 100 < lch(document.poster.metadata.color_scheme[0]).h < 180


def test_several_pictures_form_a_grid_that_does_not_overlap(store: FolderStore) -> None:
    urls = [f"https://pictures.test/{n}.jpg" for n in range(6)]
    web = Web({url: photo((40 * n, 90, 200 - 30 * n)) for n, url in enumerate(urls)})
    document, _ = made(store, task(*urls), web)
    assert [use["use"] for use in uses(document)] == ["hero", "picture", "picture", "picture", "palette", "palette"]
    boxes = [element.transform for element in pictures(document)]
    for index, a in enumerate(boxes):
        for b in boxes[index + 1 :]:
            assert a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
    assert boxes[0].width * boxes[0].height > 1.5 * boxes[1].width * boxes[1].height


def test_a_logo_stands_where_its_placeholder_would(store: FolderStore) -> None:
    prompt = "创建招聘海报，云帆科技诚聘高级软件工程师，月薪30-50K，包含公司logo"
    bare, _ = made(FolderStore(store._root / "bare"), task(prompt=prompt), Web({}))
    assert "公司logo" in (bare.poster.metadata.model_extra or {})["missing"]
    document, _ = made(store, task(URL, prompt=prompt), Web({URL: logo()}))
    (shown,) = pictures(document)
    assert (shown.content.role, uses(document)[0]["use"]) == ("logo", "logo")
    assert (document.poster.metadata.model_extra or {})["missing"] == []
    assert abs(shown.transform.width / shown.transform.height - 900 / 280) < 0.2
    texts = [element for element in document.walk() if element.type == "text"]
    assert shown.transform.y + shown.transform.height < min(element.transform.y for element in texts) + 5


def test_a_product_on_white_stands_on_the_page_itself(store: FolderStore) -> None:
    wish = task(URL, prompt="新品海报：琥珀精华油，399元，11月11日首发", size={"width": 540, "height": 675})
    document, _ = made(store, wish, Web({URL: product()}))
    picture = render(document, lambda key: store.get(key).data)[..., :3].astype(int)
    (shown,) = pictures(document)
    place = shown.transform
    edge = picture[int(place.y) + 2 : int(place.y + place.height) - 2, int(place.x) + 1]
    beside = picture[int(place.y) + 2 : int(place.y + place.height) - 2, max(0, int(place.x) - 4)]
    assert np.abs(edge - beside).mean() < 6  # grain and JPEG, no edge


def test_pictures_go_with_the_poster_and_stay_when_the_steps_go(store: FolderStore) -> None:
    document, _ = made(store, task(URL), Web({URL: photo()}))
    key = pictures(document)[0].content.image_url
    assert key is not None
    forget_task("task_pictured", store, InMemorySaver())
    assert Image.open(io.BytesIO(store.get(key).data)).size == (600, 400)
    store.delete_under(f"posters/{document.poster.id}")
    assert not store.exists(key)


def test_without_references_nothing_is_said_of_them(store: FolderStore) -> None:
    document, _ = made(store, task(), Web({}))
    assert "references" not in (document.poster.metadata.model_extra or {})


@pytest.mark.parametrize(("width", "height"), [(64, 64), (100, 2000), (2000, 100), (540, 540), (960, 400)])
def test_every_size_gets_a_poster(store: FolderStore, width: int, height: int) -> None:
    document, _ = made(store, task(URL, size={"width": width, "height": height}), Web({URL: photo()}))
    assert uses(document)[0]["use"] in {"hero", "palette"}


def test_the_same_input_gives_the_same_poster(store: FolderStore) -> None:
    first, _ = made(store, task(URL), Web({URL: photo()}))
    second, _ = made(FolderStore(store._root / "again"), task(URL), Web({URL: photo()}))
    assert replace_times(first) == replace_times(second)


def replace_times(document: PosterDocument) -> dict[str, Any]:
    return document.model_dump(exclude={"poster": {"created_at", "updated_at"}})


@dataclass
class Listening(RuleBasedDesigner):
    """The designer, and what it was told of the pictures."""

    heard: list[str] = field(default_factory=list)

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:
        self.heard.extend(seen)
        return super().understand(params, work, seen)


def sign() -> bytes:
    page = Image.new("RGBA", (640, 320), (0, 0, 0, 0))
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((0, 0, 639, 319), 40, fill="#ffe9b8")
    draw.text((60, 50), "HARBOUR CAFE", font=ImageFont.load_default(72), fill="#20304a")
    draw.text((60, 190), "OPEN DAILY", font=ImageFont.load_default(64), fill="#20304a")
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    return buffer.getvalue()


def test_what_is_written_in_a_picture_reaches_the_language_model(store: FolderStore, reader: PaddleOcrReader) -> None:
    designer, recorder = Listening(), Recorder()
    web = Web({URL: sign()})
    used = Engines(designer, ProceduralPainter(), reader, store, 0, web)
    run_task(task(URL, prompt="Poster for a small cafe, title 'Good morning'"), used, recorder, InMemorySaver())
    assert designer.heard == ["HARBOUR CAFE", "OPEN DAILY"]
    assert recorder.document is not None
    assert uses(recorder.document)[0]["text"] == ["HARBOUR CAFE", "OPEN DAILY"]
    assert not any("HARBOUR" in (element.content.text or "") for element in recorder.document.walk())
