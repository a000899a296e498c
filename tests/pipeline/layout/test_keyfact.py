"""Key facts are the second thing that is seen."""

import pytest

from pipelines.brief import DesignBrief
from pipelines.layout.compose import compose
from pipelines.layout.ink import ink_box
from pipelines.layout.phrases import phrases
from pipelines.plan import DesignPlan
from storage.documents.element import ElementSpec
from tests.pipeline.layout.briefs import brief, item


def with_key(text: str, kind: str, **more: object) -> DesignBrief:
    facts = [item("key_fact", text, kind=kind), item("fact", "梧桐里创意园"), item("fact", "全国门店同步")]
    defaults: dict[str, object] = {"purpose": "product", "topics": ["coffee"]}
    return brief([item("title", "桂花拿铁"), *facts], **(defaults | more))


def drawn(plan: DesignPlan, text: str) -> list[ElementSpec]:
    place = next(placement for placement in plan.placements if placement.text == text)
    return [plan.texts[index] for index in place.elements]


def size(element: ElementSpec) -> float:
    assert element.style.text_style is not None
    return element.style.text_style.font_size


@pytest.mark.parametrize(
    ("text", "parts"),
    [("¥28", ["¥", "28"]), ("28元", ["28", "元"]), ("月薪30-50K", ["月薪", "30-50K"]), ("$180", ["$180"])],
)
def test_a_price_is_a_large_figure_with_small_sign_and_unit(text: str, parts: list[str]) -> None:
    plan = compose(with_key(text, "price"), 1080, 1440, 1)
    pieces = drawn(plan, text)
    assert [piece.content.text for piece in pieces] == parts
    figure = max(pieces, key=size)
    assert size(figure) >= 6.9 * plan.u
    assert all(size(piece) <= 0.5 * size(figure) for piece in pieces if piece is not figure)


@pytest.mark.parametrize("page", [(1080, 1920), (1080, 1080), (1920, 1080)])
@pytest.mark.parametrize("text", ["10月17日", "11月28日周六14:00", "Sunday 18 October 2026"])
def test_a_date_is_clearly_larger_than_the_small_print(page: tuple[int, int], text: str) -> None:
    plan = compose(with_key(text, "date", purpose="event"), *page, 1)
    smallest = min(size(element) for element in plan.texts)
    assert size(drawn(plan, text)[0]) >= max(5.6 * plan.u, 1.35 * smallest)


def test_the_key_fact_and_the_last_fact_end_on_one_line() -> None:
    plan = compose(with_key("28元", "price"), 1080, 1920, 1)
    figure = max(drawn(plan, "28元"), key=size)
    others = [drawn(plan, text)[0] for text in ("梧桐里创意园", "全国门店同步")]
    lowest = max(ink_box(element).bottom for element in others)
    assert abs(ink_box(figure).bottom - lowest) < 0.6 * plan.u


def test_dates_weekdays_and_telephone_numbers_stay_whole() -> None:
    assert "周六" in "|".join(phrases("3月16日周六14:00")).split("|")
    assert any("6688 1616" in phrase for phrase in phrases("预约6688 1616"))
    assert phrases("五月初八新店启幕")[0] == "五月初八"
