"""A field of forms bleeds off the top; below it rule, title over the full measure, facts, and a contact strip."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_strip
from pipelines.layout.block import vstack
from pipelines.layout.head import head_within, label_row
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "tile-field"


def suits(job: Job) -> float:
    """Business and hiring, or any hero that is a field, on upright pages; titles wanted on top excluded."""
    content = job.content
    if job.frame.shape not in {"portrait", "tall"} or content.title.place == "top" or content.body_length > 60:
        return 0.0
    if content.only_title:
        return 0.0
    score = 1.1 if job.brief.purpose in {"hiring", "course"} else 0.7
    return score if job.hero.field or job.hero.hero in {"discs", "arches", "halftone"} else 0.45 * score


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when less than a quarter of the page is left for the field."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    builder = Info(frame, pack, frame.measure)
    info = builder.everything(content)
    bottom = frame.bottom
    if info.marks:
        bottom = (
            put_strip(job, sheet, info).y - 0.85 * frame.margin if pack.strip else frame.bottom - info.height - 6 * u
        )
        if not pack.strip:
            info.put(sheet, frame.left, frame.bottom - info.height, job.page)
            sheet.rule(frame.left, bottom + 3 * u, frame.measure, sheet.faint(job.page))
    row = label_row(frame, pack, content, frame.measure)
    head = head_within(frame, pack, content, frame.measure, 0.5 * bottom, budget=0.28 * frame.height * job.title_scale)
    stack = vstack([row, head.block], 4.4 * u * frame.scale)
    y = bottom - stack.height
    stack.put(sheet, frame.left, y, job.page)
    field_bottom = y - 4.6 * u
    if field_bottom < 0.26 * frame.height:
        raise DoesNotFit(ID)
    sheet.strip = None  # the hero stands on nothing here: it hangs from the top
    sheet.hero_zone = Box(0, 0, frame.width, field_bottom)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
