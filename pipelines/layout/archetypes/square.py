"""Title top-left, facts bottom-left, the hero cropped by the right edge between and beside them."""

from collections.abc import Sequence

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import ROUND, circle_gap, put_label_row
from pipelines.layout.block import Block, vstack
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.layout.type import has_cjk

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
    info, narrow = _info(job)
    info_top = frame.bottom - info.height
    info.put(sheet, frame.left, info_top, job.page)
    top = put_label_row(job, sheet, job.page, 4.6)
    room = (info_top if info.marks else frame.bottom) - top
    text = content.title.text
    least = 2 if has_cjk(text) and 4 <= len(text) <= 8 and frame.shape == "portrait" else 1
    head = head_within(frame, pack, content, frame.measure, 0.66 * room, budget=0.36 * frame.height * job.title_scale,
                       least=least)  # fmt: skip
    head.block.put(sheet, frame.left, top, job.page)
    below = top + head.block.height + 3 * u
    bottom = frame.height if narrow or not info.marks else info_top - 3 * u
    if bottom - below < 0.24 * frame.height:
        raise DoesNotFit(ID)
    side = 0.24 * frame.width if bottom == frame.height else 0.0
    start = top if job.hero.hero in ROUND else below
    sheet.hero_zone = Box(side, start, frame.width - side, bottom - start)
    if job.hero.hero in ROUND - {"rings", "subject"}:
        found = _corner(job, sheet.inks) if bottom == frame.height else None
        if found is not None:
            cx, cy, radius = found
            sheet.params |= {"center": [cx, cy], "radius": radius}
    return sheet


def _info(job: Job) -> tuple[Block, bool]:
    """Facts as a narrow column at the left, so that the hero may take the corner; else over the whole measure."""
    frame, content = job.frame, job.content
    builder = Info(frame, job.pack, 0.48 * frame.measure)
    whole = Info(frame, job.pack, frame.measure).everything(content)
    if content.info_count > 4 or content.names or content.body or content.legal:
        return whole, False
    key = builder.key(content.key, builder.width) if content.key else Block()
    if key is None:
        return whole, False
    column = vstack([key, builder.stacked(content.facts)], 3.2 * frame.u * frame.scale)
    return (column, True) if column.height <= 0.36 * frame.height else (whole, False)


def _corner(job: Job, boxes: Sequence[Box]) -> tuple[float, float, float] | None:
    """The largest circle cut by the right and the lower edge that keeps clear of all texts."""
    frame, u = job.frame, job.frame.u
    for share in (0.62, 0.58, 0.54, 0.50, 0.47, 0.44, 0.41, 0.38, 0.35):
        radius = share * frame.width * job.hero_scale
        for right, low in ((0.18, 0.16), (0.22, 0.20), (0.26, 0.24), (0.30, 0.28), (0.34, 0.32)):
            cx, cy = frame.width - radius + 2 * radius * right, frame.height - radius + 2 * radius * low
            if all(circle_gap(cx, cy, radius, box) >= 2.5 * u for box in boxes):
                return cx, cy, radius
    return None


ARCHETYPE = Archetype(ID, suits, layout)
