"""Labels: words that say what the text after them is ("标题：", "地点：", "Venue:")."""

import re
from dataclasses import dataclass
from typing import Literal

from pipelines.brief import FactKind
from pipelines.models.designer.source import FACT, QUOTE

LabelRole = Literal["title", "subtitle", "copy", "brand", "names", "order", "fact", "other"]
_ROLES: tuple[tuple[LabelRole, str], ...] = (
    ("title",
        r"(?:主标题|大标题|标题文字|海报标题|主题文字|主文案"
        r"|(?:讲座|展览|演讲|报告|课程|分享|活动|会议|论坛|沙龙|演出|培训|大会|比赛|赛事)?(?:标题|题目|主题|名称|主题名称)"
        r"|title|main title|headline|heading|header|event name|event title|event)"),
    ("subtitle",
        r"(?:副标题|小标题|副标|标语|口号|广告语|宣传语|slogan|subtitle|sub-title|subheading|subheadline"
        r"|subhead|tagline|tag line)"),
    (
        "copy",
        r"(?:(?:海报|画面|图片|图)?(?:上面|上|中|里)?(?:要|需要|请)?(?:写上|写着|写|印上|印着|印)|(?:正文"
            r"|文案|文字|内容|文本|宣传)(?:内容|文字|文案|如下|包括)?|活动内容"
        r"|(?:海报|画面)?(?:内容|文字)(?:包括|包含|有|如下)?|(?:上面)?(?:只有|只要|就"
            r"|就写)?[一二两三四五六七八九十几]个(?:大)?字|text|copy|body|body text|wording|message|content"
            r"|details text)",
    ),
    ("brand",
        r"(?:品牌|品牌名|(?:花|书|酒|咖啡|餐|面|茶|奶茶|小)?店名|公司|公司名|公司名称|企业名称|机构名称"
            r"|brand|brand name|company|company name"
        r"|shop name|store name)"),
    (
        "names",
        r"(?:(?:演出|首批|全部|完整)?阵容|(?:演出|特邀|演讲|分享|出席|表演|重磅|神秘|参会|对谈)?嘉宾(?:阵容)?"
            r"|(?:演出|特邀|参演|驻场|压轴)?(?:乐队|歌手|音乐人|艺人|团体)|参演|演员|主演|(?:参展|特邀)?艺术家|line-?up|performers?|artists?|speakers?"
        r"|featuring|special guests?|guests?|cast|bands|headliners?)",
    ),
    (
        "order",
        r"(?:(?:整体|设计|海报|画面|主|背景)?(?:风格|配色|颜色|主色|主色调|色调|色系|色彩|背景|背景色"
            r"|背景图|尺寸|大小|规格|比例|构图|版式|版面|排版|字体|氛围|画面|元素|主体|主视觉|用途|类型|格式"
            r"|分辨率|图案"
        r"|插图|配图)(?:要求|描述)?|设计要求|要求风格|(?:color |colour )?(?:style|colou?rs?|palette|scheme"
            r"|background|size|format|layout|fonts?|mood|dimensions|image|imagery|visuals?"
        r"|aesthetic|tone|orientation|type|aspect ratio|resolution)|negative prompt)",
    ),
)  # fmt: skip
_FACT_ENDS: tuple[tuple[FactKind, str], ...] = (
    ("date",
        "时间|日期|档期|展期|日程|有效期|date|dates|when|time|hours|opening hours|deadline|date and time|doors?"
        "|doors open|starts|ends"),
    ("place", "地点|地址|场地|会场|场馆|集合点|位置|地区|门店|venue|location|where|place|address|meeting point"),
    ("phone",
        "电话|热线|手机|手机号|联系方式|报名|咨询|预约|预订|订位|订座|订餐|订购|致电|联系|phone|tel|telephone|call|mobile"
        r"|contact|contact us"
        "|info|rsvp|hotline"),
    ("email", "邮箱|邮件|投递|email|e-mail|mail|apply"),
    ("url", "网址|官网|网站|链接|website|web|url|link|tickets at|register at|register|sign up|book at"),
    ("price",
        "票价|价格|费用|门票|票务|原价|现价|特价|售价|活动价|薪资|月薪|年薪|待遇|工资|学费|报名费|price|prices"
        "|tickets?|fee|cost|admission|entry|salary|pay|cover"),
    ("discount", "优惠|折扣|满减|福利|discount|offer|deal|promo code|code"),
    ("person",
        "主讲|主讲人|讲师|导师|主持|主持人|老师|教练|演奏|演唱|表演|联系人|导演|编剧|指挥|作者|嘉宾"
        "|speaker|host|hosted by"
        "|instructor|teacher|coach|director|author|mc|dj"),
    ("quantity", "人数|名额|限额|数量|里程|距离|capacity|seats|spots|distance"),
    (
        "other",
        "主办|主办方|主办单位|承办|承办方|承办单位|协办|协办单位|赞助|指导单位|支持单位|微信|微信号|公众号"
            "|qq|qq群|对象|范围|原因|影响|区域|要求|条件|岗位|职位|学历|经验|备注|事项"
        "|规则|奖品|奖项|路线|交通|流程|议程|环节|方式|亮点|特色|说明|课程|内容|招聘|诚聘|福利|organi[sz]er"
            "|organi[sz]ed by|presented by|sponsors?|sponsored by|position|role|requirements?"
        "|benefits|note|reason|area|affected|dress code|age|ages|bring|includes|agenda|program|schedule"
            "|prizes?|instagram|wechat|facebook|twitter",
    ),
)  # fmt: skip
_ROLE_PATTERNS = [(role, re.compile(pattern)) for role, pattern in _ROLES]
_FACT_PATTERNS = [
    (kind, re.compile(rf"(?:[\u4e00-\u9fff]{{0,5}}|(?:[a-z]+ ){{0,2}})(?:{ends})")) for kind, ends in _FACT_ENDS
]
_COLON = re.compile(r"\s*:\s*")
_BARE_ROLES = "|".join(f"(?:{pattern})" for role, pattern in _ROLES if role in ("title", "subtitle", "brand", "copy"))
_BARE_ROLE = re.compile(
    rf"(?:(?:the |with the |and )?(?P<label>{_BARE_ROLES}|(?:我们?|咱们?)(?:家|的)?(?:店|公司|品牌"
    rf"|工作室)(?:名字)?(?=叫|名叫)|名字(?=叫|是)|名称(?=[^\s:是为叫用]{2, 12}$)))"
    r"\s*(?:(?<=名称)|是|为|名叫|叫做|叫|用|写|就叫|就写| is | reads | should be | should read | should say )\s*"
)
_BARE_NAMES = re.compile(
    r"(?P<label>(?:[\u4e00-\u9fff]{0,2}嘉宾|演出阵容|阵容|主演|演员))(?:有|包括|包含|为|是)\s*(?=[^\s:])"
)
_BARE_FACT = re.compile(
    r"(?P<label>(?P<own>[\u4e00-\u9fff]{0,3}?)(?:联系|咨询|报名|服务|订座|订餐|预约|预订|物业|客服|报修"
    r"|活动|举办|演出|展览|集合|工作|开课|上课|开业)?(?P<noun>电话|热线|手机|微信|邮箱|时间|日期|地点|地址"
    r"|网址|官网|主办|票价|门票|价格|学费|报名|投递|预约|预订|咨询|订座|订位|订餐|致电))"
    r"\s*(?P<is>是|为|在|定在|定于|\s)?\s*"
)
_BARE_PERSON = re.compile(
    r"(?P<label>主讲人?|分享人|讲师|导师|策展人|指挥|导演|作者|摄影师|主持人)\s?[\u4e00-\u9fff]{2,4}"
    r"(?<!人)(?:老师|教授|博士|先生|女士|医生)?"
)
_PLACE_END = re.compile(
    r"(?:馆|中心|广场|公园|店|[路街道巷弄]|(?<=\d)号|号楼|楼|层|厅|室|园|门|草坪|阁|畔|边|沙滩|山庄|庄园"
    r"|小镇|大厦|会馆|会所|港湾|海岸|剧场|影院|天台|操场|园区|(?<![现全专午半一入])(?<!跳蚤市)场|校区|学校|大学|酒店|院|站|村|镇|区|岛"
    r"|桥|港|码头|基地|营地|空间|书店|餐厅|教室|礼堂)[\w\s()（）-]{0,6}$",
    re.A,
)


@dataclass(frozen=True, slots=True)
class Label:
    """``role``: what the value is; ``text``: range of the label's own words; ``start``: where the value starts."""

    role: LabelRole
    kind: FactKind | None
    text: tuple[int, int]
    start: int


def label_of(masked: str, start: int, end: int) -> Label | None:
    """The label that opens this range of masked text, if any."""
    clause = masked[start:end]
    colon = clause.find(":", 0, 26)
    if colon > 0:
        name = clause[:colon].strip()
        if name and FACT not in name and QUOTE not in name:
            value = start + colon + len(_COLON.match(clause, colon).group())  # type: ignore[union-attr]
            role, kind = _meaning(name)
            if role != "other" or (len(name) <= 8 or (name.isascii() and len(name.split()) <= 3)):
                return Label(role, kind, (start, start + len(clause[:colon].rstrip())), value)
        return None
    bare = _BARE_ROLE.match(clause)
    if bare and bare.end() < len(clause):
        role, _ = _meaning(bare["label"])
        role = "brand" if role in ("fact", "other") else role
        return Label(role, None, (start, start + bare.end("label")), start + bare.end())
    if names := _BARE_NAMES.match(clause):
        return Label("names", "person", (start, start + names.end("label")), start + names.end())
    return _bare_fact(clause, start)


def _bare_fact(clause: str, start: int) -> Label | None:
    """A label without a colon, only where its value proves it: 电话021-…, 地点市体育馆, not 时间管理."""
    if person := _BARE_PERSON.fullmatch(clause):
        return Label("fact", "person", (start, start + person.end("label")), start + person.end("label"))
    bare = _BARE_FACT.match(clause)
    if not bare or bare.end() >= len(clause):
        return None
    value, kind = clause[bare.end() :], _meaning(bare["noun"])[1]
    says = value.startswith(FACT) or (
        bare["own"] == "" and bare["is"] in ("是", "为", "在", "定在", "定于") and kind in ("place", "date")
    )
    says = says or (bare["own"] == "" and bare["noun"] in ("地点", "地址") and len(value) > 1)
    says = says or (bare["noun"] in ("微信",) and value.isascii())
    return Label("fact", kind, (start, start + bare.end("label")), start + bare.end()) if says else None


def _meaning(name: str) -> tuple[LabelRole, FactKind | None]:
    for role, pattern in _ROLE_PATTERNS:
        if pattern.fullmatch(name):
            return role, "person" if role == "names" else None
    for kind, fact in _FACT_PATTERNS:
        if fact.fullmatch(name):
            return "fact", kind
    return "other", None


def is_label_word(word: str) -> bool:
    """Whether a word alone would be a label if a colon followed."""
    return len(word) <= 6 and _meaning(word)[0] in ("fact", "names")


def is_place(masked: str) -> bool:
    """Whether Chinese text ends as places do."""
    return len(masked) <= 24 and _PLACE_END.search(masked) is not None
