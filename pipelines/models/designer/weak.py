"""Titles that say only what kind of poster it is."""

import re

from pipelines.models.designer.source import says_something

_WEAK = re.compile(
    r"(?:招聘|招|诚招|急招|急聘|热招|诚聘|招募|社招|校招|招人|促销|大促|打折|优惠|活动|公益|通知|公告|通告"
    r"|宣传|节日|产品|新品"
    r"|新品上市|上市"
    r"|(?:盛大|隆重|正式|新店|即将)?(?:开业|开张|启幕|试营业)(?:大吉|啦|了)?|课程|培训|电影|美食|商业|商品|广告|展览|演出|比赛|运动|旅游|旅行|品牌|推广"
    r"|店铺|门店|餐饮|企业|公司|团队|社团|校园|人才|餐厅|电商|简单|主题"
    r"|的|类|性|用|新|"
    + r"\s|(?<![a-z])(?:the|a|an|new|now|introducing|hiring|recruitment|recruiting|job|jobs|sale|sales"
    r"|event|product|promotion"
    r"|promotional|promo|notice|festival|course|opening|sport|sports|concert|exhibition|food|travel|charity"
    r"|business|company|corporate|team|launch|discount|advertising|advertisement|marketing|information"
    r"|announcement)(?![a-z]))+"
)

SHOP_ZH = (
    r"(?:咖啡店|咖啡馆|咖啡厅|奶茶店|书店|餐厅|饭店|酒店|(?:健身|美容|瑜伽|舞蹈)?工作室|健身房|花店|鲜花店|酒吧|面馆|超市|商场|店铺|店|民宿|旅行社"
    r"|甜品店|蛋糕店|面包店|烘焙店|茶馆|茶楼|火锅店|烧烤店|理发店|美发店|美容院|美甲店|宠物店|服装店|女装店|童装店|便利店|水果店"
    r"|药店|眼镜店|珠宝店|母婴店|玩具店|手机店|家具店|小吃店|早餐店|驾校|瑜伽馆|电影院|网吧)"
)
"""A kind of shop, without a name."""
OCCASION_ZH = (
    r"(?:母亲节|父亲节|情人节|七夕|中秋节?|国庆节?|端午节?|春节|新年|元旦|圣诞节?|儿童节|六一|五一|劳动节|妇女节|三八|女神节"
    r"|教师节|双十一|双11|双十二|618|元宵节?|感恩节|万圣节|重阳节|开学季|毕业季|周年庆|暑假|寒假|年终|年末|春季|夏季|秋季|冬季)"
)
GENERIC_WHO = re.compile(
    rf"(?:一家|某|这家|一个|一间|我们|我|本|咱们?)?(?:的)?(?:{SHOP_ZH}|公司|企业|学校|社区|小区|幼儿园|医院|银行|培训机构|机构"
    r"|工厂|品牌|商家|大家|客户|朋友|老板|电商|互联网公司|科技公司)?"
)


def is_generic_who(text: str) -> bool:
    """Whether the words only say what kind of client this is ("一家咖啡店")."""
    return GENERIC_WHO.fullmatch(text) is not None


def is_weak(text: str) -> bool:
    """Whether a title says only what kind of poster it is."""
    words = text.strip().lower()
    return not says_something(text) or _WEAK.fullmatch(words) is not None or is_generic_who(words)
