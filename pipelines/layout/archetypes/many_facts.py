"""Title and key fact over the hero on the upper part; a deep panel below holds many facts in columns."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row, solve_circle
from pipelines.layout.block import vstack
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "many-facts"


def suits(job: Job) -> float:
    """Five facts or more on an upright or square page."""
    if job.frame.shape not in {"portrait", "tall", "square"}:
        return 0.0
    count = job.content.info_count
    return 0.0 if count < 5 else (0.8 if count < 7 else 1.5)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the panel would take more than 62 % of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure)
    table = vstack(
        [info.names(content.names, frame.sub), info.paragraphs(content.body), info.columns(content.facts),
         info.legal(content.legal)], 3 * u * frame.scale,
    )  # fmt: skip
    pad = 0.85 * frame.margin
    panel_top = frame.bottom - table.height - pad
    if panel_top < 0.38 * frame.height:
        raise DoesNotFit(ID)
    panel = Box(0, panel_top, frame.width, frame.height - panel_top)
    sheet.panel(panel, job.palette.deep, "Info panel")
    table.put(sheet, frame.left, frame.bottom - table.height, job.strip)
    top = put_label_row(job, sheet, job.page, 4.6)
    key_bottom = panel_top - 0.8 * frame.margin
    key_top = key_bottom
    if content.key:
        block = info.key_block(content.key, 0.62 * frame.measure)
        key_top = key_bottom - block.height
        block.put(sheet, frame.left, key_top, job.page)
    room = key_top - 3 * u - top
    if room < 8 * u:
        raise DoesNotFit(ID)
    head = head_within(frame, pack, content, frame.measure, room, budget=0.26 * frame.height * job.title_scale)
    head.block.put(sheet, frame.left, top, job.page)
    below = top + head.block.height + 2.5 * u
    sheet.strip, sheet.strip_color = panel, job.palette.deep
    sheet.hero_zone = Box(0, below, frame.width, panel_top - below)
    if job.hero.field:
        sheet.hero = "discs"
    if sheet.hero:
        table_box = Box(frame.left, frame.bottom - table.height, frame.measure, table.height)
        found = solve_circle(job, [*sheet.inks, table_box], below, panel_top, 0.40 * frame.width, 0.17 * frame.width)
        if found is None:
            # Better a pattern in the page's tone than a small thing in a corner.
            sheet.hero, sheet.background = None, "bars"
        if found is not None:
            sheet.hero_zone = Box(
                found[0] - found[2], found[1] - found[2], frame.width - found[0] + found[2], 2 * found[2]
            )
            sheet.params |= {"center": [found[0], found[1]], "radius": found[2]}
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
