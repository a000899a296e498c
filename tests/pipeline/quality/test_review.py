from collections.abc import Callable

import numpy as np
import pytest

from pipelines.models.paddle_ocr import PaddleOcrReader
from pipelines.quality.review import QualityReport, review
from pipelines.rendering.canvas import render
from storage.documents.element import Element, ElementSpec
from storage.documents.poster import PosterDocument
from storage.documents.style import Filter, solid
from tests.pipeline.posters import grain, no_images, page, poster, shape, text

W, H = 540, 960
JOB = "高级后端工程师"


def _poster(front: list[ElementSpec] | None = None) -> PosterDocument:
    texts = [
        text("诚聘英才", 36, 60, 108, font_weight="900", role="title"),
        text(JOB, 36, 220, 40),
        text("地点：上海市张江路100号", 36, 800, 22),
        text("电话 021-6688 9900", 36, 850, 22, "#ffd34d"),
        text("加入我们", 450, 300, 50, writing_mode="vertical"),
    ]
    return poster(
        {"page": [page(W, H)], "art": [shape(-60, 420, 420, 300, "#2f6f9f", kind="ellipse", role="hero")],
         "grain": [grain(W, H)], "text": texts, "front": front or []},
        W, H,
    )  # fmt: skip


def _element(document: PosterDocument, words: str = JOB) -> Element:
    return next(element for element in document.walk() if element.content.text == words)


def _review(document: PosterDocument, reader: PaddleOcrReader, **given: np.ndarray) -> QualityReport:
    groups = [[element.id] for element in document.walk() if element.type == "text"]
    return review(document, groups, reader, no_images, **given)


def _problems(report: QualityReport) -> dict[str, str | None]:
    return {text.text: text.problem for text in report.texts if text.problem}


def test_a_good_poster_passes_with_its_numbers(reader: PaddleOcrReader):
    report = _review(_poster(), reader)
    assert report.verdict == "pass"
    assert [text.ned for text in report.texts] == [1.0] * 5
    assert all(text.contrast and text.contrast > 4.5 for text in report.texts)
    assert [text.contrast_needed for text in report.texts] == [3.0, 4.5, 4.5, 4.5, 4.5]
    assert [text.size_px for text in report.texts] == [108, 40, 22, 22, 50]
    assert {text.size_needed for text in report.texts} == {12.0}
    assert report.exempt == [] and report.reader == reader.name and report.seconds > 0


def test_a_text_covered_by_a_shape_is_unreadable(reader: PaddleOcrReader):
    report = _review(_poster([shape(30, 215, 150, 60, "#d09000")]), reader)
    assert report.verdict == "warn"
    assert _problems(report) == {JOB: "unreadable"}
    assert JOB in next(text.sentence for text in report.texts if text.problem)


def _faint(element: Element) -> None:
    element.style.opacity = 0.1


def _same_color(element: Element) -> None:
    element.style.fill = solid("#2a5068")


def _blurred(element: Element) -> None:
    element.style.filters = [Filter(type="blur", value=7)]


def _tiny(element: Element) -> None:
    assert element.style.text_style is not None
    element.style.text_style.font_size = 10


def _scaled_down(element: Element) -> None:
    element.transform.scale_x = element.transform.scale_y = 0.25


def _over_the_edge(element: Element) -> None:
    element.transform.x = W - 150


def _outside(element: Element) -> None:
    element.transform.y = H + 40


def _hidden(element: Element) -> None:
    element.visible = False


def _transparent(element: Element) -> None:
    element.style.opacity = 0


def _emptied(element: Element) -> None:
    element.content.text = "  "


def _on_another_text(element: Element) -> None:
    element.transform.x, element.transform.y = 40, 100


def _mirrored(element: Element) -> None:
    element.transform.scale_x = -1


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [(_faint, "contrast"), (_same_color, "contrast"), (_blurred, "contrast"), (_tiny, "size"), (_scaled_down, "size"),
     (_over_the_edge, "clipped"), (_outside, "clipped"), (_hidden, "hidden"), (_transparent, "hidden"),
     (_emptied, "hidden"), (_mirrored, "unreadable")],
)  # fmt: skip
def test_a_spoiled_text_warns_by_name(reader: PaddleOcrReader, spoil: Callable[[Element], None], problem: str):
    document = _poster()
    element = _element(document)
    spoil(element)
    report = _review(document, reader)
    assert report.verdict == "warn"
    assert _problems(report) == {element.content.text: problem}


def test_a_text_put_onto_another_spoils_it(reader: PaddleOcrReader):
    document = _poster()
    _on_another_text(_element(document))
    assert _problems(_review(document, reader))[JOB] == "unreadable"


def test_an_element_that_is_gone_is_hidden(reader: PaddleOcrReader):
    document = _poster()
    report = review(document, [[_element(document).id, "elem_gone"]], reader, no_images)
    assert [text.problem for text in report.texts] == ["hidden"]


def test_a_hidden_layer_or_group_hides_its_texts(reader: PaddleOcrReader):
    document = _poster()
    document.layers[3].visible = False
    assert set(_problems(_review(document, reader)).values()) == {"hidden"}


def test_a_text_in_two_elements_is_judged_as_one(reader: PaddleOcrReader):
    document = _poster()
    ids = [_element(document, "诚聘英才").id, _element(document).id]
    report = review(document, [ids], reader, no_images)
    (joined,) = report.texts
    assert (joined.text, joined.read, joined.elements) == ("诚聘英才" + JOB, "诚聘英才" + JOB, ids)
    assert (joined.size_px, joined.contrast_needed, joined.problem) == (40, 4.5, None)


def test_the_picture_is_judged_not_the_document(reader: PaddleOcrReader):
    document = _poster()
    other = _poster([shape(30, 215, 300, 60, "#d09000")])
    assert _problems(_review(document, reader, picture=render(other, no_images))) == {JOB: "contrast"}


def test_given_renders_change_nothing(reader: PaddleOcrReader):
    document = _poster()
    texts = frozenset(element.id for element in document.walk() if element.type == "text")
    given = _review(
        document, reader, picture=render(document, no_images),
        without_text=render(document, no_images, hidden=texts),
    )  # fmt: skip
    drawn = _review(document, reader)
    assert given.model_copy(update={"seconds": 0}) == drawn.model_copy(update={"seconds": 0})


def test_a_hero_may_overlap_a_large_title_a_little(reader: PaddleOcrReader):
    assert _review(_poster([shape(0, 158, W, 9, "#d09000")]), reader).verdict == "pass"


def test_characters_outside_the_readers_alphabet_are_exempt_and_listed(reader: PaddleOcrReader):
    document = _poster()
    _element(document).content.text = "☕咖啡时间"
    report = _review(document, reader)
    assert report.exempt == ["☕"]
    assert report.verdict == "pass"


def test_the_report_survives_json(reader: PaddleOcrReader):
    report = _review(_poster(), reader)
    assert QualityReport.model_validate_json(report.model_dump_json()) == report
