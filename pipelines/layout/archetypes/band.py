"""Sport and travel: title on top, a band of lanes or a road across the middle, number and facts at the foot."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "band"


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


ARCHETYPE = Archetype(ID, suits, layout)
