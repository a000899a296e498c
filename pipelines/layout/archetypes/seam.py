"""Two colour blocks and a round hero centred on their seam, cropped at the right: products, food, markets."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import ROUND, put_label_row, solve_circle
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.layout.type import has_cjk

ID = "seam"


def suits(job: Job) -> float:
    """A product or a dish that is round, a short title, few facts, on an upright page."""
    content = job.content
    if (
        job.frame.shape not in {"portrait", "tall", "square"}
        or job.hero.hero not in ROUND
        or content.title.place == "bottom"
    ):
        return 0.0
    length = len(content.title.text) / (1 if has_cjk(content.title.text) else 2.5)
    score = {"product": 1.3, "food": 1.15, "opening": 0.7}.get(job.brief.purpose, 0.75)
    if length > 9 or content.info_count > 4 or content.body_length > 40 or content.names:
        score *= 0.4
    return score


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when no circle of a fair size keeps clear of the texts."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure).everything(content)
    info_top = frame.bottom - info.height
    info.put(sheet, frame.left, info_top, job.surface)
    top = put_label_row(job, sheet, job.page, 6.5)
    share = 0.62 if len(content.title.text) <= 8 else 0.80
    height = (0.30 if frame.shape != "square" else 0.34) * frame.height * job.title_scale
    least = 2 if has_cjk(content.title.text) and 4 <= len(content.title.text) <= 8 else 1
    head = head_within(frame, pack, content, share * frame.measure, 0.5 * (info_top - top), budget=height, least=least)
    head.block.put(sheet, frame.left, top, job.page)
    head_bottom = top + head.block.height
    low, high = head_bottom + 3 * u, info_top - 3 * u
    found = solve_circle(job, sheet.inks, max(low, 0.42 * frame.height), min(high, 0.72 * frame.height),
                         0.475 * frame.width, 0.20 * frame.width, preferred=0.6)  # fmt: skip
    if found is None or high - low < 4 * u:
        raise DoesNotFit(ID)
    cx, cy, radius = found
    seam = min(max(cy, low), high)
    sheet.panel(Box(0, seam, frame.width, frame.height - seam), job.palette.surface, "Paper")
    sheet.hero_zone = Box(cx - radius, cy - radius, frame.width - cx + radius, 2 * radius)
    sheet.params |= {"center": [cx, cy], "radius": radius, "petals": True}
    return sheet


ARCHETYPE = Archetype(ID, suits, layout, modes=("vivid",))
