"""Briefs for layout tests."""

from typing import Any

from hypothesis import strategies as st

from pipelines.brief import CopyItem, CopyRole, DesignBrief

ZH_WORDS = [
    "春季",
    "音乐会",
    "报名",
    "地点",
    "城市",
    "更新",
    "免费",
    "咖啡",
    "9月12日",
    "下午3点",
    "人民路88号",
    "早鸟票¥199",
    "，",
    "第三期",
    "公益行动",
    "的",
    "与",
    "，欢迎参加",
    "满300减50",
    "hello",
    "A座",
    " ",
    "021-6688 9900",
]
EN_WORDS = [
    "Spring",
    "festival",
    "12 May",
    "free",
    "entry",
    "at",
    "the",
    "Riverside",
    "Hall",
    "7:30 pm",
    "jobs@example.com",
    "$25",
    "Remote-friendly",
    "www.example.org/a-rather-long-address/page",
    "&",
    "Internationalization",
]
ROLES: list[CopyRole] = [
    "subtitle",
    "key_fact",
    "fact",
    "fact",
    "fact",
    "body",
    "brand",
    "label",
    "cta",
    "legal",
    "name",
]
PURPOSES = [
    "hiring",
    "sale",
    "event",
    "festival",
    "product",
    "notice",
    "course",
    "opening",
    "sport",
    "concert",
    "exhibition",
    "food",
    "travel",
    "charity",
    "other",
]
STYLES = ["business", "minimalist", "festival", "cartoon", "tech", "sale", "retro", "editorial", "unknown"]


def item(role: CopyRole, text: str, **more: Any) -> CopyItem:
    return CopyItem(role=role, text=text, **more)


def brief(items: list[CopyItem], **more: Any) -> DesignBrief:
    defaults: dict[str, Any] = {"language": "zh", "purpose": "event", "style": "editorial", "topics": [], "colors": []}
    return DesignBrief(items=items, **(defaults | more))


def squeezed(text: str) -> str:
    return "".join(text.split())


@st.composite
def texts(draw: st.DrawFn, zh: bool, most: int) -> str:
    words = draw(st.lists(st.sampled_from(ZH_WORDS if zh else EN_WORDS), min_size=1, max_size=most))
    text = ("" if zh else " ").join(words).strip(" ，")
    return text or "海报"


@st.composite
def briefs(draw: st.DrawFn, most_items: int = 40) -> DesignBrief:
    zh = draw(st.booleans())
    items = [item("title", draw(texts(zh, 6)), position=draw(st.sampled_from(["", "top", "center", "bottom"])))]
    count = draw(st.integers(0, most_items))
    for _ in range(count):
        role = draw(st.sampled_from(ROLES))
        label = draw(st.sampled_from([None, None, "地点" if zh else "Where"]))
        kind = draw(st.sampled_from([None, "date", "price", "discount", "phone", "place"]))
        text = draw(texts(zh, 30 if role == "body" else 6))
        color = draw(st.sampled_from([None, None, "#ff0000", "white"]))
        position = draw(st.sampled_from(["", "", "top", "bottom"]))
        items.append(item(role, text, label=label, kind=kind, color=color, position=position))
    hexes = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
    return brief(
        items,
        language="zh" if zh else "en",
        purpose=draw(st.sampled_from(PURPOSES)),
        style=draw(st.sampled_from(STYLES)),
        topics=draw(
            st.lists(st.sampled_from(["coffee", "tea", "moon", "power", "music", "hiring", "nonsense"]), max_size=2)
        ),
        colors=draw(st.lists(hexes, max_size=3)),
        missing=draw(st.sampled_from([[], ["公司logo"]])),
    )
