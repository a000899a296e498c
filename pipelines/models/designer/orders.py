"""Words that order a poster rather than belong on it."""

import re

from pipelines.models.designer.colours import EN_COLOUR, HEX, ZH_COLOUR
from pipelines.models.designer.source import FACT, QUOTE
from pipelines.models.designer.styles import MOOD_WORD, STYLE_WORD

POSTER_ZH = (
    r"(?:海报(?!展|设计|大赛|征集|墙|课)(?:图片|图|设计图|设计稿)?|宣传海报|宣传单页|宣传单|传单|宣传页|宣传画"
    r"|宣传图|单页|展板|展架|易拉宝|横幅|主视觉图?|封面图|广告图|长图|图片海报|招贴画?|告示牌"
    r"|(?<=[出做弄画搞整]个)图(?![书形纸案文表])|(?<=[出做弄画搞整]张)图(?![书形纸案文表])"
    r"|(?<=的)图(?:片)?(?![书形纸案文表])|(?<=[一两几]张)图(?![书形纸案文表]))"
)
POSTER_EN = (
    r"(?<![a-z])(?:(?:event|advertising|promo|promotional|advertisement|wall|print|printable|digital"
    r"|social media|instagram|web|facebook)\s)*"
    r"(?:posters?|flyers?|fliers?|leaflets?|banners?|placards?|billboards?|handbills?|pamphlets?|key visual"
    r"|(?:something|graphic|image|ad|advert|advertisement|sign|artwork|picture|design|visual)(?= (?:for"
    r"|about|to promote|announcing|that says)(?![a-z])))(?![a-z])"
    r"(?! (?:session|exhibition|show|contest|competition|fair|presentation|art|boy))(?: (?:design|image"
    r"|layout|artwork|template))?(?![a-z])"
)
POSTER = re.compile(f"{POSTER_ZH}|{POSTER_EN}")
"""The thing ordered."""

SIZE = (
    r"(?:\d{2,5}\s?[x×*]\s?\d{2,5}(?:\s?(?:px|像素|mm|cm|毫米|厘米))?|a[1-6](?![a-z\d])(?:纸|尺寸|大小|纸张"
    r"| size)?|(?:9:16|16:9|3:4|4:3|1:1|2:3|4:5)(?:比例|的比例)?"
    r"|横版|竖版|竖屏|横屏|方形|正方形|横向|纵向|竖向|(?<![a-z])(?:portrait|landscape|vertical|horizontal"
    r"|square)(?![a-z])(?: format| orientation| size)?|\b[48]k\b|\d{2,4}\s?dpi)"
)
ADJECTIVE_ZH = (
    r"(?:简约|极简|简洁明了|简洁|简单|明了|高端大气|高端|大气|上档次|时尚|精美|精致|漂亮|好看|美观|醒目"
    r"|抢眼|吸睛|吸引人|吸引眼球|酷炫|炫酷|酷|唯美|喜庆|温馨|温暖|清新|可爱|活泼|热闹"
    r"|欢快|明快|明亮|鲜艳|有趣|好玩|震撼|专业|正式|庄重|严肃|浪漫|优雅|高级|有质感|有设计感|有活力|有创意"
    r"|年轻化|年轻|现代|干净|大方|接地气|个性|文艺|自然|柔和|亮眼|高级感|设计感)"
)
_ADJECTIVE_EN = (
    r"(?<![a-z])(?:nice|beautiful|pretty|cool|rustic|earthy|retro|vintage|natural|organic|industrial"
    r"|tropical|geometric|abstract|eye[- ]catching|attractive|stunning|amazing|great|good|simple"
    r"|clean|modern|bold|bright|colou?rful|stylish|professional|elegant"
    r"|sleek|creative|friendly|warm|cozy|cosy|cheerful|vibrant|fun|playful|exciting|catchy|polished"
    r"|high[- ]quality|high[- ]resolution|hd|minimal|minimalistic|fresh|calm|soft"
    r"|dramatic|moody|dark|light|pastel|muted|gradient|quick|grungy|monochrome|black and white"
    r"|spooky|eerie|gritty|glossy|hand-?made|small|big|large|full[- ]page|readable|legible"
    r"|classy|trendy|festive|happy|serious|quiet|new|awesome|lovely|energetic)(?![a-z])"
)
_LINK = (
    r"(?:[\s,，、。.;；!！~/+&\-]|和|与|及|又|且|而|并|或|的|一点|一些|些|点|即可|就行|就好|就可以|要|整体"
    r"|尽量|最好|希望|请|主要|为主|相间|搭配|配色|配|调|色系|色调|系|底|是|为|用|使用|采用|以|走|偏|比较"
    r"|稍微|更"
    r"|风格|风|感|款|范儿?|尺寸|大小|规格|主题色|颜色|色|底|字|主|做|成|设计|谢谢|多谢|感谢|您|你|啦|了|吧"
    r"|哦|呀|一下|辛苦"
    r"|尽快|急用|急|感觉|很|非常|不要太|太|十分|足够|看起来|看上去"
    r"|(?<![a-z])(?:and|or|but|with|in|a|an|the|of|it|is|be|use|using|please|pls|thanks|thank you|thx"
    r"|cheers|make|keep|style|styled|styles|look|looking|looks|feel|feeling|vibe|vibes|theme|themed"
    r"|colou?rs?|colou?r scheme|palette|tones?|shades?|background|very|really|so|kind of|quite|more|bit"
    r"|little|should|i|want|need|would like|we|prefer|asap|to|on|my|for|me|overall"
    r"|design|aesthetic|mood|atmosphere|format|size|paper|as|possible|much|that|this|all|some)(?![a-z]))"
)
_WISH_ONLY = re.compile(
    rf"(?:{_LINK}|[黑白红蓝绿黄金银紫粉灰橙]底[黑白红蓝绿黄金银紫粉灰橙]字|{SIZE}|{HEX}|{ZH_COLOUR}"
    rf"|{EN_COLOUR}|{ADJECTIVE_ZH}|{_ADJECTIVE_EN}|(?:{STYLE_WORD})|(?:{MOOD_WORD})|{POSTER_ZH}"
    rf"|{POSTER_EN})+"
)
_ORDER_ZH = re.compile(
    r"^(?:亲|亲爱的|亲们?|你好|您好|哈喽|嗨|在吗|hello|hi|hey|hi there)[!！~～]*$|"
    r"^(?:不|吗|吧|呗|么|呢|可以吗|好吗|行吗)[?？!！]*$|"
    r"风格|色调|配色|主色|辅色|辅助色|点缀色|底色|色系|色彩(?!节|跑|之)|字体(?!设计)|排版|版式|构图|画面"
    r"|氛围(?!组)|质感|留白"
    r"|背景(?!音乐|墙|调查|知识)|分辨率|像素|横版|竖版|竖屏|横屏|主体(?!责任|工程)"
    r"|插画(?!展|师|课|集|工|比赛)|插图|配图|图案|设计感|层次感|醒目|抢眼|高清|主视觉|居中|图标|水印|边框"
    r"|渐变|视觉冲击|视觉效果"
    r"|(?:^|[\x00\x01])(?:放在|写在|排在)|元素(?:$|为主|点缀|的)"
    r"|^以[^\x00\x01]{1,16}为(?:主|背景|元素|底|重点|核心|灵感)|^(?:重点)?(?:突出|强调|凸显)"
    r"|^(?:主要)?(?:适合|用于|用来|用在|发到?|贴在|张贴|打印|印刷)[^\x00\x01]{0,14}(?:朋友圈|公众号|小红书"
    r"|微信群|群里?|抖音|打印|印刷|张贴|宣传|门口|电梯|使用|用|发布|展示|推广)$"
    r"|^(?:不要|不需要|无需|避免|别)(?!错过|犹豫|忘|等|让|迟|再|怕|说|问|走|停)"
    r"|^(?:要|想要?|希望|能|整体|最好|尽量|需要)?(?:给人|体现|传达|营造|表现|展现|有|带|富有"
    r"|充满)[^\x00\x01]{1,16}(?:感|感觉|气息|氛围|味道|气质|味儿?)$"
    r"|^(?:麻烦|拜托|辛苦|谢谢|感谢|多谢)[^\x00\x01]{0,10}$|^(?:尽快|越快越好|今天要|急用|急|急需|就这些"
    r"|其他你定|你看着办|自由发挥|随意发挥|其余自由发挥|其他随意)$"
    r"|^(?:画面?上?|配上?|画)(?:一|几|个|点|些|有|上)[^\x00\x01]{1,16}$|^(?:文字|字)(?:要|少|不要|尽量|大)[^\x00\x01]*$"
)
_ORDER_EN = re.compile(
    r"(?<![a-z])(?:backgrounds?|colou?r scheme|colou?r palette|palette|fonts?|typography|typeface|layout"
    r"|composition|aesthetic|look and feel|gradients?|illustrations?|imagery|resolution|dpi"
    r"|aspect ratio|white ?space|negative space|color(?:s|ed)?|colour(?:s|ed)?|photorealistic|watermark"
    r"|hero image|border)(?![a-z])"
    r"|(?<![a-z])(?:images?|pictures?|photos?|drawings?|icons?) of(?![a-z])"
    r"|(?<![a-z])[a-z0-9' -]{2,40}[ -](?:style|styled|theme|vibe|look|mood|tones?|feel)\.?$"
    r"|^(?:an? )?[a-z -]{2,40} style (?:with|and)(?![a-z])|^(?:in|with) (?:a|an|the) [a-z -]{2,40} (?:style"
    r"|theme|vibe|look|mood|tone|feel|format|size)"
    r"|^(?:please )?(?:use|using) (?!code|promo|coupon|discount|voucher|(?:the )?(?:code|other|another"
    r"|rear|back|side|front|main|stairs|lift|elevator|door|entrance|exit|alternative|caution|next)\b)[a-z ,&-]{2,60}$"
    r"|^(?:please )?(?:make|keep|leave) (?:it|the|everything|sure|this|plenty|some|room"
    r"|space)(?![a-z])(?! (?:yours|happen|count|green|real|local|to)\b)"
    r"|^(?:it|the (?:poster|flyer|banner|design|text|title|whole thing|overall \w+)) (?:should|must"
    r"|needs? to|has to|can)(?! be held| take place)"
    r"|^(?:i|we)(?:'d| would)? (?:want|like|prefer|need|love)(?: (?:it|the|this))?(?: to)? (?:be|look|feel"
    r"|have|see|something)"
    r"|^(?:please )?(?:do not|don't|avoid) (?:use|add|include|put|make|show|write|any)"
    r"|^(?:thanks?|thank you|thx|cheers|asap|no rush|that's all|that is all|much appreciated"
    r"|appreciate it)(?![a-z])[a-z !,]{0,30}$"
    r"|^for (?:an?|my|our) [a-z' ]{3,30}$|^no (?:text|people|photos?|clutter|images?|gradients?)\b"
    r"|^(?:suitable|good|ready|meant) for (?:print|printing|instagram|social|posting|sharing|display)"
)
_COURTESY_START = re.compile(
    r"(?:亲爱的|亲(?=[,，!！~\s])|在吗|老师好|你好|您好|hello|hi there|hi|hey|嗨|哈喽)(?![a-z])[,，!！\s]*"
    r"|(?:(?:麻烦|劳烦|拜托)(?:你"
    r"|您)?(?:了)?|谢谢(?:你|您)?)[,，\s]*|(?:please|pls|kindly)(?![a-z])[,\s]*|(?:另外|还有|然后|以及|同时"
    r"|最后|对了)[,，:\s]*"
    r"|(?:also|and also|plus|oh and)(?![a-z])[,\s]*|请(?=在|把|将(?!军)|用|写|加|放|印|包|做|设计|制作|生成|帮)"
)
_COURTESY_END = re.compile(
    r"[,，\s]*(?:(?:谢谢|多谢|感谢|拜托|辛苦|麻烦)(?:你|您|大家)?(?:了|啦|啊|哈)?|可以吗|好吗|行吗"
    r"|(?<![a-z])(?:please|pls|thanks(?: so much| a lot| in advance)?|thank you(?: so much| very much)?|thx"
    r"|cheers|if possible|if you can))[!！~。.\s]*$"
)
_PLEASE = re.compile(r"\W*(?:please|pls)")
_LOOK_EN = re.compile(rf"(?:{EN_COLOUR}|{_ADJECTIVE_EN}|{_LINK}|(?:{STYLE_WORD})|(?:{MOOD_WORD})|[\s,&-])+")
_SMALL = frozenset(("of", "the", "and", "at", "on", "in", "&"))


def is_name(raw: str) -> bool:
    """Whether several words, all with capitals, say more than a look: "Green Square" is a place, "Navy Blue" no."""
    words = raw.split()
    return (
        len(words) >= 2
        and all(word[0].isupper() or word in _SMALL for word in words)
        and not all(_LOOK_EN.fullmatch(word.lower()) for word in words)
        and _LOOK_EN.fullmatch(words[-1].lower()) is None
    )


def is_order(masked: str, raw: str = "") -> bool:
    """Whether a clause of masked text only says how the poster should look or be made; ``raw``: with its capitals."""
    text = masked.strip()
    if not text or QUOTE in text or is_name(raw):
        return False
    if FACT not in text and _WISH_ONLY.fullmatch(text):
        return True
    return (_ORDER_ZH.search(text) or _ORDER_EN.search(text)) is not None


def without_courtesy(masked: str, start: int, end: int) -> tuple[int, int]:
    """The range without "please", "谢谢您" and the like at its edges.

    On a notice "please" is said to who reads it ("Quiet please"): it goes only with what asks for the poster.
    """
    while match := _COURTESY_START.match(masked, start, end):
        if _PLEASE.match(match[0]) and not _asks(masked[match.end() : end]):
            break
        start = match.end()
    if (match := _COURTESY_END.search(masked, start, end)) and not (
        _PLEASE.search(match[0]) and not _asks(masked[start : match.start()])
    ):
        end = match.start()
    return start, end


def _asks(masked: str) -> bool:
    return not masked.strip() or POSTER.search(masked) is not None or is_order(masked)
