"""Titles that say only what kind of poster it is."""

import re

from pipelines.models.designer.source import says_something

_WEAK = re.compile(
    r"(?:招聘|招|诚招|急招|急聘|热招|诚聘|招募|社招|校招|招人|促销|大促|打折|优惠|活动|公益|通知|公告|通告"
    r"|宣传|节日|产品|新品"
    r"|新品上市|上市|开业|开张|课程|培训|电影|美食|商业|商品|广告|展览|演出|比赛|运动|旅游|旅行|品牌|推广"
    r"|店铺|门店|餐饮|企业|公司|团队|社团|校园|人才|餐厅|电商|简单|主题"
    r"|的|类|性|用|"
    + r"\s|(?<![a-z])(?:the|a|an|hiring|recruitment|recruiting|job|jobs|sale|sales|event|product|promotion"
    r"|promotional|promo|notice|festival|course|opening|sport|sports|concert|exhibition|food|travel|charity"
    r"|business|company|corporate|team|launch|discount|advertising|advertisement|marketing|information"
    r"|announcement)(?![a-z]))+"
)

GENERIC_WHO = re.compile(
    r"(?:一家|某|这家|一个|一间|我们|我|本|咱们?)?(?:的)?(?:公司|企业|学校|咖啡店|咖啡馆|咖啡厅|奶茶店|书店"
    r"|餐厅|饭店|酒店|社区|小区|健身房|花店|酒吧|面馆|超市|商场|店铺|店|幼儿园|医院|银行|培训机构|机构|民宿"
    r"|旅行社|甜品店|蛋糕店|面包店|茶馆|火锅店"
    r"|烧烤店|理发店|美容院|宠物店|服装店|便利店|工厂|品牌|商家|大家|客户|朋友|老板|电商|互联网公司|科技公司)?"
)


def is_generic_who(text: str) -> bool:
    """Whether the words only say what kind of client this is ("一家咖啡店")."""
    return GENERIC_WHO.fullmatch(text) is not None


def is_weak(text: str) -> bool:
    """Whether a title says only what kind of poster it is."""
    words = text.strip().lower()
    return not says_something(text) or _WEAK.fullmatch(words) is not None or is_generic_who(words)
