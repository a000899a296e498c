"""Sport and travel: title on top, a band of lanes or a road across the middle, number and facts at the foot."""

import re
from dataclasses import replace

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.block import Block, Mark
from pipelines.layout.content import Content, Entry
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import bold
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.layout.type import Piece, has_cjk

ID = "band"
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s?(km|公里|千米|米|m|K|miles?|英里)", re.IGNORECASE)


def suits(job: Job) -> float:
    """Heroes that run across the page, on upright pages."""
    content = job.content
    if (
        job.frame.shape not in {"portrait", "tall"}
        or job.hero.hero not in {"track", "bars"}
        or content.title.place == "bottom"
    ):
        return 0.0
    return 1.5 if content.info_count <= 5 and content.body_length <= 60 else 0.3


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the band would be thinner than a quarter of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    distance = _distance(content)
    if distance is not None:
        content = _without(content, distance)
        left = _giant(job, distance)
        right = Info(frame, pack, frame.measure - left.width - 6 * u, "right").everything(content)
        if right.height > 0.3 * frame.height or content.names:
            raise DoesNotFit(ID)
        height = max(left.height, right.height)
        info_top = frame.bottom - height
        left.put(sheet, frame.left, frame.bottom - left.height, job.page)
        right.put(sheet, frame.left + left.width + 6 * u, frame.bottom - right.height, job.page)
    else:
        info = Info(frame, pack, frame.measure).everything(content)
        info_top = frame.bottom - info.height
        info.put(sheet, frame.left, info_top, job.page)
    top = put_label_row(job, sheet, job.page)
    head = head_within(
        frame, pack, content, frame.measure, 0.5 * (info_top - top), budget=0.30 * frame.height * job.title_scale
    )
    head.block.put(sheet, frame.left, top, job.page)
    below = top + head.block.height + 3 * u
    if info_top - 4 * u - below < 0.25 * frame.height:
        raise DoesNotFit(ID)
    sheet.hero_zone = Box(0, below, frame.width, info_top - 4 * u - below)
    return sheet


def _distance(content: Content) -> Entry | None:
    """A short length among the texts: "42 km", "21公里"."""
    key = [content.key] if content.key else []
    pool = [*content.subtitles, *key, *content.facts]
    return next((entry for entry in pool if _LENGTH.fullmatch(entry.text) and not entry.label), None)


def _without(content: Content, used: Entry) -> Content:
    facts = [entry for entry in content.facts if entry is not used]
    key = content.key if content.key is not used else None
    if key is None and facts:
        key, facts = facts[0], facts[1:]
    subtitles = [entry for entry in content.subtitles if entry is not used]
    return replace(content, subtitles=subtitles, key=key, facts=facts)


def _giant(job: Job, entry: Entry) -> Block:
    """The number 24 u high with its unit at a third of it, on one baseline."""
    match = _LENGTH.fullmatch(entry.text)
    number, unit = (match.group(1), match.group(2)) if match else (entry.text, "")
    voice = job.pack.type.numeral
    u = job.frame.u
    figure = Piece((number,), voice, 30 * u, 1.0, entry.index, entry.item.role, "Distance", optical=True)
    figure = figure.at_size(min(30 * u * 24 * u / figure.ascent, 30 * u * 42 * u / figure.width))
    small = bold(job.pack.type.title if has_cjk(unit) else voice)
    piece = Piece((unit,), small, 0.34 * figure.size, 1.0, entry.index, entry.item.role, "Unit", optical=True)
    x = figure.width + 1.6 * u
    marks = (Mark(figure, 0.0, 0.0, "left", "ink"), Mark(piece, x, 0.0, "left", "ink"))
    return Block(marks, x + piece.width, figure.ascent).moved(0, figure.ascent)


ARCHETYPE = Archetype(ID, suits, layout)
