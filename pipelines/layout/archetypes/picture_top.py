"""The user's picture bleeds off the upper edges, the words stand on the page below it."""

from pipelines.geometry import Box
from pipelines.layout.head import head_within, label_row
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pictures import melts, put_pictures, sharpness
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "picture-top"
_LEAST, _MOST = 0.40, 0.66  # of the page's height


def suits(job: Job) -> float:
    """Upright and square pages, with a picture that is sharp enough, and no logo to go above it."""
    if job.frame.shape not in {"portrait", "tall", "square"} or job.pictures.logo or job.pictures.cutout or melts(job):
        return 0.0
    if job.content.title.place == "top":
        return 0.3
    frame = job.frame
    sharp = sharpness(job.pictures.shown[0], Box(0, 0, frame.width, 0.5 * frame.height))
    return 1.05 if sharp >= 0.6 else 0.5


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the words leave the picture too little of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure).everything(content)
    row = label_row(frame, pack, content, frame.measure)
    foot = frame.bottom - info.height
    gap = 5.0 * u * frame.scale if info.marks else 0.0
    above = row.height + 3.6 * u * frame.scale if row.marks else 0.0
    room = foot - gap - _LEAST * frame.height - 5.5 * u - above
    if room < 6 * u:
        raise DoesNotFit(ID)
    budget = (0.20 if frame.shape != "square" else 0.17) * frame.height * job.title_scale
    head = head_within(frame, pack, content, frame.measure, room, budget=min(budget, room))
    top = foot - gap - head.block.height
    words = top - above
    edge = min(words - 5.5 * u, _MOST * frame.height)
    if edge < _LEAST * frame.height:
        raise DoesNotFit(ID)
    # With little to say the words follow the picture, and the page's foot stays free.
    spare = words - 5.5 * u - edge
    if row.marks:
        row.put(sheet, frame.left, words - spare, job.page)
    head.block.put(sheet, frame.left, top - spare, job.page)
    info.put(sheet, frame.left, foot, job.page)
    if info.marks and job.allows("rule"):
        sheet.rule(frame.left, foot - gap / 2, frame.measure, sheet.faint(job.page))
    put_pictures(job, sheet, Box(0, 0, frame.width, edge))
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
