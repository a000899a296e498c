"""Things a prompt asks to be on the poster without giving them: a logo, a QR code, "contact details"."""

import re

from pipelines.brief import FactKind
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.orders import is_order
from pipelines.models.designer.source import FACT, QUOTE

_OWN = r"(?:一个|一张|我们的?|我的|你的|公司的?|相关的?|具体的?|详细的?|必要的?|主要的?|基本的?|清晰的?|活动的?)?"
# (what it is, the kind of fact that would satisfy it)
_ZH: tuple[tuple[str, FactKind | None], ...] = (
    (r"[\u4e00-\u9fff]{0,4}?(?:的)?(?:logo|标志|商标|徽标|标识|校徽|会徽|徽章)", None),
    (
        r"(?:报名|扫码|公众号|微信|小程序|购票|付款|门店|活动|企业微信|群|官方)?(?:的)?(?:二维码|小程序码"
        r"|条形码|qr码)", None),
    (
        r"(?:职位|岗位|招聘|公司|活动|报名|课程|产品|商品|门店|嘉宾|会议|展览|演出|比赛|基本|详细|相关"
            r"|主办方|主办|店铺|店面|优惠|宣传)(?:信息|详情|介绍|内容|描述|要求|列表|资料|简介|说明|细则|规则)",
        None,
    ),
    (r"(?:联系|咨询|报名|公司|门店)?(?:电话|联系方式|热线|手机号)(?:号码)?|联系信息", "phone"),
    (r"(?:活动|举办|比赛|演出|公司|门店|展览|会议|具体|详细)?(?:地点|地址|场地)(?:信息)?", "place"),
    (r"(?:活动|举办|比赛|演出|展览|会议|营业|开业|具体|报名)?(?:时间|日期)(?:信息)?", "date"),
    (r"(?:活动|举办)?时间地点", "date"),
    (r"(?:产品|活动|商品|门票|课程)?(?:价格|票价|售价|费用)(?:信息)?", "price"),
    (r"(?:电子)?邮箱(?:地址)?", "email"),
    (r"(?:官网|网址|网站|链接)(?:地址)?", "url"),
    (r"(?:报名|参与|参加|购票|投递|应聘)(?:方式|渠道|入口|链接)", "phone"),
    (r"(?:公司|店铺|品牌|活动|学校|门店)(?:名称?|名字)|店名", None),
    (r"(?:产品|商品|人物|嘉宾|讲师|活动|门店|现场|菜品|实拍|老师|明星)(?:图片|照片|图|头像|写真)|照片|地图", None),
)  # fmt: skip
_EN: tuple[tuple[str, FactKind | None], ...] = (
    (r"(?:\w+(?:'s)? ){0,2}logos?", None),
    (r"(?:\w+ )?(?:qr[ -]?codes?|barcode)", None),
    (
        r"(?:job|position|event|product|course|company|ticket|registration|booking|venue|event|sponsor"
            r"|speaker|schedule) (?:details?|info|information|descriptions?|requirements?|names?|listings?)",
        None,
    ),
    (r"(?:contact|phone) (?:details?|info|information|number)|phone numbers?|contacts", "phone"),
    (r"(?:the )?(?:date and time|time and date|dates?|times?)", "date"),
    (r"(?:the )?(?:venue|address|location|date,? time,? and (?:place|venue|location))", "place"),
    (r"(?:ticket )?prices?|pricing|price list", "price"),
    (r"(?:website|url|web address|registration link|link)", "url"),
    (r"e-?mail(?: address)?", "email"),
    (
        r"(?:photos?|pictures?|headshots?|images?) of (?:the |our |my )?(?:speakers?|team|product|products|chef"
        r"|artist|band|venue|store|building)", None),
    (
        r"(?:product|speaker|team|artist|band) (?:photos?|images?|pictures?|shots?|headshots?)|headshots?|a map"
        r"|map", None),
    (r"social media (?:icons?|handles?|links?)", None),
)  # fmt: skip
_ZH_PATTERNS = [(re.compile(_OWN + f"(?:{pattern})"), kind) for pattern, kind in _ZH]
_EN_PATTERNS = [(re.compile(rf"(?:(?:the|a|an|our|my|your|some) )?(?:{pattern})"), kind) for pattern, kind in _EN]
_ASK_ZH = re.compile(
    r"(?:(?:并|且|还|也|上面|海报上?|其中|画面|下方|底部|顶部|右下角|左上角|右上角|左下角|最下面|最上面"
    r"|角落)?(?:里|中)?(?:需要|需|要|请|记得|应|应该|可以|能)?(?:在?(?:下方|底部|顶部|右下角|左上角|右上角"
    r"|左下角|角落|上面|最下面)(?:要|需要)?)?"
    r"(?:包含有?|包括|含有|带有|带上?|附带|附上?|加上?|加入|添加|放上?|放置|放一?个?|预留出?|留出?|留|显示"
    r"|体现|展示|配上?|写上|写明|标注|注明|标明|写清|写清楚|突出|有|印上))"
    r"(?:上|出|了|好|一下|清楚)?(?:一个|一些|一下)?"
)
_ASK_EN = re.compile(
    r"(?:and |also |please |that |which |it |should |must |needs? to |with |i want |make sure to )*"
    r"(?:including|includes?|containing|contains?|showing|shows?|add|adding|featuring"
    r"|leave (?:some )?(?:space|room) for|(?:space|room) for|put|has|have|having|with)\s+"
)
_PLACE_TAIL = re.compile(
    r"(?:的)?(?:位置|区域|空间|等信息|等内容|等|信息)$|\s*(?:at the (?:bottom|top)|in the (?:corner"
    r"|bottom right|top left|top right|bottom left))(?: corner)?$"
)
_BETWEEN_ITEMS = re.compile(r"\s*(?:、|，|,\s*(?:and\s)?|和|与|及|以及|还有|/|&|(?<![a-z])(?:and|plus)(?![a-z]))\s*")


def read_request(draft: Draft, start: int, end: int, *, pictures: bool = False) -> bool:
    """Note what the range asks for without giving it. False, and nothing noted, when it holds anything else.

    ``pictures``: other things in the list are what the poster shows ("with our logo and a big pizza").
    """
    masked = draft.source.masked
    clause = masked[start:end]
    if FACT in clause or QUOTE in clause:
        return False
    asked = _ASK_ZH.match(clause) or _ASK_EN.match(clause)
    begin = start + (asked.end() if asked else 0)
    items = list(_items(masked, begin, end))
    found = [(a, b, placeholder(masked[a:b])) for a, b in items]
    if not any(kind is not None for _, _, kind in found):
        return False
    if not pictures and any(kind is None and not is_order(masked[a:b], draft.source.raw[a:b]) for a, b, kind in found):
        return False
    draft.order(start, end)
    for a, b, kind in found:
        if kind is not None:
            draft.lack(a, b, kind[0])
    return True


def placeholder(masked: str) -> tuple[FactKind | None] | None:
    """Whether the words name a thing rather than give it: None, or the kind of fact that would be it (in a tuple)."""
    text = masked.strip(" 。.!！")
    bare = _PLACE_TAIL.sub("", text)
    for words in dict.fromkeys((text, bare)):
        for pattern, kind in (*_ZH_PATTERNS, *_EN_PATTERNS):
            if pattern.fullmatch(words):
                return (kind,)
    return None


def _items(masked: str, start: int, end: int) -> list[tuple[int, int]]:
    items, at = [], start
    for match in _BETWEEN_ITEMS.finditer(masked, start, end):
        items.append((at, match.start()))
        at = match.end()
    items.append((at, end))
    tail = _PLACE_TAIL.search(masked, items[-1][0], end)
    if tail and tail.start() > items[-1][0] and placeholder(masked[items[-1][0] : tail.start()]):
        items[-1] = (items[-1][0], tail.start())
    return [(a, b) for a, b in items if masked[a:b].strip()]
