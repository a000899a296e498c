"""Patterns of dates and times, Chinese and English, on folded text."""

import re

_TO = r"\s?(?:[-–—~]{1,2}|至|到)\s?"
_PART = (
    r"(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|晚(?![上间会安餐报市])"
    r"|早(?![上晨餐安市报期鸟教班茶点]))"
)
_HAN = "[一二三四五六七八九十]"
_YEAR = r"(?:(?:\d{4}|[二〇零一二三四五六七八九]{4})年(?![度级代货会夜轻终])\s?)"
_DAY = r"(?:\d{1,2}|初?[一二三四五六七八九十廿]{1,3})[日号]?"
_MONTH_DAY = (
    rf"(?:{_YEAR}?(?:农历)?(?<!\d)(?:\d{{1,2}}月(?:\s?\d{{1,2}}(?:[日号]|(?![\d日号个位家场折]))|[上中下]旬|底"
    rf"|初)?|(?:正|腊|冬|{_HAN}{{1,2}})月{_DAY})"
    rf"|{_YEAR}(?:春|夏|秋|冬)?季?)"
)
_WEEKDAY = (
    r"(?:每|本|这|下)?个?(?:周|星期|礼拜)[一二三四五六日天末](?![节次期场更款年个])(?:[、和及]?(?:周"
    r"|星期)?[五六日天末](?![节次期场更款年个常]))?"
)
_DOTTED = (
    r"(?<![\d.])(?:0?[1-9]|1[0-2])\.(?:0[1-9]|[12]\d|3[01])(?![\d.]|\s?(?:元|折|%|k|万|公里|米|倍|版|分|级|寸"
    r"|升|斤|g|m|版本|块|亿|[ap]\.?m))"
    r"|(?<![\d.])(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])(?=\s?[-–—~至到]{1,2}\s?(?:1[0-2]|0?[1-9])\.\d{1,2}(?![\d.%元折]))"
    r"|(?<=[-–—~至到])(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])(?![\d.%元折])"
)
_GERMAN = r"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:20\d{2})?(?!\d)"
_SLASHED = r"(?<![\d/])(?:0?[1-9]|1[0-2])/(?:[012]?\d|3[01])(?:/(?:20)?\d{2})?(?![\d/]|\s?(?:price|cup|off|元|的))"
_WEEK_IN_BRACKETS = (
    r"(?:\s?[(（]\s?(?:周|星期)[一二三四五六日天末](?:[、至到-](?:周|星期)?[一二三四五六日天末])?\s?[)）])?"
)
_DAY_ONLY = r"(?<![\d.])\d{1,2}[日号](?!楼|线|店|馆|厅|院|门|公寓|会|常)"
_ZH_DATE = (
    rf"(?:{_MONTH_DAY}|{_DOTTED}){_WEEK_IN_BRACKETS}(?:{_TO}(?:{_MONTH_DAY}|{_DOTTED}|{_DAY_ONLY}"
    rf"|\d{{1,2}}(?![\d:]))(?:日|号)?{_WEEK_IN_BRACKETS})?"
    rf"(?:起(?!床|来|步)|之前|以前|前(?!端|台|往|来)|截止(?![\u4e00-\u9fff])|止)?(?:[ \t]?{_PART}(?!会|安|餐|市|报"
    rf"|\s?[\d一二三四五六七八九十两]))?"
    rf"|{_WEEKDAY}(?:{_TO}(?:周|星期|礼拜)?[一二三四五六日天末])?(?:\s?{_PART}(?!会|安|餐|市|报"
    rf"|\s?[\d一二三四五六七八九十两]))?"
    rf"|(?:(?:今|明|后)(?:天|日|晚)|每(?:天|日|晚)|即日起)(?=\s?(?:{_PART}|\d{{1,2}}[:点]|至|[,，。;；\n]"
    rf"|$))(?:\s?{_PART})?(?:{_TO}{_MONTH_DAY})?"
    r"|每月\d{1,2}[日号]"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_NTH = r"(?:st|nd|rd|th)?"
_EN_TO = r"\s?(?:[-–—]|to|through|thru|until|and|&)\s?"
_EN_DAY = rf"\d{{1,2}}{_NTH}(?![\d:a-z]|\s?(?:am|pm|a\.m|p\.m|%))"
_EN_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|tues?|wed|thurs?|thu|fri|sat|sun)\b\.?)"
_EN_DATE = (
    rf"(?<![a-z]){_MONTH}\s{_EN_DAY}(?:(?:,\s{_EN_DAY})*{_EN_TO}(?:{_MONTH}\s)?{_EN_DAY})?(?:,?\s(?:19|20)\d{{2}}(?!\d))?"
    rf"|(?<![\d.:$])(?:\d{{1,2}}{_NTH}{_EN_TO})?\d{{1,2}}{_NTH}[ \t]?(?:of\s)?{_MONTH}(?![a-z])(?:,?\s(?:19"
    rf"|20)\d{{2}}(?!\d))?"
    rf"|(?<![a-z])(?!may\b)(?:{_MONTH})\s(?:19|20)\d{{2}}(?!\d)"
    rf"|(?<![a-z])(?:(?:every|this|next"
    rf"|each)\s)?{_EN_WEEKDAY}(?![a-z])(?:{_EN_TO}{_EN_WEEKDAY}(?![a-z]))?(?:\s(?:night|evening|morning"
    rf"|afternoon)s?\b)?(?:\sin\s{_MONTH}(?:{_EN_TO}{_MONTH})?(?![a-z\d]|\s\d))?"
    r"|(?<![a-z])(?:tonight|tomorrow(?: night)?|(?:this|next|every) weekend|every day|(?:all )?weekends"
    r"|weekdays)(?![a-z])"
    rf"|(?<![a-z])(?:every|first|last) {_EN_WEEKDAY} of (?:the|every|each) month"
    rf"|(?<![a-z])in {_MONTH}(?:{_EN_TO}{_MONTH})?(?=\s*(?:$|[\n,;!?)|]|\.(?:\s|$)))"
)
ISO = (
    r"(?<!\d)(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)(?:\s?[-–—~至到]{1,2}\s?(?:(?:19"
    r"|20)\d{2}[-/.])?\d{1,2}[-/.]\d{1,2}(?!\d))?"
)
DATE = rf"{_ZH_DATE}|{_GERMAN}|{_SLASHED}(?:{_TO}{_SLASHED})?|{_EN_DATE}"

_CLOCK = r"(?<!\d)(?:[01]?\d|2[0-4]):[0-5]\d(?!\d)(?:\s?[ap]\.?m\b\.?)?"
_POINT = r"\d{1,2}点(?:半|整|钟|一刻|[0-5]\d分?)?(?!建|评|赞|击|心)"
_HAN_POINT = rf"{_HAN}{{1,3}}点(?:半|整|钟|一刻)"
_ZH_TIME = (
    rf"(?:{_PART}\s?)?(?:{_CLOCK}|(?<!\d){_POINT}|{_HAN_POINT}|零点(?![\u4e00-\u9fff]))"
    rf"|{_PART}\s?(?:{_HAN}|两){{1,3}}点"
)
_AMPM = r"(?:am|pm|a\.m\.|p\.m\.|a\.m|p\.m)(?![a-z])"
_EN_HOUR = r"\d{1,2}(?:[:.]\d{2})?"
_NOON = r"(?<![a-z])(?:noon|midday|midnight)(?![a-z])"
_LATE = r"(?:late|midnight|midday|noon|close|closing)(?![a-z])"
_UNTIL = r"\s?(?:[-–—]|(?:to|until|till?)(?![a-z]))\s?"
HOURS = (
    r"(?<![\d:.$€£-])(?:(?:[1-9]|1[0-2])(?::[0-5]\d)?\s?(?:to|until|till?)|(?:[1-9]|1[0-2]):[0-5]\d\s?[-–—])\s?"
    r"(?:[1-9]|1[0-2])(?::[0-5]\d)?(?![\d:.%/-]*\d|[a-z%]|\s?(?:am|pm|a\.m|p\.m)\b)"
)
"""Hours without am or pm: 9 to 5. See ``are_hours``."""
TIME = (
    rf"{_NOON}{_UNTIL}(?:{_EN_HOUR}\s?(?:{_AMPM}|o'clock)?(?![\d:])|{_LATE})"
    rf"|(?<![\d:.$])(?:{_EN_HOUR}\s?(?:{_AMPM})?|{_CLOCK}){_UNTIL}{_LATE}|{_NOON}"
    r"|"
    rf"(?<![\d:.$])(?:{_EN_HOUR}\s?(?:{_AMPM})?\s?(?:[-–—]|to|until)\s?)?{_EN_HOUR}\s?{_AMPM}"
    rf"(?:\s?(?:[-–—]|to|until|till)\s?(?:{_EN_HOUR}\s?(?:{_AMPM})?(?![\d:])|late\b|midnight\b|noon\b|close\b))?"
    rf"|(?:{_ZH_TIME})(?:{_TO}(?:次日|第二天)?(?:{_ZH_TIME}))?(?:起(?!床|来|步)|(?:准时)?开始(?![\u4e00-\u9fff]))?"
    r"|(?:(?<=day at )|(?<=days at )|(?<=night at )|(?<=evening at ))(?:[1-9]|1[0-2])"
    r"(?=\s*(?:$|[\n,;!?)|]|\.(?:\s|$))|\s(?:in|at|with|sharp)\s)"
    r"|(?<=at )(?:dusk|dawn|sunset|sunrise)(?![a-z])|\d{1,2} o'clock"
    r"|(?<![\d.:$])(?:[01]?\d|2[0-4])h(?:[0-5]\d)?(?![a-z0-9])"
)

_WEEKDAY_START = re.compile(
    rf"(?:(?:every|this|next|each)\s)?{_EN_WEEKDAY}|tonight|tomorrow|\w+ weekend|weekends|weekdays|every day"
)
_ZH_WEEKDAY = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天末]")
_ZH_AFTER = re.compile(
    rf"\s*(?:$|[^\u4e00-\u9fff]|{_PART}|[在于至到和、前起休]|营业|截止|开[始课放]|举[办行]"
    rf"|[一二三四五六七八九十]{{1,2}}点)"
)
_SHORT = re.compile(r"(?:mon|tues?|wed|thurs?|thu|fri|sat|sun)\.?")
_BEFORE = re.compile(
    r"(?:^|[\n,;:.!?(|–—-]|\b(?:on|from|until|by|date|starting|starts|and|till?|before|after|since|through|open|daily))\s*$"
)
_AFTER = re.compile(
    r"\s*(?:$|[\n,;:.!?)|–—&-]|\d|(?:at|from|in|and|to|with|the|only|through|until|till?|noon|midday|midnight)\b|"
    + _MONTH
    + ")"
)
BOUND = re.compile(
    r"(?<![\w-])(?:until|till?|by|before|after|since|through|from|between)[ \t]+(?:the )?$|(?<![\u4e00-\u9fff])截至$"
)
"""What belongs to the date or time behind it: until 20 December."""
RANGE = re.compile(r"\d\s?[-–—]\s?\d|(?<![a-z])(?:to|until|till?|through|thru)(?![a-z])|[至到~]")
FULL_MONTH = re.compile(r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\.$")

_NOON_ALONE = re.compile(_NOON)
_TIME_BEFORE = re.compile(
    rf"(?:^|[\n,;:.!?(|–—-]|[\d.]\s*|(?<![a-z])(?:at|from|until|till?|by|before|after|to|daily|open|opens|ends|starts|begins|closes|hours|on"
    rf"|{_MONTH}|{_EN_WEEKDAY}|weekdays|weekends|day|weekend|tonight|tomorrow))\s*$"
)
_HOURS_AFTER = re.compile(
    r"\s*(?:$|[\n,;:.!?)|–—-]|(?:at|in|with|on|daily|every|weekdays|weekends|by|and|hosted|for (?!the first))"
    rf"|{_EN_WEEKDAY})"
)
_COUNTS = re.compile(r"(?:ages?|aged|from ages?|teams of|groups? of|for)\s*$")


def is_a_time(shadow: str, start: int, end: int) -> bool:
    """Whether "9 to 5" or "noon" here says when, rather than being part of other words ("Midnight movie marathon")."""
    if not _NOON_ALONE.fullmatch(shadow, start, end):
        return True
    return are_hours(shadow, start, end)


def are_hours(shadow: str, start: int, end: int) -> bool:
    """Whether what stands around bare numbers, or noon, makes them a time: "weekdays 9 to 5", not "ages 8 to 12"."""
    before = shadow[max(0, start - 16) : start]
    after = _HOURS_AFTER.match(shadow, end, min(len(shadow), end + 24))
    return bool(_TIME_BEFORE.search(before) and after) and not _COUNTS.search(before)


def is_a_date(raw: str, shadow: str, start: int, end: int) -> bool:
    """Whether a weekday here says when, rather than being part of a name ("Black Friday Sale", "周末烘焙课")."""
    text = shadow[start:end]
    if _ZH_WEEKDAY.fullmatch(text):
        return _ZH_AFTER.match(shadow, end) is not None
    if not _WEEKDAY_START.match(text):
        return True
    if text.startswith(("every", "this", "next", "each", "first", "last")):
        return True
    after = _AFTER.match(shadow, end, min(len(shadow), end + 24))
    followed_by_day = re.match(r",?\s*(?:the\s)?(?:\d{1,2}|" + _MONTH + ")", shadow[end : end + 16])
    if _SHORT.fullmatch(text):
        return raw[start].isupper() and (followed_by_day is not None)
    return followed_by_day is not None or bool(after and _BEFORE.search(shadow, max(0, start - 12), start))
