"""The Chinese noun phrase that says what a poster is for, without the words that order it."""

import re

from pipelines.models.designer.colours import HEX, ZH_COLOUR
from pipelines.models.designer.draft import Draft
from pipelines.models.designer.orders import ADJECTIVE_ZH, POSTER, SIZE
from pipelines.models.designer.source import FACT, QUOTE, Range
from pipelines.models.designer.styles import STYLE_WORD
from pipelines.models.designer.weak import GENERIC_WHO

_ASK = (
    r"(?:请|麻烦(?:你|您)?|劳烦|拜托|帮忙|帮(?:我们?|忙|个忙)|给(?:我们?|俺)|替我们?|为我们?|能不能|能否"
    r"|能(?=帮|给|为)|可以"
    r"|可否|(?:老板|领导|公司|单位)(?:让|要|叫)我?们?|(?:我们?|俺|本人|老板)?(?:想要?|要|需要|希望|打算|准备"
    r"|急需|得|急着要)(?:请?(?:你|您))?|我们?|现在)"
)
_CLASS = r"(?:(?:一|1|两|几)?(?:张|个|份|幅|款|套|版|组|则))"
_MAKE = (
    r"(?:创建|设计(?!展|周|师|大赛|学院|节|院|思维|大会)|制作(?!人)|生成(?!式)|绘制|创作(?!营|者|人)|定制"
    r"|策划|(?:做|弄|搞|来|出|画|写|整|打印|印|(?<![a-z])p)(?=一?下?" + _CLASS + r"|.{0,24}海报))"
)
_START = re.compile(
    rf"{_ASK}*{_MAKE}(?:一下|出)?{_CLASS}?|{_ASK}+{_CLASS}|(?:一|1)(?:张|份|幅|款)(?:的)?|(?:{_ASK})+(?=.{{0,30}}海报)"
)
_FOR_WHOM = re.compile(
    rf"(?:{_ASK})*?(?:为|给|帮(?!忙|个忙)|替)(?P<who>(?:(?!为|给|帮|替)[^，,]){{1,40}}?){_MAKE}(?:一下"
    rf"|出)?{_CLASS}?(?P<rest>.*)",
    re.S,
)
_ABOUT = re.compile(r"(?:关于|有关|针对|围绕)")
_PURE = re.compile(
    rf"(?:(?:{ZH_COLOUR}|{HEX}|[和与及、+/&\s])+(?:为主色调|为主的?|主色调|系列|色系|色调|主调|调|系|背景"
    rf"|底色|底|配色|相间|搭配|渐变)?(?:风格|风)?的?"
    rf"|(?:(?:{STYLE_WORD}|{ADJECTIVE_ZH})[、和又且\s]?)+(?:风格|风(?!味|光|景|筝|采|云|险|暴|俗|情|格|琴"
    rf"|铃|水|能)|范儿?|感)的?"
    rf"|[^的\x00\x01，,\s]{{1,8}}(?:风格|色调|配色)的?"
    rf"|(?:很|非常|比较|更|有点)?{ADJECTIVE_ZH}(?:(?:、|和|又|且|，|一点|一些|点|些"
    rf"|，?又)*{ADJECTIVE_ZH})*(?:一点|一些|点|些)?的"
    rf"|(?:{ADJECTIVE_ZH})+(?={ADJECTIVE_ZH}|招聘|促销|活动|通知|公告|宣传|海报|{POSTER.pattern})"
    rf"|{SIZE}(?:尺寸|大小|版)?的?|(?:中英)?双语的"
    r"|(?:有|富有|充满|带有?)[^的\x00\x01]{1,8}(?:感|气息|氛围|气氛|元素)的"
    r"|以[^的\x00\x01]{1,16}为(?:主体|主角|背景|元素|主色调?|底色|底|核心|主)的?"
    r"|(?:用于|用来|适合)[^的\x00\x01]{1,12}的"
    r"|(?:带有?|包含|含有?|配有?)(?:公司|企业|品牌|店铺|学校)?(?:logo|标志|二维码)的"
    rf"|{_CLASS}(?!人|性|展|月|体)"
    r")"
)
_ONLY_LOOK = re.compile(
    rf"(?:{ZH_COLOUR}|{HEX}|{SIZE}|{ADJECTIVE_ZH}|(?:中英)?双语|中英文|国潮|卡通|复古|赛博朋克|手绘|扁平"
    rf"|中国风|新?中式|国风"
    r"|日系|北欧|波普|港风|性冷淡|轻奢|奢华|[、和与的\s])+"
)
_CONTENT_COLOURS = re.compile(
    r"绿色(?:出行|环保|生活|能源|低碳|发展|家园|食品|校园|通道|消费|办公|建筑|未来|城市|骑行|行动|地球|公益"
    r"|种植)|红色(?:旅游|教育|文化|经典|记忆|基因|故事|革命|之旅|观影|电影|主题)|蓝色(?:海洋|星球|经济"
    r"|多瑙河)"
    r"|[红蓝绿白金银黑紫]色(?:港湾|大厅|海岸|庄园|沙滩|年代|田野|森林|天使|梦)"
    r"|白色情人节|黑色星期五|金色(?:大厅|童年|年华|秋)|黑白(?:摄影|照片|电影|影像|木刻|版画|键)|青绿山水|金银花|粉红丝带|红黄蓝幼儿园|红白喜事|青春|青年|青少|青岛|青海|青山|黄金|黄河|黄山|白酒"
    r"|白茶|红酒|红茶|绿茶|蓝莓|黑客|黑胶|黑板|黑龙|银行|银河|金融|金秋|粉丝|灰姑娘|红包|蓝调|金牌"
)
_BARE_COLOURS = re.compile(
    rf"[红粉橙橘黄金绿青蓝紫白黑灰银]{{2,}}(?!色|系|配|相间|为|主|调|风|底|渐变|简|极|国潮|卡通|{STYLE_WORD})[\u4e00-\u9fff]{{2}}"
)
_THEME = re.compile(r"以(?P<what>[^\x00\x01]{1,20}?)为主题的?")
_PRONOUN = re.compile(
    r"(?:我们|咱们|我|咱|本|自己|俺)(?:家|的)?(?:公司|学校|店里?|社区|小区|单位|团队|部门|班级|班|工作室|俱乐部)?的?"
)
_GENRE = re.compile(r"(?:的)?(?:主题)?(?:宣传|推广|广告|主题|竖版|横版|电商|朋友圈|手机|海报|展示|宣发|线下|线上宣传)$")
_FILLER_START = re.compile(r"(?:开始的|的|在|于|将于|将|定于|是|为|与|和|及|，|要|拟于|举办|举行|召开|开展|推出|组织)+")
_FILLER_END = re.compile(r"(?:的|在|于|将于|将|定于|拟于|是|为|与|和|及|从|自)+$")
_ASSOCIATES = re.compile(
    r"(?:公司|科技|集团|书店|咖啡|咖啡馆|咖啡店|餐厅|酒店|学校|大学|中学|小学|学院|医院|银行|俱乐部|工作室"
    r"|馆|店|社|堂|坊|轩|阁|协会|中心|商场|超市|广场|文化|传媒|教育|影业|影院|健身房?|花店|酒吧"
    r"|乐园|公园|社区|街道|委员会|管理处|物业|出版社|剧院|基金会|联盟|实验室|幼儿园|餐饮|面馆|茶馆|小馆"
    r"|百货|生鲜|农场|团队|学会|研究院|博物馆|图书馆|事务所|律所|诊所|酒家|酒楼|局|院)$"
)
_GENERIC_OWNER = re.compile(rf"(?:{GENERIC_WHO.pattern})(?<=[\u4e00-\u9fff])的")


CONTEXT = re.compile(
    rf"我(?:们)?(?:家|这边|这里)?(?:新|刚)?(?:开了|有|是|在|经营)(?:{GENERIC_WHO.pattern})(?:的|老板|店主)?"
    rf"|(?:我|我们)想(?:搞|做|办)(?:个|一个)?活动"
)
"""What only tells who asks."""
NEARLY = re.compile(
    r"(?P<what>[^\x00\x01]{2,8}?)(?:快|就|马上|即将)?(?:要)?(?:到了|来了|来临|到啦|来啦)(?:，|,|\s)*(?:想|要"
    r"|打算|准备).*",
    re.S,
)


def is_associate(text: str) -> bool:
    """Whether Chinese words name an organisation."""
    return _ASSOCIATES.search(text) is not None and not GENERIC_WHO.fullmatch(text)


def strip_ask(draft: Draft, start: int, end: int) -> Range:
    """The range without "帮我设计一张" before it."""
    match = _START.match(draft.source.masked, start, end)
    if match:
        draft.order(start, match.end())
        return match.end(), end
    return start, end


def for_whom(draft: Draft, start: int, end: int) -> tuple[Range, Range] | None:
    """Of "为X做一张Y": the ranges of X and Y."""
    match = _FOR_WHOM.match(draft.source.masked, start, end)
    if not match:
        return None
    draft.order(start, match.start("who"))
    draft.order(match.end("who"), match.start("rest"))
    return match.span("who"), match.span("rest")


def strip_look(draft: Draft, start: int, end: int) -> Range:
    """The range without what it says of colours, styles, sizes and genre at its edges; those become orders."""
    masked = draft.source.masked
    while start < end:
        begin = start
        if not _names_colours(masked, start, end) and (match := _PURE.match(masked, start, end)):
            start = match.end()
        elif match := _PRONOUN.match(masked, start, end):
            start = match.end() if match.end() > start else start
        elif match := _THEME.match(masked, start, end):
            rest = masked[match.end() : end]
            if rest.strip("的 ") and not re.fullmatch(r"(?:宣传|公益|活动|的|招聘|促销)*", rest):
                start = match.end()
            else:
                draft.order(start, match.start("what"))
                return match.span("what")
        elif ((match := _GENERIC_OWNER.match(masked, start, end)) and match.end() < end) or (
            (match := _ABOUT.match(masked, start, end))
            and not re.search(r"(?:通知|公告|通告|倡议书?|意见|决定)$", masked[start:end])
        ):
            start = match.end()
        if start == begin:
            break
        draft.order(begin, start)
    if start < end and _ONLY_LOOK.fullmatch(masked, start, end):
        draft.order(start, end)
        start = end
    if masked[start:end].endswith("的"):
        end -= 1
    while (match := _GENRE.search(masked, start, end)) and match.start() > start:
        draft.order(match.start(), end)
        end = match.start()
    return start, end


def _names_colours(masked: str, start: int, end: int) -> bool:
    """Whether the colours that open the range are part of a name; bare ones are, where no poster is ordered."""
    if _CONTENT_COLOURS.match(masked, start, end):
        return True
    return _BARE_COLOURS.match(masked, start, end) is not None and not POSTER.search(masked, start, end + 8)


def segments(draft: Draft, start: int, end: int) -> list[Range]:
    """What is left of a range between its facts, without words that only joined them."""
    masked = draft.source.masked
    parts: list[Range] = []
    for match in re.finditer(f"[^{FACT}]+", masked[start:end]):
        a, b = draft.source.trim(start + match.start(), start + match.end())
        touches_before, touches_after = a > start, b < end
        if touches_before and (found := _FILLER_START.match(masked, a, b)):
            a = found.end()
        if touches_after and (found := _FILLER_END.search(masked, a, b)):
            b = found.start()
        a, b = draft.source.trim(a, b)
        if masked[a:b].strip(f"{QUOTE} ") or QUOTE in masked[a:b]:
            parts.append((a, b))
    return parts
