"""What becomes of realistic prompts of every purpose, in both languages."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.topics import find_topics, hero_of, vocabulary
from storage.documents.task import ElementRequirement, TaskParams

DESIGNER = RuleBasedDesigner()


def cases(name: str) -> list[Any]:
    rows = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))["case"]
    return [pytest.param(row, id=row["prompt"][:40]) for row in rows]


@pytest.mark.parametrize("case", cases("prompts.toml") + cases("strangers.toml"))
def test_a_prompt_becomes_these_texts(case: dict[str, Any]) -> None:
    brief = DESIGNER.brief(TaskParams(prompt=case["prompt"]))
    said = [[item.role, item.text, *([item.label] if item.label else [])] for item in brief.items]
    assert said == case["items"]
    assert brief.missing == case.get("missing", [])


@pytest.mark.parametrize("case", cases("prompts.toml") + cases("strangers.toml"))
def test_a_prompt_is_seen_for_what_it_is(case: dict[str, Any]) -> None:
    brief = DESIGNER.brief(TaskParams(prompt=case["prompt"]))
    assert (brief.purpose, brief.style) == (case["purpose"], case["style"])
    assert brief.topics[:2] == case["topics"]
    assert brief.colors == case.get("colors", [])


HIRING = "创建一个蓝色商务风格的招聘海报，包含公司logo和职位信息"


def test_required_texts_take_the_title_and_fill_what_was_missing() -> None:
    elements = [
        ElementRequirement(content="诚聘英才", position="top", style={"fontSize": 48, "fontWeight": "bold"}),
        ElementRequirement(content="高级软件工程师", position="center", style={"font_size": "36px", "color": "#fff"}),
    ]
    brief = DESIGNER.brief(
        TaskParams(prompt=HIRING, style="business", elements=elements, color_scheme=["#1890ff", "white"])
    )
    title, subtitle = brief.items
    assert (title.role, title.text, title.source, title.position) == ("title", "诚聘英才", "element", "top")
    assert (title.size, title.weight) == (48, "bold")
    assert (subtitle.role, subtitle.text, subtitle.size, subtitle.color) == ("subtitle", "高级软件工程师", 36, "#fff")
    assert brief.missing == ["公司logo"]
    assert brief.colors == ["#1890ff", "#ffffff"]
    assert brief.tags == ["招聘", "商务", "蓝色"]
    assert brief.description == "蓝色商务风格招聘海报"


def test_a_required_text_that_the_prompt_says_too_appears_once() -> None:
    elements = [ElementRequirement(content="6月3日"), ElementRequirement(content="星河书店二楼")]
    brief = DESIGNER.brief(TaskParams(prompt="社区读书会海报，6月3日，星河书店", elements=elements))
    assert sorted(item.text for item in brief.items) == sorted(["社区读书会", "6月3日", "星河书店二楼"])


def test_a_required_text_at_the_bottom_does_not_replace_the_prompts_title() -> None:
    elements = [ElementRequirement(content="主办：市文化馆", position="bottom", style={"fontSize": 90})]
    assert DESIGNER.brief(TaskParams(prompt="社区读书会海报", elements=elements)).title == "社区读书会"


def test_a_picture_without_an_address_is_missing() -> None:
    elements = [
        ElementRequirement(type="image", content="书店logo"),
        ElementRequirement(type="image", content="https://example.com/a.png"),
    ]
    assert DESIGNER.brief(TaskParams(prompt="社区读书会海报", elements=elements)).missing == ["书店logo"]


@pytest.mark.parametrize(
    ("style", "prompt", "pack"),
    [
        ("business", "社区读书会海报", "business"), ("复古风", "社区读书会海报", "retro"),
        ("Minimalism / minimal", "读书会", "minimalist"),
        ("vaporwave", "社区读书会海报", "tech"), ("xyzzy", "国潮风格的茶馆海报", "festival"),
        ("", "招聘海报", "business"),
        ("", "卡通风格的招聘海报", "cartoon"), ("", "Black Friday sale", "sale"), ("", "AI conference", "tech"),
    ],
)  # fmt: skip
def test_the_style_is_always_a_pack(style: str, prompt: str, pack: str) -> None:
    assert DESIGNER.brief(TaskParams(prompt=prompt, style=style)).style == pack


@pytest.mark.parametrize(
    ("words", "colors"),
    [
        ("蓝白配色", ["#1f6feb", "#ffffff"]), ("墨绿色", ["#124d3a"]), ("红金", ["#d7263d", "#c9a227"]),
        ("主色 #1890ff，辅色 #fff", ["#1890ff", "#ffffff"]), ("深蓝色背景", ["#13438d"]), ("以橙色为主", ["#f27d16"]),
        ("warm orange", ["#f27d16"]), ("navy and gold colors", ["#14274e", "#c9a227"]),
        ("pastel pink background", ["#f5c9d9"]),
    ],
)  # fmt: skip
def test_colours_named_in_words_are_the_palette_and_not_printed(words: str, colors: list[str]) -> None:
    head = "社区读书会海报，" if not words.isascii() else "Book club poster, "
    brief = DESIGNER.brief(TaskParams(prompt=head + words))
    assert brief.colors == colors
    assert len(brief.items) == 1


@pytest.mark.parametrize(
    "prompt",
    [
        "绿色出行公益海报",
        "白色情人节海报",
        "红色旅游节海报",
        "科技大会海报",
        "复古市集海报",
        "Black Friday sale poster",
    ],
)
def test_words_that_could_be_orders_stay_where_they_are_the_subject(prompt: str) -> None:
    title = DESIGNER.brief(TaskParams(prompt=prompt)).title
    assert title.lower() in prompt.lower()
    assert len(title) >= len(prompt.replace("海报", "").replace(" poster", "").replace("公益", "")) - 1


def test_more_texts_than_a_poster_holds_become_one_running_text() -> None:
    brief = DESIGNER.brief(TaskParams(prompt="菜单海报，" + "，".join(f"菜品{n}号" for n in range(60))))
    assert len(brief.items) <= 25
    assert all(any(f"菜品{n}号" in text for text in brief.texts()) for n in range(60))


def test_a_very_long_title_is_cut_at_its_first_clause() -> None:
    brief = DESIGNER.brief(
        TaskParams(prompt="海报，标题：“让每一座城市都有自己的公共图书馆，让每一个孩子都能在家门口读到好书”")
    )
    assert [(item.role, item.text) for item in brief.items] == [
        ("title", "让每一座城市都有自己的公共图书馆"),
        ("subtitle", "让每一个孩子都能在家门口读到好书"),
    ]


def test_topics_are_rich_and_their_words_find_them() -> None:
    assert len(vocabulary()) >= 100
    for topic in vocabulary().values():
        assert len(topic.emoji) == 1
        assert hero_of(topic.id) == topic.hero
        assert all(topic.id in find_topics(word) for word in (*topic.zh[:1], *topic.en[:1]))


def test_topics_come_most_specific_first() -> None:
    assert find_topics("秋日咖啡市集") == ["coffee", "autumn", "shopping"]
    assert find_topics("科技公司招聘")[-1] in ("hiring", "tech", "business")
    assert find_topics("a jazz night with good coffee")[0] in ("coffee", "jazz")
    assert hero_of("unheard of") is None
