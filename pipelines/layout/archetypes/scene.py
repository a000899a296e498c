"""Cartoon: a sticker title on top, the subtitle on a pill, a scene in the middle, facts on a rounded card."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.breaking import wrap
from pipelines.layout.color import Lch, is_hue, lch
from pipelines.layout.head import break_head, split_title, title_voice
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import bold, piece_of
from pipelines.layout.sheet import DoesNotFit, Ground, Sheet, shape
from pipelines.layout.type import Piece, has_cjk
from storage.documents.style import Shadow, Stroke

ID = "scene"


def suits(job: Job) -> float:
    """The cartoon pack on upright or square pages."""
    content = job.content
    if job.pack.title != "sticker" or job.frame.shape in {"wide", "banner"} or len(content.title.text) > 24:
        return 0.0
    return 1.4 if content.info_count <= 6 and content.body_length <= 60 else 0.7


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the scene would get less than a quarter of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    pad = 4.2 * u * frame.scale
    info = Info(frame, pack, frame.measure - 2 * pad).everything(content)
    base = float(frame.height)
    if info.marks:
        card = Box(frame.left, frame.bottom - info.height - 2 * pad + 2 * u, frame.measure, info.height + 2 * pad)
        card = card._replace(y=min(card.y, frame.height - 0.6 * frame.margin - card.height))
        slab = Lch(max(lch(job.palette.bg).l - 0.30, 0.2), 0.09, lch(job.palette.bg).h).to_hex()
        sheet.panel(card, "#ffffff", "Card", radius=pack.radius * u, shadow=Shadow(color=slab, offset_y=1.2 * u))
        white = Ground("#ffffff", job.palette.on_surface, job.palette.on_surface2, job.surface.strong)
        info.put(sheet, card.x + pad, card.y + pad, white)
        base = card.y - 3.2 * u
        ground = lch(job.palette.bg)
        meadow = Lch(ground.l - 0.12, min(ground.c + 0.04, 0.13), ground.h + (12 if ground.h < 180 else -8)).to_hex()
        sheet.strip, sheet.strip_color = Box(0, base, frame.width, frame.height - base), meadow
        sheet.panels.insert(0, shape(sheet.strip, meadow, "Ground", "panel"))
    top = put_label_row(job, sheet, job.page, 4.0)
    y = _sticker(job, sheet, top)
    y = _pills(job, sheet, y)
    if base - y - 2 * u < 0.24 * frame.height:
        raise DoesNotFit(ID)
    sheet.hero_zone = Box(0, y + 2 * u, frame.width, base - y - 2 * u)
    return sheet


def _sticker(job: Job, sheet: Sheet, top: float) -> float:
    frame, content, u = job.frame, job.content, job.frame.u
    text, rest = split_title(content.title.text)
    voice = title_voice(job.pack, text)
    edge = 1.3 * u
    least = 2 if has_cjk(text) and 4 <= len(text) <= 8 else 1
    broken = break_head(
        text.strip(), voice, frame.measure - 2 * edge, 0.33 * frame.height * job.title_scale, most=3, least=least
    )
    # Room for the outlines between the lines.
    pitch = broken.pitch + 2 * edge / broken.size * 0.6
    piece = Piece(broken.lines, voice, broken.size, pitch, content.title.index, "title", "Title", optical=True)
    hue = _sticker_color(job)
    color = hue.to_hex()
    white = Ground("#ffffff", color, color, color)
    box = sheet.put(piece, frame.width / 2, top + edge + piece.ascent, color, white, align="center",
                    stroke=Stroke(color="#ffffff", width=2 * edge, line_join="round"),
                    shadow=Shadow(color=Lch(0.34, min(hue.c, 0.13), hue.h).to_hex(), offset_y=1.5 * u))  # fmt: skip
    y = box.bottom + edge + 3.2 * u
    if rest:
        piece = Piece(tuple(_lines(job, rest)), bold(job.pack.type.body), frame.sub, 1.3, content.title.index, "title",
                      "Title (continued)")  # fmt: skip
        sheet.put(piece, frame.width / 2, y + piece.ascent, job.page.ink, job.page, align="center")
        y += piece.height + 2 * u
    return y


def _sticker_color(job: Job) -> Lch:
    """A strong colour of the palette that stays itself when it is dark enough for white edges; else coral."""
    palette = job.palette
    for color in (palette.accent, *palette.given, palette.primary):
        hue = lch(color)
        if hue.c > 0.10 and not is_hue(hue.h, 38, 125):
            return Lch(min(max(hue.l, 0.48), 0.58), max(hue.c, 0.16), hue.h)
    return Lch(0.58, 0.20, 28)


def _lines(job: Job, text: str) -> tuple[str, ...]:
    return wrap(text.strip(), bold(job.pack.type.body), job.frame.sub, job.frame.measure)


def _pills(job: Job, sheet: Sheet, y: float) -> float:
    """Subtitles in white on dark pills."""
    frame, u = job.frame, job.frame.u
    for entry in job.content.subtitles:
        voice = bold(job.pack.type.body)
        size = frame.sub
        piece = piece_of(entry, (entry.text,), voice, size, 1.2)
        if piece.width > frame.measure - 7 * u:
            size *= (frame.measure - 7 * u) / piece.width
            piece = piece.at_size(size)
        if size < frame.floor:
            raise DoesNotFit(ID)
        height = 2.1 * size
        box = Box((frame.width - piece.width) / 2 - 1.05 * size, y, piece.width + 2.1 * size, height)
        sheet.decorations.append(shape(box, job.palette.deep, "Pill", "pill", radius=height / 2))
        sheet.put(piece, frame.width / 2, y + height / 2 + (piece.ascent - piece.descent) / 2, job.strip.ink, job.strip,
                  align="center")  # fmt: skip
        y += height + 2 * u
    return y


ARCHETYPE = Archetype(ID, suits, layout, modes=("light", "vivid"))
