"""Title fills the top measure, hero bleeds left and right below it, facts on a deep strip: the portrait default."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import ROUND
from pipelines.layout.head import head_within, label_row
from pipelines.layout.hero_choice import GROUNDED
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "fill-top"
_STANDING = GROUNDED | {"arches"}


def suits(job: Job) -> float:
    """Portrait pages with a title of some length and up to five facts."""
    content = job.content
    if job.frame.shape not in {"portrait", "tall", "square"} or content.title.place == "bottom":
        return 0.0
    score = 1.0
    if content.info_count > 5 or content.body_length > 60 or len(content.title.text) > 24:
        score = 0.45
    if content.only_title or job.frame.shape == "square":
        score *= 0.5
    return score


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the hero would get less than a fifth of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure).everything(content)
    with_strip = pack.strip and bool(info.marks)
    ground = job.strip if with_strip else job.page
    info_top = frame.bottom - info.height
    base = frame.bottom if not info.marks else info_top - (0.95 * frame.margin if with_strip else 4 * u)

    row = label_row(frame, pack, content, frame.measure)
    top = frame.top
    if row.marks:
        row.put(sheet, frame.left, top, job.page)
        top += row.height + 5.2 * u * min(frame.scale, 1)
    budget = (0.30 if frame.shape != "square" else 0.34) * frame.height * job.title_scale
    room = base - top
    head = head_within(frame, pack, content, frame.measure, 0.62 * room, budget=budget)
    head.block.put(sheet, frame.left, top, job.page)
    below = top + head.block.height + 3 * u
    hero_height = base - below
    if hero_height < (0.20 if frame.shape != "square" else 0.17) * frame.height:
        raise DoesNotFit(ID)
    if with_strip:
        strip = Box(0, base, frame.width, frame.height - base)
        sheet.panel(strip, job.palette.deep, "Info strip")
        sheet.strip, sheet.strip_color = strip, job.palette.deep
    elif info.marks and job.allows("rule"):
        sheet.rule(frame.left, info_top - 3 * u, frame.measure, sheet.faint(job.page))
    if info.marks:
        info.put(sheet, frame.left, info_top, ground)
    zone_bottom = base if with_strip or info.marks else frame.height
    if not with_strip and info.marks:
        zone_bottom = info_top - 5.5 * u
    # A round thing cropped at the right may rise beside short lines; it keeps clear of them itself.
    start = top if job.hero.hero in ROUND and job.hero.hero not in {"discs", "rings"} else below
    end = zone_bottom - 3 * u if job.hero.hero in ROUND and with_strip else zone_bottom
    sheet.hero_zone = Box(0, start, frame.width, end - start)
    if not with_strip and job.hero.hero in _STANDING:
        # It stands on the line above the facts, or is cut by the page's foot.
        line = info_top - 3 * u if info.marks else 1.06 * frame.height
        sheet.strip, sheet.strip_color = Box(0, line, frame.width, frame.height - line), job.palette.bg
        sheet.hero_zone = Box(0, below, frame.width, line - below)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
