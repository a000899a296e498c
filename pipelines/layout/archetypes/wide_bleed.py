"""Landscape and banner: title and subtitle on the left, hero bleeding off the right, facts in one row at the foot."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.block import PILL, Block, Mark, vstack
from pipelines.layout.content import Entry
from pipelines.layout.head import head_within
from pipelines.layout.info import Info, bold, label_piece, piece_of
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "wide-bleed"


def suits(job: Job) -> float:
    """Pages wider than high."""
    return 1.0 if job.frame.shape in {"wide", "banner"} else 0.0


def fact_row(job: Job, facts: list[Entry], width: float) -> Block | None:
    """Facts side by side on one baseline, the first bold and in the accent; None when the row is too long."""
    frame, pack = job.frame, job.pack
    size = frame.body
    gap = 3.4 * size
    marks: list[Mark] = []
    x = 0.0
    ascent = descent = 0.0
    stacked = any(entry.label for entry in facts)
    for index, entry in enumerate(facts):
        voice = bold(pack.type.strong if index == 0 else pack.type.body, 700 if index == 0 else 400)
        own = frame.sub if index == 0 and len(facts) > 1 else size
        piece = piece_of(entry, (entry.text,), voice, own, 1.2)
        pill = entry.item.role == "cta" and piece.width < 0.5 * width
        if pill:
            x += PILL * own
            descent = max(descent, 0.75 * own)
            ascent = max(ascent, 1.5 * own)
        label = label_piece(entry.label, pack.type.body, frame.caption) if entry.label else None
        marks.append(Mark(piece, x, 0.0, "left", "strong" if index == 0 else "ink", pill))
        if label:
            marks.append(Mark(label, x, -1.5 * size, "left", "quiet"))
        x += max(piece.width, label.width if label else 0.0) + gap + (PILL * own if pill else 0.0)
        ascent, descent = max(ascent, piece.ascent), max(descent, piece.descent)
    width_used = x - gap
    if width_used > width:
        return None
    top = max(ascent, 1.5 * size + frame.caption) if stacked else ascent
    return Block(tuple(marks), width_used, top + descent).moved(0, top)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when title and facts leave each other no room."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    banner = frame.shape == "banner"
    sheet = job.sheet(ID)
    left_width = (0.50 if banner else (0.60 if job.hero.field else 0.54)) * frame.width - frame.left
    facts = ([content.key] if content.key else []) + content.facts
    info = Info(frame, pack, left_width)
    row = fact_row(job, facts, frame.measure * (0.62 if banner else 0.86)) if facts else Block()
    if row is None:
        row = info.columns(facts, 2 if len(facts) > 2 and left_width > 24 * frame.body else 1, rules=False)
    foot = vstack([info.names(content.names, frame.sub), info.paragraphs(content.body), row, info.legal(content.legal)],
                  3.2 * u * frame.scale)  # fmt: skip
    foot_top = frame.bottom - foot.height
    foot.put(sheet, frame.left, foot_top, job.page)
    top = put_label_row(job, sheet, job.page, 3.5 if banner else 5.0)
    bottom = foot_top - (4 if banner else 5) * u * frame.scale if foot.marks else frame.bottom
    if bottom - top < 6 * u:
        raise DoesNotFit(ID)
    budget = (0.52 if banner else 0.42) * frame.height * job.title_scale
    head = head_within(frame, pack, content, left_width, bottom - top, budget=budget, most=2 if banner else 3)
    if head.title.size < 1.2 * frame.body:
        raise DoesNotFit(ID)
    spare = bottom - top - head.block.height
    y = top + spare * (0.5 if not content.title.place else {"top": 0.0, "bottom": 1.0}.get(content.title.place, 0.5))
    head.block.put(sheet, frame.left, y, job.page)
    x = frame.left + max(head.block.width, 0.0)
    start = max(0.48 * frame.width, min(x + 2 * u, 0.60 * frame.width))
    sheet.hero_zone = Box(start, 0, frame.width - start, frame.height)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
