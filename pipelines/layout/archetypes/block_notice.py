"""Notices: a colour block with the title and one large icon, a ruled table below, the hotline at the foot."""

from dataclasses import replace

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.block import Block, Mark, Rule, vstack
from pipelines.layout.breaking import balanced
from pipelines.layout.color import is_hue, lch
from pipelines.layout.content import Content, Entry
from pipelines.layout.frames import hazard_stripes
from pipelines.layout.head import head_within
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import bold, label_piece, piece_of
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.layout.type import has_cjk

ID = "block-notice"


def suits(job: Job) -> float:
    """Notices on upright or square pages with at least one fact and little running text."""
    content = job.content
    if job.brief.purpose != "notice" or job.frame.shape in {"wide", "banner"} or content.title.place == "bottom":
        return 0.0
    if content.body_length > 60 or content.info_count > 9 or content.info_count == 0:
        return 0.1
    return 3.0


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when table and foot take more than two thirds of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    builder = Info(frame, pack, frame.measure)
    rows, content = _split(content)
    foot = vstack(
        [
            builder.names(content.names, frame.sub),
            builder.paragraphs(content.body),
            builder.group(content),
            builder.legal(content.legal),
        ],
        3 * u * frame.scale,
    )
    foot_top = frame.bottom - foot.height
    table_bottom = foot_top - 5 * u * frame.scale if foot.marks else frame.bottom
    natural = _table(job, rows, 0.0)
    block_bottom = 0.46 * frame.height
    pad = 5.2 * u * frame.scale
    room = table_bottom - block_bottom - pad
    if rows and natural.height > room:
        block_bottom = table_bottom - pad - natural.height
        room = natural.height
    if block_bottom < 0.30 * frame.height:
        raise DoesNotFit(ID)
    if not rows:
        block_bottom = min(0.62 * frame.height, foot_top - 1.2 * frame.margin)
    sheet.panel(Box(0, block_bottom, frame.width, frame.height - block_bottom), job.palette.surface, "Paper")
    foot.put(sheet, frame.left, foot_top, job.surface)
    if rows:
        spare = max(0.0, room - natural.height) / len(rows)
        table = _table(job, rows, min(spare, 7 * u))
        table.put(sheet, frame.left, table_bottom - table.height if spare < 7 * u else block_bottom + pad, job.surface)
    top = put_label_row(job, sheet, job.page, 6.0)
    text = content.title.text
    least = 2 if has_cjk(text) and 4 <= len(text) <= 8 else 1
    room = block_bottom - 0.7 * frame.margin - 2.6 * u - top
    if room < 6 * u:
        raise DoesNotFit(ID)
    share = 0.56 if job.hero.hero != "glyph" else 0.9
    if len(text) > 8:
        share = 0.72
    head = head_within(frame, pack, content, share * frame.measure, room, least=least, largest=25 * u * job.title_scale)
    y = top + max(0.0, room - head.block.height) * (0.35 if frame.shape != "square" else 0.5)
    head.block.put(sheet, frame.left, y, job.page)
    if _warning(job):
        band = Box(0, block_bottom - 2.7 * u, frame.width, 2.7 * u)
        sheet.decorations += hazard_stripes(band, job.palette.ink, 5 * u)
        block_bottom = band.y
    start = min(frame.left + head.block.width + 2 * u, 0.66 * frame.width)
    sheet.hero_zone = Box(start, 0, frame.width - start, block_bottom)
    if job.hero.hero == "glyph":
        sheet.hero_zone = Box(0.3 * frame.width, 0, 0.7 * frame.width, block_bottom)
    sheet.strip = Box(0, block_bottom, frame.width, frame.height - block_bottom)
    sheet.strip_color = job.palette.surface
    return sheet


def _split(content: Content) -> tuple[list[Entry], Content]:
    """Rows of the table, and the content that is left for the foot: the hotline large, thanks and date beside it."""
    labelled = [entry for entry in content.facts if entry.label and entry.item.kind != "phone"]
    phone = next((entry for entry in content.facts if entry.item.kind == "phone"), None)
    if content.key and content.key.item.kind != "phone" and phone is not None:
        # What happens when is read first; whom to call comes last.
        rows = [content.key, *[entry for entry in content.facts if entry is not phone]][:8]
        key: Entry | None = phone
    else:
        rows = (labelled if len(labelled) >= 2 else content.facts)[:8]
        key = content.key
    rest = [entry for entry in content.facts if entry not in rows and entry is not key]
    return rows, replace(content, key=key, facts=rest)


def _warning(job: Job) -> bool:
    page = lch(job.palette.bg)
    return is_hue(page.h, 70, 118) and page.c > 0.12 and not job.plain


def _table(job: Job, rows: list[Entry], air: float) -> Block:
    """Rows between rules: label column, value in bold; ``air`` is added to every row's height."""
    frame, pack = job.frame, job.pack
    u = frame.u * frame.scale
    label_voice = bold(pack.type.body, 700)
    value_voice = bold(pack.type.strong, 700)
    size = max(min(4.3 * u, frame.sub), frame.body)
    label_size = max(min(3.3 * u, size / 1.25), frame.floor)
    labels = [label_piece(e.label, label_voice, label_size) if e.label else None for e in rows]
    indent = max([label.width + 3 * u for label in labels if label] or [0.0])
    indent = max(indent, 19 * u) if indent else 0.0
    if indent > 0.45 * frame.measure:
        raise DoesNotFit(ID)
    pad = 2.6 * u + air / 2
    marks: list[Mark] = []
    rules: list[Rule] = []
    y = 0.0
    for entry, label in zip(rows, labels, strict=True):
        rules.append(Rule(0, y, frame.measure, 1.0))
        own = size
        lines = balanced(entry.text, value_voice, own, frame.measure - indent)
        piece = piece_of(entry, lines, value_voice, own, 1.35)
        base = y + pad + piece.ascent
        if label:
            marks.append(Mark(label, 0.0, base))
        marks.append(Mark(piece, indent, base))
        y = base + piece.drop + piece.descent + pad
    rules.append(Rule(0, y, frame.measure, 1.0))
    return Block(tuple(marks), frame.measure, y, tuple(rules))


ARCHETYPE = Archetype(ID, suits, layout, modes=("vivid",))
