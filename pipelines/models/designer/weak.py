"""Titles that say only what kind of poster it is."""

import re

from pipelines.models.designer.source import says_something

_WEAK = re.compile(
    r"(?:招聘|诚聘|招募|社招|校招|招人|促销|大促|打折|优惠|活动|公益|通知|公告|通告|宣传|节日|产品|新品|新品上市|上市|开业|开张|课程|培训|电影|美食|商业|商品|广告|展览|演出|比赛|运动|旅游|旅行|品牌|推广|店铺|门店|餐饮|企业|公司|团队|社团|校园|人才|餐厅|电商|简单|主题"
    r"|的|类|性|用|"
    + r"\s|(?<![a-z])(?:the|a|an|hiring|recruitment|recruiting|job|jobs|sale|sales|event|product|promotion|promotional|promo|notice|festival|course|opening|sport|sports|concert|exhibition|food|travel|charity|business|company|corporate|team|launch|discount|advertising|advertisement|marketing|information|announcement)(?![a-z]))+"
)


def is_weak(text: str) -> bool:
    """Whether a title says only what kind of poster it is."""
    return not says_something(text) or _WEAK.fullmatch(text.strip().lower()) is not None
