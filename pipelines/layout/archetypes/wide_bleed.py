"""Landscape and banner: title and subtitle on the left, hero bleeding off the right, facts in one row at the foot."""

from collections.abc import Sequence

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import ROUND, circle_gap, put_label_row
from pipelines.layout.block import Block, Mark, vstack
from pipelines.layout.content import Entry
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import label_piece, tone_of
from pipelines.layout.sheet import DoesNotFit, Sheet, shape

ID = "wide-bleed"


def suits(job: Job) -> float:
    """Pages wider than high."""
    return 1.0 if job.frame.shape in {"wide", "banner"} else 0.0


def fact_row(job: Job, key: Entry | None, facts: Sequence[Entry], width: float) -> Block | None:
    """The key fact large, then the others two or three below each other, last baselines together; None when the row is
    too long."""
    for share, high in ((0.62, 2), (0.42, 2), (0.62, 3), (0.42, 3)):
        row = _row(job, key, facts, width, share if facts else 1.0, high)
        if row is not None:
            return row
    return None


def _row(job: Job, key: Entry | None, facts: Sequence[Entry], width: float, share: float, high: int) -> Block | None:
    frame = job.frame
    builder = Info(frame, job.pack, width)
    size, gap = frame.body, 5.2 * frame.u * frame.scale
    columns: list[Block] = []
    if key is not None:
        large = builder.key(key, share * width)
        if large is None:
            return None
        columns.append(large)
    for start in range(0, len(facts), high):
        columns.append(_column(job, builder, facts[start : start + high], 0.6 * width))
    used = sum(column.width for column in columns) + gap * (len(columns) - 1)
    if not columns or used > width:
        return None
    lows = [max(mark.baseline + mark.piece.drop for mark in column.marks) for column in columns]
    base = max(lows)
    marks: list[Mark] = []
    x = height = 0.0
    for column, low in zip(columns, lows, strict=True):
        marks += column.moved(x, base - low).marks
        height = max(height, base - low + column.height)
        x += column.width + gap
    return Block(tuple(marks), used, max(height, base + 0.08 * size))


def _column(job: Job, builder: Info, facts: Sequence[Entry], width: float) -> Block:
    size = job.frame.body
    marks: list[Mark] = []
    y = most = 0.0
    for entry in facts:
        y += 0.66 * size if marks else 0.0
        label = label_piece(entry.label, job.pack.type.body, size) if entry.label else None
        x = label.width + 0.7 * size if label else 0.0
        piece = builder.fact(entry, size, width - x)
        if label:
            marks.append(Mark(label, 0.0, y + piece.ascent, "left", "quiet"))
        marks.append(Mark(piece, x, y + piece.ascent, "left", tone_of(entry)))
        most = max(most, x + piece.width)
        y += piece.height
    return Block(tuple(marks), most, y)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when title and facts leave each other no room."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    banner = frame.shape == "banner"
    sheet = job.sheet(ID)
    share = 0.50 if banner else (0.60 if job.hero.field or len(content.title.text) > 26 else 0.55)
    left_width = share * frame.width - frame.left
    info = Info(frame, pack, left_width)
    facts = ([content.key] if content.key else []) + content.facts
    row: Block | None = Block()
    if facts:
        row = fact_row(job, content.key, content.facts, (0.5 if banner else 0.56) * frame.width - frame.left)
    if row is None:
        large = info.key_block(content.key, left_width) if content.key else Block()
        others = info.columns(content.facts, 2 if len(content.facts) > 2 else 1, rules=False)
        row = vstack([large, others], 3 * u * frame.scale)
    foot = vstack([info.names(content.names, frame.sub), info.paragraphs(content.body), row, info.legal(content.legal)],
                  3.2 * u * frame.scale)  # fmt: skip
    foot_top = frame.bottom - foot.height
    foot.put(sheet, frame.left, foot_top, job.page)
    top = put_label_row(job, sheet, job.page, 3.5 if banner else 5.0)
    bottom = foot_top - (4 if banner else 6) * u * frame.scale if foot.marks else frame.bottom
    if bottom - top < 6 * u:
        raise DoesNotFit(ID)
    budget = (0.52 if banner else (0.46 if foot.marks else 0.62)) * frame.height * job.title_scale
    head = head_within(frame, pack, content, left_width, bottom - top, budget=budget, most=2 if banner else 3)
    if head.title.size < 1.2 * frame.body:
        raise DoesNotFit(ID)
    spare = bottom - top - head.block.height
    y = top + spare * (0.5 if not content.title.place else {"top": 0.0, "bottom": 1.0}.get(content.title.place, 0.5))
    head.block.put(sheet, frame.left, y, job.page)
    x = frame.left + max(head.block.width, 0.0)
    start = max(0.46 * frame.width, min(x + 2 * u, 0.60 * frame.width))
    sheet.hero_zone = Box(start, 0, frame.width - start, frame.height)
    if sheet.hero and not job.hero.field and sheet.hero not in {"rings", "arches", "glyph"}:
        _bleed(job, sheet)
    return sheet


def _bleed(job: Job, sheet: Sheet) -> None:
    """A large disc cut off by the right edge and, where it can, by top and bottom: the hero, or what it stands on."""
    frame = job.frame
    found = _big_circle(job, sheet.inks)
    if found is None:
        return
    cx, cy, radius = found
    if sheet.hero in ROUND - {"subject"}:
        sheet.params |= {"center": [cx, cy], "radius": radius}
        return
    box = Box(cx - radius, cy - radius, 2 * radius, 2 * radius)
    sheet.panels.append(shape(box, job.palette.art[0], "Disc", "panel", ellipse=True))
    left = max(cx - radius, 0.0)
    middle = left + 0.54 * (frame.width - left)
    room = min(middle - left, frame.width - middle, frame.height / 2)
    sheet.params |= {"center": [middle, frame.height / 2], "radius": 0.84 * room * job.hero_scale}


def _big_circle(job: Job, boxes: Sequence[Box]) -> tuple[float, float, float] | None:
    frame, u = job.frame, job.frame.u
    height = frame.height
    tries = [(share * height, height / 2) for share in (0.78, 0.74, 0.70, 0.66)]
    tries += [(share * height, (0.05 + share) * height) for share in (0.545, 0.52, 0.49)]
    tries += [(share * height, height / 2) for share in (0.45, 0.42, 0.38, 0.34)]
    for radius, cy in tries:
        for crop in (0.20, 0.25, 0.30, 0.35, 0.40):
            cx = frame.width - radius + 2 * radius * crop
            if all(circle_gap(cx, cy, radius, box) >= 3 * u for box in boxes):
                return cx, cy, radius * job.hero_scale
    return None


ARCHETYPE = Archetype(ID, suits, layout)
