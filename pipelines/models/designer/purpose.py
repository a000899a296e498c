"""What a poster is for, and the one table of titles for prompts that give none."""

import re
from typing import get_args

from pipelines.brief import Purpose

_WORDS: dict[Purpose, str] = {
    "hiring": "招聘 诚聘 招募 校招 社招 招人 急聘 高薪 应聘 求职 入职 简历 岗位 职位|hiring recruitment recruiting job jobs career careers vacancy vacancies"
    " we're~hiring join~our~team internship apply~now wanted",
    "notice": "通知 公告 通告 停电 停水 停气 停机 启事 温馨提示 须知 告示 施工 检修 封闭 放假 安全提示 提醒 警示|notice announcement outage closure closed"
    " maintenance warning road~closure reminder lost~dog lost~cat missing",
    "opening": "开业 开张 试营业 新店 盛大开幕 乔迁|grand~opening opening~soon now~open opening~day opening~party ribbon~cutting new~store",
    "concert": "音乐会 演唱会 音乐节 演奏会 爵士 专场演出 乐队 巡演 独奏会 交响 livehouse 演出|concert gig jazz~night jazz music~festival live~music"
    " tour recital orchestra band symphony dj open~mic",
    "exhibition": "展览 画展 摄影展 特展 艺术展 作品展 展 双年展 博览会|exhibition exhibit gallery showcase art~show expo museum",
    "sport": "马拉松 运动会 比赛 联赛 篮球赛 足球赛 球赛 骑行 跑步 越野赛 挑战赛 篮球 足球 羽毛球 网球 乒乓球 排球 游泳 滑雪 半马 锦标赛 电竞 健身 瑜伽 徒步 登山 邀请赛 友谊赛 杯赛"
    "|marathon race tournament match championship run 5k 10k league cup cycling yoga fitness gym triathlon sports",
    "course": "课程 培训 课 讲座 训练营 夏令营 冬令营 招生 公开课 辅导 工作坊 研学 教学 学习班 体验课|course class classes workshop lecture training"
    " bootcamp lessons webinar seminar tutoring summer~camp camp enroll enrollment",
    "charity": "公益 慈善 义卖 献血 志愿者 捐赠 募捐 环保 植树 垃圾分类 关爱 领养 义诊 节约用水|charity fundraiser volunteer donate donation blood~drive"
    " cleanup clean-up earth~day benefit nonprofit awareness adopt adoption",
    "sale": "促销 大促 特惠 打折 折扣 优惠 满减 清仓 秒杀 双十一 双11 双十二 618 折起 团购 特价 半价 甩卖 购物节 年货节 会员日|sale sales discount clearance"
    " off deal deals promo promotion black~friday bogo offer garage~sale yard~sale flash~sale",
    "festival": "春节 元宵 清明节 端午 七夕 中秋 重阳 国庆 元旦 新年 圣诞 除夕 腊八 冬至 立春 立夏 立秋 立冬 小雪 大雪 谷雨 夏至 母亲节 父亲节 儿童节 教师节"
    " 妇女节 情人节 劳动节 万圣 感恩节 节气 跨年|christmas new~year halloween thanksgiving easter valentine's valentines diwali hanukkah mid-autumn"
    " lunar~new~year spring~festival mother's~day father's~day",
    "travel": "旅行 旅游 跟团 自由行 出游 之旅 游轮 民宿 度假|travel trip tour vacation getaway cruise resort holiday~package",
    "product": "新品 上市 上新 首发 新款 发售 产品 预售 开售|new~arrival product launch new~product introducing release preorder now~available",
    "food": "美食 餐厅 火锅 菜单 咖啡 奶茶 烧烤 拉面 小吃 甜品 面馆 蛋糕 烘焙 套餐 下午茶 小龙虾 早餐|menu restaurant food coffee brew brunch pizza burger ramen bakery"
    " cafe bbq happy~hour dinner",
    "event": "活动 大赛 读书会 分享会 沙龙 派对 论坛 峰会 大会 发布会 年会 市集 集市 晚会 见面会 聚会 嘉年华 开放日 观影 脱口秀 露营 相亲 婚礼 毕业典礼 庙会 灯会 周年庆"
    "|event party meetup conference summit forum festival fair market gala wedding birthday night screening talk book~club picnic reunion carnival"
    " hackathon open~day ceremony networking quiz trivia",
}  # fmt: skip
TITLES: dict[Purpose, tuple[str, str]] = {
    "hiring": ("诚聘英才", "We're Hiring"), "sale": ("特惠", "Sale"), "event": ("活动", "Event"), "festival": ("节日快乐", "Happy Holidays"),
    "product": ("新品上市", "New Arrival"), "notice": ("通知", "Notice"), "course": ("课程", "Course"), "opening": ("盛大开业", "Grand Opening"),
    "sport": ("运动", "Sports"), "concert": ("音乐会", "Concert"), "exhibition": ("展览", "Exhibition"), "food": ("美食", "Food"),
    "travel": ("旅行", "Travel"), "charity": ("公益", "Charity"),
}  # fmt: skip
"""The only words a title may have that are not the user's."""
NAMES: dict[str, tuple[str, str]] = {
    "hiring": ("招聘", "hiring"), "sale": ("促销", "sale"), "event": ("活动", "event"), "festival": ("节日", "festival"), "product": ("新品", "product"),
    "notice": ("通知", "notice"), "course": ("课程", "course"), "opening": ("开业", "opening"), "sport": ("运动", "sport"), "concert": ("音乐", "concert"),
    "exhibition": ("展览", "exhibition"), "food": ("美食", "food"), "travel": ("旅行", "travel"), "charity": ("公益", "charity"), "other": ("", ""),
}  # fmt: skip
"""Purposes in words, for tags and descriptions."""


def _compiled(words: str) -> re.Pattern[str]:
    chinese, english = words.split("|")
    latin = "|".join(re.escape(word).replace("\\~", " ").replace("~", " ") for word in english.split())
    return re.compile("|".join(map(re.escape, chinese.split())) + f"|(?<![a-z])(?:{latin})(?![a-z])")


# "Christmas Party", "Jazz Night": an event that is more than that.
_SUBJECT = re.compile(r" (?:of|for|at|with|by|from|in) ")  # "Grand Opening of Sakura Ramen" is an opening
_OCCASIONS = ("concert", "sport", "charity", "exhibition", "festival", "course")
_PATTERNS = {purpose: _compiled(words) for purpose, words in _WORDS.items()}
assert set(_PATTERNS) | {"other"} == set(get_args(Purpose))


def purpose_of(headlines: list[str], prompt: str) -> Purpose:
    """The purpose that the first telling headline names, else the whole prompt; all texts folded.

    The last word of a headline says what it is ("咖啡市集" is an event, "健身房促销" a sale). Elsewhere, and between
    words that end together, the more particular purpose wins: the order of the table.
    """
    rank = list(_PATTERNS)
    for text in headlines:
        text = _SUBJECT.split(text, maxsplit=1)[0] or text
        ends = [
            (-match.end(), rank.index(purpose))
            for purpose, pattern in _PATTERNS.items()
            for match in pattern.finditer(text)
        ]
        if ends:
            winner = rank[min(ends)[1]]
            others = [rank[number] for _, number in ends if rank[number] in _OCCASIONS]
            return others[0] if winner == "event" and others else winner
    return next((purpose for purpose, pattern in _PATTERNS.items() if pattern.search(prompt)), "other")
