"""Type is the picture: the title at the foot of the page over its full measure, a form bleeding off the top right."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.layout.type import has_cjk

ID = "type-only"


def suits(job: Job) -> float:
    """Only a title, or a title wanted at the foot; else now and then, for editorial packs."""
    content = job.content
    if content.body_length > 60 or content.info_count > 5:
        return 0.0
    if content.only_title:
        return 2.0
    if content.title.place == "bottom":
        return 1.8
    if job.frame.shape in {"wide", "banner"}:
        return 0.0
    return 1.0 if job.brief.purpose in {"exhibition", "event", "concert", "other", "charity"} else 0.7


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when nothing is left for the form above."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure).everything(content)
    bottom = frame.bottom
    if info.marks:
        info.put(sheet, frame.left, bottom - info.height, job.page)
        bottom -= info.height + 3.4 * u * frame.scale
        if job.allows("rule"):
            sheet.rule(frame.left, bottom, frame.measure, sheet.faint(job.page))
        bottom -= 4.4 * u * frame.scale
    top = put_label_row(job, sheet, job.page, 5.0)
    text = content.title.text
    wide = frame.shape in {"wide", "banner"}
    least = 2 if has_cjk(text) and 4 <= len(text) <= 8 and not wide else 1
    room = bottom - top
    if room < 8 * u:
        raise DoesNotFit(ID)
    share = 0.60 if content.only_title else 0.34
    head = head_within(frame, pack, content, frame.measure, 0.8 * room, budget=share * frame.height * job.title_scale,
                       least=least, most=4, largest=(48 if len(text) <= 2 else 40) * u)  # fmt: skip
    y = bottom - head.block.height
    head.block.put(sheet, frame.left, y, job.page)
    if y - top < (0.14 if content.only_title or wide else 0.30) * frame.height:
        raise DoesNotFit(ID)
    if not job.hero.known and not job.hero.field:
        sheet.hero = ("discs", "halftone", "rings")[job.pick("type-only", 3)]
    # The label row lies on the page, so the form keeps below it; only the page's own edge may cut it.
    start = top if content.brands or content.labels else 0.0
    sheet.hero_zone = Box(0.18 * frame.width, start, 0.82 * frame.width, y - 3 * u - start)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
