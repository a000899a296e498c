"""Festivals and openings: everything on one axis, the title inside a moon or medallion, a thin frame around."""

import math
from dataclasses import replace

from pipelines.geometry import Box
from pipelines.layout.block import lines_block, vstack
from pipelines.layout.breaking import break_title
from pipelines.layout.color import Lch, lch
from pipelines.layout.frames import notched_frame
from pipelines.layout.head import label_row, split_title, subtitles, title_voice
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Ground, Sheet, metal
from pipelines.layout.type import Piece, has_cjk

ID = "centre-axis"
HOLDERS = frozenset({"lantern", "moon"})


def suits(job: Job) -> float:
    """Upright pages, a short title, a festival or an opening."""
    content = job.content
    length = len(content.title.text)
    if job.frame.shape not in {"portrait", "tall", "square"} or length > (9 if has_cjk(content.title.text) else 24):
        return 0.0
    if content.body_length > 60 or content.info_count > 5 or content.title.place == "bottom":
        return 0.0
    score = 1.2 if job.brief.purpose in {"festival", "opening"} else 0.5
    if job.hero.known and job.hero.hero not in HOLDERS:
        score *= 0.35
    return score * (1.0 if length <= 4 else 0.8)


def holder_ground(job: Job, hero: str) -> Ground:
    """The disc's colour and what can be read on it."""
    palette = job.palette
    if hero == "moon":
        ink = Lch(0.26, min(lch(palette.bg).c, 0.10), lch(palette.bg).h).to_hex()
        return Ground("#f6eed6", ink, ink, ink)
    page = lch(palette.bg)
    source = page if palette.mode == "vivid" else lch(palette.primary)
    fill = source.at(max(0.20, min(0.40, page.l - 0.12))).to_hex()
    light = palette.accent if lch(palette.accent).l > 0.6 else "#f3d9a0"
    return Ground(fill, light, light, light)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the disc would be smaller than a fifth of the width."""
    pack, content = job.pack, job.content
    framed = job.allows("frame")
    frame = replace(job.frame, extra=max(job.frame.extra, 1.5)) if framed else job.frame
    u = frame.u
    sheet = job.sheet(ID)
    sheet.frame = frame
    sheet.hero = job.hero.hero if job.hero.hero in HOLDERS else "lantern"
    row = label_row(frame, pack, content, frame.measure, align="center")
    if row.marks:
        row.put(sheet, frame.left, frame.top, job.page)
    text, rest = split_title(content.title.text)
    subs = subtitles(frame, pack, content, frame.measure, 14 * u, rest=rest)
    sub_block = lines_block(subs, ["ink"] * len(subs), 0.6 * frame.body, "center", frame.measure)
    info = vstack([sub_block, Info(frame, pack, frame.measure, "center").everything(content)], 3.2 * u * frame.scale)
    info_top = frame.bottom - info.height
    info.put(sheet, frame.left, info_top, job.page)

    high = frame.top + row.height + 3 * u
    room = (info_top if info.marks else frame.bottom) - high
    radius = min(0.345 * frame.width, 0.44 * room)
    if radius < 0.17 * frame.width:
        raise DoesNotFit(ID)
    # The waves at the foot want some of the room below the disc.
    cx, cy = frame.width / 2, max(high + radius, high + (room - 13 * u) / 2)
    cy = min(cy, high + room - radius - 2 * u)
    title = _title_in_disc(job, text, radius)
    ground = holder_ground(job, sheet.hero)
    fill = metal(ground.ink, ground.fill) if pack.title == "gold" and sheet.hero == "lantern" else None
    sheet.put(title, cx, cy - title.height / 2 + title.ascent, ground.ink, ground, align="center", fill=fill)
    sheet.params |= {"center": [cx, cy], "radius": radius}
    sheet.hero_zone = Box(0, 0, frame.width, max(info_top, cy + radius))
    if framed:
        sheet.decorations += notched_frame(frame, ground.ink if sheet.hero == "lantern" else job.palette.accent)
    return sheet


def _title_in_disc(job: Job, text: str, radius: float) -> Piece:
    voice = title_voice(job.pack, text)
    least = 2 if has_cjk(text) and len(text) in {4, 6, 8} else 1
    broken = break_title(text, voice, 1.66 * radius, 1.4 * radius, most=3, least=least)
    if broken is None:
        broken = break_title(text, voice, 1.66 * radius, 1.4 * radius, most=3)
    if broken is None:
        raise DoesNotFit(ID)
    title = Piece(
        broken.lines,
        voice,
        broken.size * job.title_scale,
        broken.pitch,
        job.content.title.index,
        "title",
        "Title",
        optical=True,
    )
    reach = math.hypot(title.width / 2, title.height / 2)
    return title.at_size(min(title.size, title.size * 0.90 * radius / reach))


ARCHETYPE = Archetype(ID, suits, layout, modes=("vivid", "dark"))
