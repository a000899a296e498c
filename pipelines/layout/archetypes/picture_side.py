"""Landscape and banner: the words on the left, the user's picture from their side to the right edge."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.wide_bleed import fact_row
from pipelines.layout.block import Block, vstack
from pipelines.layout.head import head_within, label_row
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pictures import put_pictures
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "picture-side"


def suits(job: Job) -> float:
    """Pages wider than high."""
    return 1.0 if job.frame.shape in {"wide", "banner"} else 0.0


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when title and facts leave each other no room."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    banner = frame.shape == "banner"
    sheet = job.sheet(ID)
    edge = _edge(job)
    width = edge - frame.left - 5 * u
    info = Info(frame, pack, width)
    row: Block | None = fact_row(job, content.key, content.facts, width) if content.info_count else Block()
    if row is None:
        large = info.key_block(content.key, width) if content.key else Block()
        row = vstack([large, info.columns(content.facts, 2 if len(content.facts) > 2 else 1, rules=False)],
                     3 * u * frame.scale)  # fmt: skip
    foot = vstack([info.names(content.names, frame.sub), info.paragraphs(content.body), row, info.legal(content.legal)],
                  3.2 * u * frame.scale)  # fmt: skip
    foot_top = frame.bottom - foot.height
    foot.put(sheet, frame.left, foot_top, job.page)
    top = frame.top
    labels = label_row(frame, pack, content, width)
    if labels.marks:
        labels.put(sheet, frame.left, top, job.page)
        top += labels.height + (3.5 if banner else 5.0) * u * min(frame.scale, 1.0)
    bottom = foot_top - (4 if banner else 6) * u * frame.scale if foot.marks else frame.bottom
    if bottom - top < 6 * u:
        raise DoesNotFit(ID)
    budget = (0.52 if banner else 0.50) * frame.height * job.title_scale
    head = head_within(frame, pack, content, width, bottom - top, budget=budget, most=2 if banner else 3)
    if head.title.size < 1.2 * frame.body:
        raise DoesNotFit(ID)
    spare = bottom - top - head.block.height
    share = {"top": 0.0, "bottom": 1.0}.get(content.title.place, 0.5)
    head.block.put(sheet, frame.left, top + spare * share, job.page)
    put_pictures(job, sheet, Box(edge, 0, frame.width - edge, frame.height))
    return sheet


def _edge(job: Job) -> float:
    """Where the picture begins: a wide one takes more of the page than an upright one, as far as its shape asks."""
    frame = job.frame
    wish = job.pictures.shown[0].ratio * frame.height
    share = 0.34 if frame.shape == "banner" else 0.40
    most = 0.46 if frame.shape == "banner" else 0.52
    return frame.width - min(max(wish, share * frame.width), most * frame.width)


ARCHETYPE = Archetype(ID, suits, layout)
