"""A title, dates, places, prices, people, colours and styles in any order: each is printed whole, looks never."""

import re
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.brief import DesignBrief
from pipelines.models.designer.engine import RuleBasedDesigner
from storage.documents.task import TaskParams

DESIGNER = RuleBasedDesigner()
STEADY = settings(
    deadline=None, max_examples=250, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)  # the same examples on every run
LONE = {
    "until",
    "till",
    "to",
    "from",
    "at",
    "and",
    "with",
    "by",
    "on",
    "in",
    "for",
    "feat",
    "日",
    "的",
    "在",
    "至",
    "起",
}


class Words(NamedTuple):
    """What one language offers; ``optional`` words may be left out or become a label."""

    titles: list[str]
    heads: list[str]
    said: list[list[str]]
    looks: list[list[str]]
    marks: list[str]
    optional: str


ENGLISH = Words(
    titles=[
        "Ice cream festival", "Cream tea afternoon", "Orange juice tasting", "Black coffee club", "Red wine evening",
        "Green tea workshop", "Silver jubilee picnic", "Golden hour photo walk", "White wedding fair",
        "Pink ribbon run", "Rose garden tour", "Blue Note jazz night", "Brown bag lunch talk", "Spring plant swap",
        "Whipped cream contest", "Coral reef talk", "Mint julep night", "Midnight movie marathon", "Salmon supper",
    ],
    heads=["{}", "Poster for a {}", "{} poster", "I need a flyer for our {}", "Create a banner for the {}"],
    said=[
        [
            "Saturday July 18", "18 July", "Saturday, July 18", "July 18-20", "until December 20", "every Thursday",
            "from Monday 3 August until Friday 7 August", "by 1 December", "before May 1", "through March 5",
        ],
        ["noon to 6pm", "from noon until 4pm", "9 to 5", "7:30pm", "10am-2pm", "8pm till late", "weekdays 9 to 5"],
        ["Harbour Lawn", "12 Mill Lane", "City Hall lobby", "at the Old Barn",
            "St Mary's Church Hall", "at Red Lion Inn"],
        ["family tickets $30", "free entry", "£12 per person", "20 flavours", "adults $15"],
        ["call 555-0123", "info@bean.co", "www.harbour.org", "RSVP to dana@club.org"],
        ["with Dana Cole", "hosted by Lena Park", "by Omar Reid", "feat. The Owls"],
    ],
    looks=[
        [
            "pastel pink and mint", "in navy and gold", "teal", "warm orange background", "red and cream colours",
            "black and gold theme", "use sage green and cream", "in mint, pink and cream",
        ],
        ["retro style", "minimalist", "playful cartoon look", "in a bold modern style", "simple and clean"],
    ],
    marks=[", ", ". ", "\n", " | "],
    optional=r"at|with|from|feat\.|hosted by|by(?= [A-Z])",
)  # fmt: skip
CHINESE = Words(
    titles=[
        "红酒品鉴会", "绿茶文化节", "黑咖啡分享会", "白酒品鉴晚宴",
        "蓝莓采摘节", "黄金周特惠", "金秋音乐会",
        "青年读书会", "红歌合唱比赛", "橙汁新品发布会", "紫薯美食节", "银行理财讲座", "黑白摄影展", "青绿山水展",
        "粉红丝带公益跑", "猜灯谜赢好礼",
    ],
    heads=["{}", "{}海报", "帮我做一张{}海报", "设计一张{}的海报"],
    said=[
        ["7月18日", "周六", "每周四", "7月18日至20日", "即日起至12月20日", "12月20日截止", "截至12月20日", "7.18-7.20",
            "2026-07-18",
        ],
        ["9:00-17:00", "晚上7点", "下午两点", "上午9点至下午5点", "每晚17:00-23:00", "14:00开始", "零点"],
        ["滨江公园南门", "市图书馆三楼报告厅", "人民路88号", "在白云酒店", "蓝色港湾", "金色大厅", "橙子书店"],
        ["门票30元", "免费入场", "58元/位", "早鸟票99元", "全场8折", "20种口味"],
        ["电话13800138000", "报名热线021-66889900", "www.harbour.cn", "hi@bean.cn"],
        ["主讲人林知远", "主办：青禾社区", "演奏：蓝调乐队", "请着正装出席"],
    ],
    looks=[
        ["蓝白配色", "红金", "粉色和薄荷绿", "深蓝背景", "主色调橙色", "用墨绿色和金色", "绿色系", "以红色为主",
            "天蓝色、米白色",
        ],
        ["简约风格", "国潮风", "卡通风格", "复古一点", "文艺清新", "要有科技感"],
    ],
    marks=["，", "。", "\n", "；", " "],
    optional="在|电话|报名热线|主讲人|主办：|演奏：",
)  # fmt: skip


@st.composite
def prompts(draw: st.DrawFn, words: Words) -> tuple[str, str, list[str], list[str]]:
    """A prompt, its title, what must be printed and what must not."""
    title = draw(st.sampled_from(words.titles))
    said = [draw(st.sampled_from(group)) for group in words.said if draw(st.booleans())]
    looks = [draw(st.sampled_from(group)) for group in words.looks if draw(st.booleans())]
    parts = draw(st.permutations([*said, *looks]))
    head = draw(st.sampled_from(words.heads)).format(title)
    return draw(st.sampled_from(words.marks)).join([head, *parts]), title, said, looks


def plain(text: str) -> str:
    return re.sub(r"\s", "", text).casefold()


def check(brief: DesignBrief, title: str, said: list[str], looks: list[str], optional: str) -> None:
    printed = [plain((item.label or "") + item.text) for item in brief.items]
    assert plain(brief.title) == plain(title), brief.items
    for words in said:
        core = re.sub(rf"^(?:{optional})\s?", "", words)
        assert any(plain(core) in text for text in printed), (words, brief.items)
    for words in looks:
        looks_like = [text for text in printed if plain(words) in text and plain(title) not in text]
        assert not looks_like, (words, brief.items)
    assert not LONE & set(printed), brief.items


@STEADY
@given(prompts(ENGLISH))
def test_each_part_of_an_english_prompt_is_printed_whole(case: tuple[str, str, list[str], list[str]]) -> None:
    prompt, title, said, looks = case
    check(DESIGNER.brief(TaskParams(prompt=prompt)), title, said, looks, ENGLISH.optional)


@STEADY
@given(prompts(CHINESE))
def test_each_part_of_a_chinese_prompt_is_printed_whole(case: tuple[str, str, list[str], list[str]]) -> None:
    prompt, title, said, looks = case
    check(DESIGNER.brief(TaskParams(prompt=prompt)), title, said, looks, CHINESE.optional)
