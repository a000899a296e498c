"""Sales, anniversaries, countdowns: one number as wide as the page, the headline above, offers and time below."""

import re
from typing import NamedTuple

from pipelines.geometry import Box
from pipelines.layout.block import Block, vstack
from pipelines.layout.color import Lch, lch
from pipelines.layout.content import Content, Entry
from pipelines.layout.coupons import put_coupons
from pipelines.layout.frames import coupon, extrusion, ribbon
from pipelines.layout.head import break_head, label_row, title_voice
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import bold, piece_of
from pipelines.layout.sheet import DoesNotFit, Ground, Sheet, metal, path_shape
from pipelines.layout.type import Piece, has_cjk, line_ink
from storage.documents.style import Shadow, solid

ID = "giant-number"
_NUMBER = re.compile(r"[¥￥$€£]?\s?\d+(?:[.,:]\d+)?%?")


class Giant(NamedTuple):
    """An entry cut around its number: what stands before, the number, what follows."""

    entry: Entry
    before: str
    number: str
    after: str


def find_giant(content: Content) -> Giant | None:
    """The key fact's number, or the title's, or a fact's, when it is short enough to be the picture."""
    pool = ([content.key] if content.key else []) + [content.title]
    pool += [entry for entry in content.facts if entry.item.kind in {"discount", "price", "quantity"}]
    for entry in pool:
        found = list(_NUMBER.finditer(entry.text))
        if len(found) != 1 or "\n" in entry.text or entry.item.kind in {"phone", "url", "email", "time"}:
            continue
        match = found[0]
        before, after = entry.text[: match.start()].strip(), entry.text[match.end() :].strip()
        number = match.group()
        room = len(after) <= (4 if has_cjk(after) else 16) and len(before) <= (8 if has_cjk(before) else 16)
        if len(number) <= 6 and room:
            return Giant(entry, before, number, after)
    return None


def suits(job: Job) -> float:
    """A sale, or a countdown, with such a number, on an upright or square page."""
    content = job.content
    if job.frame.shape in {"wide", "banner"} or content.body_length > 60 or content.names:
        return 0.0
    giant = find_giant(content)
    most = 16 if has_cjk(content.title.text) else 30
    if giant is None or (giant.entry is not content.title and len(content.title.text) > most):
        return 0.0
    lively = job.brief.purpose == "sale" or giant.entry.item.kind in {"discount"}
    dated = giant.entry.item.kind in {"date"} and len(giant.entry.text) > 6
    return 0.2 if dated else (1.5 if lively else 0.35)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when headline, number and offers do not fit one below the other."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    giant = find_giant(content)
    if giant is None:
        raise DoesNotFit(ID)
    row = label_row(frame, pack, content, frame.measure, align="center")
    row.put(sheet, frame.left, frame.top, job.page)
    top = frame.top + (row.height + 4.5 * u * frame.scale if row.marks else 0.0)
    offers, rest = _offers(content, giant)
    subtitles = list(content.subtitles)
    key = content.key if content.key is not giant.entry else None
    if not subtitles:
        # The ribbon wants a line; when there is one too many below, it takes the date.
        rest, subtitles = _for_ribbon(rest, key is not None or len(rest) > 2)
    if key is None:
        dated = [entry for entry in rest if entry.item.kind in {"date", "time"} and len(entry.text) <= 24]
        key = next(iter([*dated, *[entry for entry in rest if len(entry.text) <= 24]]), None)
        rest = [entry for entry in rest if entry is not key]
    bottom = _ticket(job, sheet, Content(content.title, key=key, facts=rest, body=content.body, legal=content.legal))
    cards = put_coupons(job, sheet, offers, bottom)
    bottom = cards - 3.5 * u if offers else bottom

    builder = Info(frame, pack, frame.measure, "center")
    y = top
    if giant.entry is not content.title:
        y = _headline(job, sheet, content.title, content.title.text, y)
    if giant.before:
        y = _headline(job, sheet, giant.entry, giant.before, y)
    band = 12 * u * frame.scale if subtitles else 0.0
    extra = builder.paragraphs(subtitles[1:]) if len(subtitles) > 1 else Block()
    space = bottom - y - band - (4.5 * u if band else 0) - (extra.height + 2 * u if extra.marks else 0)
    number = _number(job, giant, min(0.94 * space, (0.36 if len(giant.number) > 2 else 0.46) * frame.height))
    spare = space - number.height
    if number.figure.size < 16 * u or spare < -1:
        raise DoesNotFit(ID)
    y += spare * 0.36
    box = _put_number(job, sheet, giant, number, y)
    if subtitles:
        middle = y + number.height + 3.4 * u + min(0.28 * spare, 6 * u) + band / 2
        _ribbon(job, sheet, subtitles[0], middle, band)
    if extra.marks:
        extra.put(sheet, frame.left, bottom - extra.height, job.page)
    sheet.background = "plain" if job.palette.mode == "light" else "sunburst"
    sheet.hero = None
    sheet.hero_zone = frame.page
    sheet.params = {"center": [box.center[0], box.center[1]]}
    return sheet


def _for_ribbon(rest: list[Entry], spare: bool) -> tuple[list[Entry], list[Entry]]:
    """What stays below, and the entry for the ribbon, if any."""
    short = [entry for entry in rest if len(entry.text) <= 24 and not entry.label and entry.item.kind != "url"]
    if not spare or not short:
        return rest, []
    dated = [entry for entry in short if entry.item.kind in {"date", "time"}]
    chosen = (dated or short)[0]
    return [entry for entry in rest if entry is not chosen], [chosen]


def _ticket(job: Job, sheet: Sheet, content: Content) -> float:
    """Facts on a light ticket at the foot; returns the y above which the rest has its room."""
    frame, u = job.frame, job.frame.u
    pad = 5.2 * u * frame.scale
    builder = Info(frame, job.pack, frame.measure - 2 * pad)
    info = vstack([builder.paragraphs(content.body), builder.group(content)], 2.4 * u * frame.scale)
    legal = Info(frame, job.pack, frame.measure, "center").legal(content.legal)
    bottom = frame.bottom
    if legal.marks:
        legal.put(sheet, frame.left, bottom - legal.height, job.page)
        bottom -= legal.height + 3 * u * frame.scale
    if info.marks:
        box = Box(frame.left, bottom - info.height - 2 * pad, frame.measure, info.height + 2 * pad)
        ground = job.surface
        if job.palette.mode == "dark":
            ink = job.palette.on_accent
            ground = Ground(job.palette.accent, ink, ink, ink)
        card = path_shape(coupon(box, 1.2 * u), box, solid(ground.fill), "Ticket", "coupon")
        shadow = Shadow(color="#00000038", offset_y=0.8 * u, blur=2 * u)
        sheet.panels.append(card.model_copy(update={"style": card.style.model_copy(update={"shadow": shadow})}))
        info.put(sheet, box.x + pad, box.y + pad, ground)
        bottom = box.y
    return bottom - 4 * u * frame.scale if info.marks or legal.marks else bottom


def _headline(job: Job, sheet: Sheet, entry: Entry, text: str, y: float) -> float:
    frame = job.frame
    u = frame.u
    voice = title_voice(job.pack, text)
    most = 1 if len(text) <= 13 else 2
    broken = break_head(text, voice, frame.measure, 0.15 * frame.height * job.title_scale, most=most, largest=17 * u)
    piece = Piece(
        broken.lines, voice, broken.size, broken.pitch, entry.index, entry.item.role, "Headline", optical=True
    )
    sheet.put(piece, frame.width / 2, y + piece.ascent, job.page.ink, job.page, align="center")
    return y + piece.height + 4.2 * u * frame.scale


class _Figure(NamedTuple):
    """The number with its unit beside it (``stacked``: below it), and what they measure together."""

    figure: Piece
    unit: Piece | None
    width: float
    height: float
    stacked: bool


def _number(job: Job, giant: Giant, height: float) -> _Figure:
    """The unit at 0.34 of the number's size on its baseline, or on a line of its own where that makes both larger."""
    frame = job.frame
    voice = job.pack.type.numeral
    depth = 0.0 if job.plain else 0.035
    ink = line_ink(giant.number, voice)
    item, role = giant.entry.index, giant.entry.item.role
    unit_voice = bold(job.pack.type.title, 900) if has_cjk(giant.after) else voice
    unit = line_ink(giant.after, unit_voice) if giant.after else None

    def piece(size: float) -> Piece:
        return Piece((giant.number,), voice, size, 1.0, item, role, "Number", optical=True)

    alone = (ink.right - ink.left) + depth
    per_em = alone + (0.34 * (unit.right - unit.left) + 0.06 if unit else 0.0)
    tall = ink.top + ink.bottom + depth
    size = min(frame.measure / per_em, height / tall)
    beside = None
    if unit is not None:
        beside = Piece((giant.after,), unit_voice, 0.34 * size, 1.0, item, role, "Unit", optical=True)
    if unit is None or has_cjk(giant.after):
        return _Figure(piece(size), beside, per_em * size, tall * size, False)
    large = min(frame.measure / alone, 0.66 * height / tall)
    line = min(frame.measure / (unit.right - unit.left), 0.24 * height / (unit.top + unit.bottom), 0.5 * large)
    if large < 1.12 * size and len(giant.after) <= 4:
        return _Figure(piece(size), beside, per_em * size, tall * size, False)
    below = Piece((giant.after,), unit_voice, line, 1.0, item, role, "Unit", optical=True)
    total = tall * large + 0.10 * large + below.height
    return _Figure(piece(large), below, alone * large, total, True)


def _put_number(job: Job, sheet: Sheet, giant: Giant, number: _Figure, y: float) -> Box:
    piece, unit, width = number.figure, number.unit, number.width
    palette, u = job.palette, job.frame.u
    x = (job.frame.width - width) / 2
    baseline = y + piece.ascent
    accent = lch(palette.accent)
    on_light = lch(palette.bg).l > 0.66
    face = palette.ink if on_light else accent.to_hex()
    fill = None if on_light else metal(palette.accent, palette.bg)
    before = len(sheet.texts)
    shadow = Shadow(color="#00000040", offset_x=1.2 * u, offset_y=3 * u, blur=3 * u) if not on_light else None
    box = sheet.put(piece, x, baseline, face, job.page, fill=fill, quiet=False)
    if not job.plain and not on_light:
        element = sheet.texts[before]
        place = element.transform
        side = extrusion(
            giant.number,
            piece.voice,
            piece.size,
            Box(place.x, place.y, place.width, place.height),
            Lch(0.32, min(lch(palette.deep).c + 0.07, 0.13), lch(palette.bg).h).to_hex(),
            0.05 * piece.size,
        )
        side = side.model_copy(update={"style": side.style.model_copy(update={"shadow": shadow})})
        sheet.decorations.append(side)
    color = face if on_light else palette.ink
    if unit is not None and number.stacked:
        sheet.put(unit, job.frame.width / 2, y + number.height - unit.descent, color, job.page, align="center",
                  quiet=False)  # fmt: skip
    elif unit is not None:
        sheet.put(unit, x + width, baseline, color, job.page, align="right")
    return box


def _ribbon(job: Job, sheet: Sheet, entry: Entry, middle: float, height: float) -> None:
    frame = job.frame
    ground = job.strip
    voice = bold(job.pack.type.title if job.brief.language == "zh" else job.pack.type.strong)
    size = min(7.4 * frame.u * frame.scale, 0.58 * height)
    piece = piece_of(entry, (entry.text,), voice, size, 1.0)
    if piece.width > 0.80 * frame.measure:
        piece = piece.at_size(size * 0.80 * frame.measure / piece.width)
    if piece.size < frame.floor:
        raise DoesNotFit(ID)
    width = min(frame.measure * 1.02, max(piece.width + 12 * frame.u, 0.86 * frame.measure))
    box = Box((frame.width - width) / 2, middle - height / 2, width, height)
    tilt = 0.0 if job.plain else -3.0
    sheet.decorations.append(ribbon(box, job.palette.deep, tilt))
    cap = (piece.ascent - piece.descent) / 2
    sheet.put(piece, frame.width / 2, middle + cap, ground.strong, ground, align="center", rotation=tilt, quiet=False)


def _offers(content: Content, giant: Giant) -> tuple[list[Entry], list[Entry]]:
    facts = [entry for entry in content.facts if entry is not giant.entry]
    offers = [e for e in facts if e.item.kind in {"price", "discount"} and len(e.text) <= 14 and not e.label]
    offers = offers[: len(offers) - len(offers) % 2][:6] if len(offers) >= 2 else []
    return offers, [entry for entry in facts if entry not in offers]


ARCHETYPE = Archetype(ID, suits, layout)
