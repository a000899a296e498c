"""What a model makes up is not printed; what the user wrote is, whatever the model left out."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.brief import DesignBrief
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.designer.purpose import TITLES
from pipelines.models.designer.source import Source
from storage.documents.task import ElementRequirement, TaskParams
from tests.language.scripted import says, understood
from tests.pipeline.designer.test_any_prompt import WORDS, is_within

WISH = "帮我做一张山谷书店周年庆海报，12月5日 14:00，市美术馆二楼，会员全场8折，咨询电话021-66889900，背景要蓝色"
EN_WISH = "Poster for a pottery workshop at Mill House, Saturday 2pm, $35 each, call 555-0134. make it warm"
FAST = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def printed(prompt: str | TaskParams, answer: dict[str, Any]) -> DesignBrief:
    return understood(prompt, answer).brief


@pytest.mark.parametrize(
    "invented",
    [
        "12月6日", "13:00", "¥99", "全场5折", "13800138000", "hello@example.com", "www.example.com", "人民广场3号",
        "主讲：王小明", "限50人", "免费入场", "Grand Opening", "🎉", "", "   ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", ["title", "subtitle", "key_fact", "fact", "cta", "brand", "body"])
def test_nothing_that_the_prompt_does_not_say_is_printed(invented: str, role: str):
    brief = printed(WISH, says({"role": "title", "text": "山谷书店周年庆"}, {"role": role, "text": invented}))
    assert all(is_within(item.text, WISH) for item in brief.items)
    assert brief.title == "山谷书店周年庆"


def test_every_fact_that_the_model_left_out_is_put_back():
    brief = printed(WISH, says({"role": "title", "text": "山谷书店周年庆"}))
    kinds = {item.kind: item.text for item in brief.items if item.kind}
    assert kinds["date"] == "12月5日 14:00"
    assert kinds["phone"] == "021-66889900"
    assert "8折" in kinds["discount"]
    assert any("市美术馆二楼" in text for text in brief.texts())


def test_a_fact_is_printed_as_the_user_wrote_it_however_the_model_spells_it():
    brief = printed(
        EN_WISH, says({"role": "title", "text": "POTTERY  WORKSHOP"}, {"text": "35"}, {"text": "(555) 0134"})
    )
    assert brief.title == "Pottery Workshop"
    assert "$35 each" in brief.texts()
    assert any("555-0134" in text for text in brief.texts())


@pytest.mark.parametrize(("wish", "half"), [
    ("陶艺课海报，电话13812345678", "138123"), ("Poster for Artemis Hall concert", "Art"),
    ("停车场海报，不收费，周六", "收费"),
    ("Poster: this room is not open to guests. Studio Vale", "open to guests"),
])  # fmt: skip
def test_no_half_of_a_number_or_word_and_no_negation_lost(wish: str, half: str):
    brief = printed(wish, says({"role": "fact", "text": half}))
    assert half not in brief.texts()


def test_the_models_choice_of_title_and_roles_stands():
    brief = printed(EN_WISH, says(
        {"role": "title", "text": "pottery workshop"}, {"role": "brand", "text": "Mill House"},
        leave_out=["Poster for a", "make it warm"],
    ))  # fmt: skip
    assert brief.title == "Pottery Workshop"
    assert [item.text for item in brief.items if item.role == "brand"] == ["Mill House"]


@pytest.mark.parametrize("role", ["title", "subtitle", "key_fact", "body", "brand"])
@pytest.mark.parametrize("wish", [WISH, EN_WISH, "Poster for a Jazz Night, Friday Dec 5 8pm",
                                  "Make a poster for our spring book fair, Saturday 10am-4pm, free entry",
                                  "A retro record fair poster: Sunday 22 March, Town Hall"])  # fmt: skip
def test_a_model_that_copies_the_wish_gets_the_poster_of_the_rules(wish: str, role: str):
    by_rules = RuleBasedDesigner().brief(TaskParams(prompt=wish))
    assert printed(wish, says({"role": role, "text": wish})).items == by_rules.items


@pytest.mark.parametrize(
    ("wish", "copied", "title"),
    [
        ("Poster for a Jazz Night, Friday Dec 5 8pm", "Poster for a Jazz Night", "Jazz Night"),
        ("Poster for a Jazz Night, Friday Dec 5 8pm", "Jazz Night, Friday Dec 5 8pm", "Jazz Night"),
        ("Poster for a retro record fair, Town Hall", "Retro Record Fair", "Retro Record Fair"),
        (WISH, "帮我做一张山谷书店周年庆海报", "山谷书店周年庆"),
        (WISH, "帮我做一张山谷书店周年庆", "山谷书店周年庆"),
    ],
)
def test_the_request_is_no_part_of_a_title(wish: str, copied: str, title: str):
    assert printed(wish, says({"role": "title", "text": copied})).title == title


def test_a_dictated_title_is_the_title():
    brief = printed(
        "讲座海报，标题：“春天在路上”，副标题：与植物学家同行，周六", says({"role": "title", "text": "植物学家"})
    )
    assert brief.title == "春天在路上"


def test_a_part_of_a_dictated_title_is_no_title():
    brief = printed('Poster titled "Stay Curious, Stay Kind"', says({"role": "title", "text": "Stay Curious"}))
    assert [item.text for item in brief.items] == ["Stay Curious, Stay Kind"]


def test_words_left_out_with_a_reason_are_not_printed_but_facts_are():
    wish = "清晨瑜伽，来公园一起舒展身体，周日7:00，教练阿树"
    answer = says({"role": "title", "text": "清晨瑜伽"}, leave_out=["来公园一起舒展身体", "周日7:00"])
    texts = printed(wish, answer).texts()
    assert not any("舒展" in text for text in texts)
    assert any("周日7:00" in text for text in texts)


def test_orders_are_not_printed_even_if_the_model_says_so():
    brief = printed(WISH, says({"role": "title", "text": "背景要蓝色"}, {"role": "body", "text": "帮我做一张"}))
    assert not any("蓝色" in text or "做一张" in text for text in brief.texts())


def test_a_label_is_printed_only_where_the_user_wrote_it():
    answer = says({"label": "咨询电话", "text": "021-66889900"}, {"label": "地点", "text": "市美术馆二楼"})
    labels = {item.text: item.label for item in printed(WISH, answer).items}
    assert labels["021-66889900"] == "咨询电话"
    assert labels["市美术馆二楼"] is None


def test_required_elements_are_kept_verbatim_whatever_the_model_says():
    elements = [ElementRequirement(content="凭券领 <b>咖啡</b>"), ElementRequirement(type="image", content="店铺logo")]
    params = TaskParams(prompt=WISH, elements=elements)
    for answer in (says(), says({"role": "title", "text": "山谷书店周年庆"}, missing=["会员"], leave_out=[WISH])):
        brief = printed(params, answer)
        assert "凭券领 <b>咖啡</b>" in brief.texts()
        assert "店铺logo" in brief.missing


def test_what_is_missing_is_named_by_the_prompt():
    brief = printed("烘焙课海报，放上我们的吉祥物，周六", says(missing=["我们的吉祥物", "二维码", "赞助商名单"]))
    assert "我们的吉祥物" in brief.missing
    assert not {"二维码", "赞助商名单"} & set(brief.missing)


def test_style_mood_and_colours_of_the_user_go_before_the_models():
    opinion = {"style": "tech", "mood": "cool", "purpose": "charity"}
    red = [{"word": "red", "hex": "#ff0000"}]
    asked = printed("书展海报，极简风格，温馨一点，墨绿色，周六", says(**opinion, colours=red))
    assert (asked.style, asked.mood, asked.purpose) == ("minimalist", "warm", "exhibition")
    assert "#ff0000" not in asked.colors
    assert len(asked.colors) == 1
    unasked = printed("阿树和他的朋友们，周六晚", says(**opinion, colours=red))
    assert (unasked.style, unasked.mood, unasked.purpose, unasked.colors) == ("tech", "cool", "charity", [])


def test_a_colour_that_only_the_model_knows_counts_where_the_prompt_names_it():
    brief = printed("阿树的画展，用雾霾蓝灰调子，周六", says(colours=[{"word": "雾霾蓝灰", "hex": "#8A9BA8"}]))
    assert brief.colors
    named = printed("阿树的画展，周六，用孔雀羽毛那种颜色", says(colours=[{"word": "孔雀羽毛", "hex": "#006D77"}]))
    assert named.colors == ["#006d77"]


def test_topics_come_from_the_words_first_then_from_the_model():
    brief = printed("手冲咖啡课海报，周六", says(topics=["tea", "unicornium"]))
    assert brief.topics[0] == "coffee"
    assert "tea" in brief.topics
    assert "unicornium" not in brief.topics


CHUNKS = st.sampled_from([*WORDS, "13800138000", "人民路1号", "June 9", "€12", "x@y.org", "ghost", "鬼"])


@st.composite
def _answers(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A prompt, and an answer that says pieces of it, and other things, under any role."""
    prompt = draw(st.sampled_from(["", " "])).join(draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=20)))
    cut = st.tuples(st.integers(0, len(prompt)), st.integers(1, 12)).map(lambda at: prompt[at[0] : at[0] + at[1]])
    roles = st.sampled_from(["title", "subtitle", "key_fact", "fact", "body", "brand", "label", "cta", "legal", "name"])
    kinds = st.sampled_from(["date", "price", "phone", "person", "place", "other"])
    text = st.fixed_dictionaries({"role": roles, "kind": kinds, "label": CHUNKS, "text": cut | CHUNKS})
    loose = st.lists(cut | CHUNKS, max_size=4)
    answer = says(*draw(st.lists(text, max_size=6)), leave_out=draw(loose), missing=draw(loose), topics=draw(loose))
    return prompt, answer


@FAST
@given(_answers())
def test_whatever_the_answer_nothing_is_invented_and_no_fact_is_lost(case: tuple[str, dict[str, Any]]):
    prompt, answer = case
    answer["missing"] = [name[:40] for name in answer["missing"]]
    answer["topics"] = [name[:24] for name in answer["topics"]]
    params = TaskParams(prompt=prompt)
    plain, brief = RuleBasedDesigner().brief(params), understood(params, answer).brief
    assert [item.role for item in brief.items].count("title") == 1
    assert brief.items[0].role == "title"
    for item in brief.items:
        table = item.role == "title" and item.text in {text for pair in TITLES.values() for text in pair}
        assert table or is_within(item.text, prompt), item
        assert item.label is None or item.label.lower() in prompt.lower()
    assert all(name in prompt or name in ("二维码", "QR code") for name in brief.missing)
    by_rules, by_model = ("".join(map(_key, found.texts())) for found in (plain, brief))
    source = Source(prompt)
    for fact in (_key(source.fact_text(span)) for span in source.facts):
        assert fact in by_model or fact not in by_rules, (fact, brief.texts())


def _key(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def test_marks_that_the_copy_has_are_printed():
    wish = "为“云端图书馆”App做海报，欢迎来玩！主讲人：周明教授（清华大学）"
    brief = printed(wish, says(
        {"role": "title", "text": "“云端图书馆”App"}, {"role": "cta", "text": "欢迎来玩！"},
        {"role": "name", "kind": "person", "label": "主讲人", "text": "周明教授（清华大学）"},
    ))  # fmt: skip
    assert {"“云端图书馆”App", "欢迎来玩！", "周明教授（清华大学）"} <= set(brief.texts())


def _prompts() -> list[str]:
    tables = Path(__file__).parents[1].glob("pipeline/designer/*.toml")
    return sorted({prompt for table in tables for prompt in _prompts_in(tomllib.loads(table.read_text("utf-8")))})


def _prompts_in(part: Any) -> Iterator[str]:
    for name, value in part.items() if isinstance(part, dict) else enumerate(part):
        if name == "prompt":
            yield value
        elif isinstance(value, dict | list):
            yield from _prompts_in(value)


@pytest.mark.parametrize("prompt", _prompts())
def test_of_nonsense_comes_the_rules_own_brief(prompt: str):
    plain = RuleBasedDesigner().brief(TaskParams(prompt=prompt))
    assert printed(prompt, says({"role": "title", "text": "zzqx"}, purpose=plain.purpose)) == plain


@pytest.mark.parametrize("prompt", _prompts())
def test_an_answer_with_all_texts_prints_each_once(prompt: str):
    """As the rules read it: every role and label of theirs is one that a model may give, too."""
    plain = RuleBasedDesigner().brief(TaskParams(prompt=prompt))
    texts = [
        {"role": item.role, "kind": item.kind or "other", "label": item.label or "", "text": item.text[:600]}
        for item in plain.items
    ]
    found = printed(prompt, says(*texts[:30], purpose=plain.purpose))
    assert sorted(map(_key, found.texts())) == sorted(map(_key, plain.texts()))
