"""Title top-left, facts bottom-left, the hero cropped by the right edge between and beside them."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import ROUND, put_label_row
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "square"


def suits(job: Job) -> float:
    """Square pages; upright ones with few facts as a second choice."""
    if job.content.title.place == "bottom" or job.content.body_length > 60:
        return 0.0
    if job.frame.shape == "square":
        return 1.0 if job.content.info_count <= 5 else 0.5
    upright = job.frame.shape == "portrait" and job.content.info_count <= 4 and not job.hero.field
    return (0.85 if job.hero.hero in ROUND else 0.55) if upright else 0.0


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when texts take more than three quarters of the height."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    narrow = 0.52 * frame.measure
    pair = Info(frame, pack, frame.measure).everything(content)
    info = Info(frame, pack, narrow).everything(content) if content.info_count <= 3 else pair
    if info.height > 0.34 * frame.height:
        info = pair
    info_top = frame.bottom - info.height
    info.put(sheet, frame.left, info_top, job.page)
    top = put_label_row(job, sheet, job.page, 4.6)
    room = (info_top if info.marks else frame.bottom) - top
    width = frame.measure if len(content.title.text) > 5 else 0.86 * frame.measure
    head = head_within(frame, pack, content, width, 0.66 * room, budget=0.34 * frame.height * job.title_scale)
    head.block.put(sheet, frame.left, top, job.page)
    below = top + head.block.height + 3 * u
    bottom = info_top - 3 * u if info.width > narrow or not info.marks else frame.height
    if bottom - below < 0.24 * frame.height:
        raise DoesNotFit(ID)
    side = 0.30 * frame.width if bottom == frame.height else 0.0
    start = top if job.hero.hero in ROUND else below
    sheet.hero_zone = Box(side, start, frame.width - side, bottom - start)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
