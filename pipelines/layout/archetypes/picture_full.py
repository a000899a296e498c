"""The user's picture is the page; the words stand at its foot on a veil of the picture's own dark."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.frames import scrim
from pipelines.layout.head import head_within, label_row
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pictures import cover, sharpness
from pipelines.layout.sheet import DoesNotFit, Sheet, shape
from storage.documents.style import ElementStyle, linear

ID = "picture-full"
_STYLES = {"minimalist": 0.35, "cartoon": 0.5, "sale": 0.7, "business": 0.8}


def suits(job: Job) -> float:
    """One large picture that keeps most of itself in the page's shape, and few words."""
    frame, pictures = job.frame, job.pictures
    picture = pictures.shown[0]
    kept = min(picture.ratio / (frame.width / frame.height), (frame.width / frame.height) / picture.ratio)
    if (
        frame.shape in {"wide", "banner"} or len(pictures.shown) > 1 or pictures.logo or pictures.cutout
        or picture.ground is not None or picture.flat > 0.97 or kept < 0.42 or job.hero_scale < 1
        or sharpness(picture, frame.page) < 0.6 or job.content.body_length or job.content.info_count > 5
    ):  # fmt: skip
        return 0.0
    return _STYLES.get(job.pack.id, 1.1) * (1.15 if pictures.dark else 1.0)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the words would hide more than half of the picture."""
    frame, pack, content, palette = job.frame, job.pack, job.content, job.palette
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure).everything(content)
    foot = frame.bottom - info.height
    gap = 5.0 * u * frame.scale if info.marks else 0.0
    room = foot - gap - 0.46 * frame.height
    if room < 6 * u:
        raise DoesNotFit(ID)
    budget = min(0.22 * frame.height, room) * job.title_scale
    head = head_within(frame, pack, content, frame.measure, room, budget=budget)
    top = foot - gap - head.block.height
    sheet.pictures.append(cover(job.pictures.shown[0], frame.page, "Picture", "hero"))
    sheet.decorations.append(scrim(frame, palette.deep, max(0.0, top - 0.24 * frame.height), 0.94))
    if label_row(frame, pack, content, frame.measure).marks:
        high = 0.22 * frame.height
        veil = shape(Box(0, 0, frame.width, high), palette.deep, "Upper veil", "scrim")
        fill = linear([f"{palette.deep}d9", f"{palette.deep}8c", f"{palette.deep}00"], 180, [0, 0.45, 1])
        sheet.decorations.append(veil.model_copy(update={"style": ElementStyle(fill=fill)}))
        put_label_row(job, sheet, job.strip)
    head.block.put(sheet, frame.left, top, job.strip)
    info.put(sheet, frame.left, foot, job.strip)
    if info.marks and job.allows("rule"):
        sheet.rule(frame.left, foot - gap / 2, frame.measure, sheet.faint(job.strip))
    sheet.hero = None
    sheet.hero_zone = Box(0, 0, frame.width, top)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
