"""Names of organisations: who a poster is from."""

import re

from pipelines.models.designer.weak import is_weak

_ZH = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9·&]{2,14}(?:公司|集团|科技|网络|传媒|文化|教育|咖啡|茶饮|烘焙|酒家|酒楼|饭庄|工作室|俱乐部|协会|学会|联盟"
    r"|基金会|出版社|银行|生鲜|食品|家居|地产|影业|书局|花艺|美容|旅行社|旅游|健身|事务所|研究院|乐队|剧团|社团"
    r"|学生会|团委|工会)"
)
_DRINK = re.compile(r"(?:美式|手冲|冰|热|生椰|黑|速溶|现磨|冷萃|挂耳|精品|意式|一杯|杯|免费|送|桂花|拿铁|[买喝的和])")
_ZH_ISSUER = re.compile(
    r"[\u4e00-\u9fff]{2,18}(?:物业(?:服务|管理)?(?:中心|处|部|公司)?|管理处|委员会|居委会|村委会|业委会|派出所"
    r"|供电(?:公司|所|局)|[^药邮]局|街道办(?:事处)?|办公室|教务处|学工处|总务处|保卫处|后勤处|大队|公司|分行|支行)"
)
_ZH_SIGNED = re.compile(
    r"[\u4e00-\u9fff]{2,18}(?:服务中心|服务站|办事处|图书馆|幼儿园|学校|小学|中学|大学|医院|社区|银行|酒店|商场|书店)"
)
_STUDIO = re.compile(r"(?:Studio|Atelier|Team) [A-Z][\w'’&-]*(?: [A-Z][\w'’&-]*)?")
_EN = re.compile(
    r"(?:Studio|Atelier|Café|Cafe|Casa|Team|University of|Bank of|Friends of|City of|Town of)(?: [A-Z][\w'’&-]*){1,3}"
    r"|(?:The )?(?:[A-Z][\w'’-]*(?: (?:[A-Z][\w'’-]*|&|and|of))* )(?:Cycles|Bikes|Studios?|Coffee|Roasters|Bakery"
    r"|Bakers|Brewery|Brewing|Books|Records|Ltd|Inc|LLC|Co|Company|Labs|Group|Foundation|Association|Society|Council"
    r"|Committee|Academy|Partners|Collective|Motors|Foods|Farms?|Florist|Flowers|Fitness|Yoga|Travel|Tours|Bank"
    r"|Trust|Agency|Media|Press|Software|Technologies|Systems|Ceramics|Interiors|Furniture|Jewell?ery|Skincare"
    r"|Management|Properties|Realty|Residents|Restaurant|Kitchen|Pizzeria|Creamery|Outfitters|Apparel|Boutique)\.?"
)


def is_organisation(text: str) -> bool:
    """Whether the words, by themselves, name a company or a club ("云帆科技", "Rivet Cycles")."""
    if _EN.fullmatch(text):
        return True
    return _ZH.fullmatch(text) is not None and not is_weak(text) and not _DRINK.search(text[:-2])


def is_studio(text: str) -> bool:
    """Whether it is named as a studio rather than a room ("Studio North", not "Studio 3")."""
    return _STUDIO.fullmatch(text) is not None


def is_issuer(text: str, *, signed: bool) -> bool:
    """Whether the words name a body that no event takes place in; or, where a notice is ``signed``, any."""
    named = _ZH_ISSUER.fullmatch(text) or (signed and _ZH_SIGNED.fullmatch(text))
    return bool(named) and not is_weak(text)
