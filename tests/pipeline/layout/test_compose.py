import itertools
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.brief import DesignBrief
from pipelines.layout.checks import overlaps
from pipelines.layout.color import contrast
from pipelines.layout.compose import compose
from pipelines.layout.ink import ink_box
from pipelines.plan import DesignPlan, Repair
from storage.documents.element import ElementSpec
from tests.pipeline.layout.briefs import STYLES, brief, briefs, item, squeezed

SIZES = [
    (1080, 1920),
    (1080, 1440),
    (1080, 1080),
    (1920, 1080),
    (1920, 600),
    (1240, 1754),
    (300, 250),
    (600, 3000),
    (3000, 600),
]


def font_size(element: ElementSpec) -> float:
    assert element.style.text_style is not None
    return element.style.text_style.font_size


def assert_prints_everything(plan: DesignPlan, wished: DesignBrief) -> None:
    printed = [
        (placement.text, "".join(plan.texts[index].content.text or "" for index in placement.elements))
        for placement in plan.placements
    ]
    assert [text for text, _ in printed] == [entry.text for entry in wished.items if entry.text.strip()]
    for text, drawn in printed:
        assert squeezed(drawn) == squeezed(text)


def assert_sound(plan: DesignPlan) -> None:
    boxes = [ink_box(element) for element in plan.texts]
    assert overlaps(boxes, 0.5) == []
    for box in boxes:
        assert box.x >= 0 and box.y >= 0 and box.right <= plan.width and box.bottom <= plan.height


def rich_brief(**more: object) -> DesignBrief:
    return brief(
        [
            item("title", "秋日咖啡市集"),
            item("subtitle", "三十家独立咖啡"),
            item("brand", "梧桐里"),
            item("key_fact", "10月17日", kind="date"),
            item("fact", "梧桐里创意园", label="地点"),
            item("fact", "免费", label="入场"),
        ],
        **({"purpose": "food", "topics": ["coffee"]} | more),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(briefs(), st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
def test_every_item_is_printed_verbatim_inside_the_page_without_overlaps(
    wished: DesignBrief, size: tuple[int, int], seed: int
) -> None:
    plan = compose(wished, *size, seed)
    assert_prints_everything(plan, wished)
    assert_sound(plan)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(briefs(most_items=6), st.integers(64, 8192), st.floats(0.2, 5.0), st.integers(0, 1000))
def test_any_size_and_ratio_is_laid_out(wished: DesignBrief, width: int, ratio: float, seed: int) -> None:
    height = min(max(int(width / ratio), 64), 8192)
    plan = compose(wished, width, height, seed)
    assert_prints_everything(plan, wished)
    assert_sound(plan)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(briefs(most_items=8), st.sampled_from([(1080, 1920), (1080, 1440), (1240, 1754)]), st.integers(0, 1000))
def test_ordinary_posters_keep_the_smallest_legal_type(wished: DesignBrief, size: tuple[int, int], seed: int) -> None:
    plan = compose(wished, *size, seed)
    assert min(font_size(element) for element in plan.texts) >= max(0.016 * min(size), 12) - 0.01


@pytest.mark.parametrize("count", [0, 1, 4, 12, 24, 40])
def test_up_to_forty_facts_are_laid_out(count: int) -> None:
    facts = [item("fact", f"第{number}项 活动内容说明", label=f"项目{number}") for number in range(count)]
    plan = compose(brief([item("title", "全民健身日"), *facts]), 1080, 1920, 1)
    assert len(plan.placements) == count + 1
    assert_sound(plan)


@pytest.mark.parametrize("style", STYLES)
def test_same_seed_same_plan(style: str) -> None:
    wished = rich_brief(style=style)
    assert compose(wished, 1080, 1440, 5) == compose(wished, 1080, 1440, 5)


def test_seeds_bring_different_posters() -> None:
    plans = [compose(rich_brief(), 1080, 1440, seed) for seed in range(8)]
    looks = {(plan.archetype, plan.palette.bg, plan.hero) for plan in plans}
    assert len(looks) >= 3


def test_text_can_be_read_on_its_ground() -> None:
    plan = compose(rich_brief(colors=["#1890ff", "#ffffff"]), 1080, 1440, 1)
    title = next(element for element in plan.texts if element.content.role == "title")
    fill = title.style.fill
    assert fill is not None and fill.color is not None
    assert contrast(fill.color, plan.palette.bg) >= 3


def test_a_wished_text_colour_is_kept_where_it_can_be_read() -> None:
    wished = brief([item("title", "春天", color="#0b1f66"), item("fact", "三月")], purpose="other", colors=["#ffd6e0"])
    plan = compose(wished, 1080, 1440, 1)
    title = plan.texts[plan.placements[0].elements[0]]
    assert title.style.fill is not None and title.style.fill.color == "#0b1f66"


def test_a_title_wanted_at_the_bottom_stands_below_the_middle() -> None:
    plan = compose(brief([item("title", "慢下来", position="bottom"), item("brand", "半日")]), 1080, 1440, 3)
    assert ink_box(plan.texts[plan.placements[0].elements[0]]).center[1] > 720


def test_what_is_missing_becomes_a_hidden_named_placeholder() -> None:
    plan = compose(rich_brief(missing=["公司logo"]), 1080, 1440, 1)
    place = next(element for element in plan.decorations if element.content.role == "placeholder")
    assert place.content.name == "Placeholder: 公司logo" and not place.visible


def test_titles_fill_their_measure() -> None:
    plan = compose(
        brief([item("title", "深夜爵士"), item("fact", "12月5日")], style="editorial", purpose="food"), 1080, 1440, 1
    )
    title = ink_box(plan.texts[plan.placements[0].elements[0]])
    assert title.width >= 0.5 * (plan.width - 2 * plan.margin)


def test_left_edges_meet_at_the_ink() -> None:
    plan = compose(rich_brief(style="business", purpose="hiring", topics=["hiring"]), 1080, 1440, 1)
    lefts = sorted(ink_box(element).x for element in plan.texts)
    assert lefts[1] - lefts[0] <= 0.15 * plan.u


def test_grain_is_left_out_of_notices() -> None:
    wished = brief(
        [item("title", "停电通知"), item("fact", "11月28日", label="时间")], purpose="notice", style="business"
    )
    assert compose(wished, 1240, 1754, 1).grain is None
    assert compose(rich_brief(), 1080, 1440, 1).grain is not None


def test_a_second_repair_takes_another_archetype() -> None:
    wished = rich_brief()
    plain = compose(wished, 1080, 1440, 1)
    repaired = compose(wished, 1080, 1440, 1, Repair(round=2, problems={"免费": "unreadable"}))
    assert repaired.archetype != plain.archetype
    assert_prints_everything(repaired, wished)


def test_a_first_repair_makes_the_hero_smaller_and_the_text_plainer() -> None:
    wished = rich_brief()
    plain = compose(wished, 1080, 1440, 1)
    repaired = compose(wished, 1080, 1440, 1, Repair(round=1, problems={"梧桐里创意园": "contrast"}))
    assert repaired.archetype == plain.archetype
    assert repaired.hero_zone.area < plain.hero_zone.area


def test_a_text_that_could_not_be_read_is_set_bolder_however_it_was_broken() -> None:
    wished = rich_brief()
    repaired = compose(wished, 1080, 1440, 1, Repair(round=1, problems={"梧桐里\n创意园": "unreadable"}))
    element = next(e for e in repaired.texts if "".join((e.content.text or "").split()) == "梧桐里创意园")
    assert element.style.text_style is not None and int(element.style.text_style.font_weight) >= 600


def test_type_keeps_to_few_sizes() -> None:
    for style, seed in itertools.product(["business", "editorial", "tech", "sale"], range(3)):
        plan = compose(rich_brief(style=style), 1080, 1440, seed)
        assert len({round(font_size(element), 1) for element in plan.texts}) <= 7


def test_composing_is_fast() -> None:
    wished = rich_brief()
    compose(wished, 1080, 1440, 0)

    def seconds(seed: int) -> float:
        start = time.thread_time()
        compose(wished, 1080, 1440, seed)
        return time.thread_time() - start

    assert min(seconds(seed) for seed in (1, 2, 3)) < 0.5
