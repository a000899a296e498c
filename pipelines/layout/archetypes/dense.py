"""The last resort: title above, everything else in as many columns as it takes. Always legible before beautiful."""

from pipelines.geometry import Box
from pipelines.layout.block import vstack
from pipelines.layout.head import head_within, label_row
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "dense"


def suits(_job: Job) -> float:
    """Any page, after all others."""
    return 0.02


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the text is taller than the page at this scale."""
    frame, pack, content = job.frame, job.pack, job.content
    gap = max(2.0 * frame.u * frame.scale, 0.8 * frame.body)
    sheet = job.sheet(ID)
    row = label_row(frame, pack, content, frame.measure)
    info = Info(frame, pack, frame.measure)
    facts = ([content.key] if content.key else []) + content.facts
    rest = [
        info.names(content.names, frame.body),
        info.paragraphs(content.body),
        info.columns(facts, rules=frame.scale == 1.0),
        info.legal(content.legal),
    ]
    below = vstack(rest, 1.2 * gap)
    space = (
        frame.bottom
        - frame.top
        - (row.height + gap if row.marks else 0)
        - (below.height + 1.5 * gap if below.marks else 0)
    )
    if space < 1.5 * frame.body:
        raise DoesNotFit(ID)
    head = head_within(frame, pack, content, frame.measure, space, most=4)
    y = frame.top
    if row.marks:
        row.put(sheet, frame.left, y, job.page)
        y += row.height + gap
    head.block.put(sheet, frame.left, y, job.page)
    if below.marks:
        below.put(sheet, frame.left, frame.bottom - below.height, job.page)
    sheet.hero = None
    sheet.hero_zone = Box(0, 0, frame.width, frame.height)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
