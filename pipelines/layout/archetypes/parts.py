"""Parts that several archetypes share: the label row on the page, the strip, the solver for round heroes."""

from collections.abc import Sequence

from pipelines.geometry import Box
from pipelines.layout.block import Block
from pipelines.layout.head import label_row
from pipelines.layout.job import Job
from pipelines.layout.sheet import Ground, Sheet

ROUND = frozenset({"cup", "record", "ball", "lens", "wheel", "discs", "moon", "rings", "subject"})


def put_label_row(job: Job, sheet: Sheet, ground: Ground, gap: float = 5.2, *, align: str = "left") -> float:
    """Brand and label on the top margin; returns the y where the title may start."""
    frame = job.frame
    row = label_row(frame, job.pack, job.content, frame.measure, align=align)
    if not row.marks:
        return frame.top
    row.put(sheet, frame.left, frame.top, ground)
    return frame.top + row.height + gap * frame.u * min(frame.scale, 1.0)


def put_strip(job: Job, sheet: Sheet, info: Block, *, pad: float = 0.95) -> Box:
    """The deep strip at the page's foot that holds the info block; returns its box."""
    frame = job.frame
    top = frame.bottom - info.height - pad * frame.margin
    strip = Box(0, top, frame.width, frame.height - top)
    sheet.panel(strip, job.palette.deep, "Info strip")
    sheet.strip, sheet.strip_color = strip, job.palette.deep
    info.put(sheet, frame.left, frame.bottom - info.height, job.strip)
    return strip


def circle_gap(cx: float, cy: float, radius: float, box: Box) -> float:
    """Distance between a circle and a box; negative when they meet."""
    dx = max(box.x - cx, 0.0, cx - box.right)
    dy = max(box.y - cy, 0.0, cy - box.bottom)
    return float((dx * dx + dy * dy) ** 0.5) - radius


def solve_circle(
    job: Job,
    boxes: Sequence[Box],
    low: float,
    high: float,
    largest: float,
    least: float,
    crops: Sequence[float] = (0.16, 0.20, 0.13),
    preferred: float = 0.5,
) -> tuple[float, float, float] | None:
    """The largest circle (cx, cy, radius) cropped at the right edge that keeps 2.5 u from all boxes, its centre between
    ``low`` and ``high``. ``preferred``: where in that range the centre likes to be. None below ``least``."""
    frame = job.frame
    gap = 2.5 * frame.u
    steps = sorted((index / 24 for index in range(25)), key=lambda place: abs(place - preferred))
    radius = largest * job.hero_scale
    while radius >= least:
        for crop in crops:
            cx = frame.width - radius + 2 * radius * crop
            for place in steps:
                cy = low + (high - low) * place
                if all(circle_gap(cx, cy, radius, box) >= gap for box in boxes):
                    return cx, cy, radius
        radius *= 0.965
    return None
