"""Offers as tickets, two in a row."""

import re

from pipelines.geometry import Box
from pipelines.layout.content import Entry
from pipelines.layout.frames import coupon
from pipelines.layout.job import Job
from pipelines.layout.pieces import bold, piece_of
from pipelines.layout.sheet import DoesNotFit, Sheet, path_shape
from storage.documents.style import Shadow, solid


def put_coupons(job: Job, sheet: Sheet, offers: list[Entry], bottom: float) -> float:
    """Puts an even number of offers above ``bottom``; returns their top (pixels). Raises DoesNotFit."""
    if not offers:
        return bottom
    frame, u = job.frame, job.frame.u
    gap = 2.2 * u
    width = (frame.measure - gap) / 2
    height = min(0.36 * width, 16 * u)
    rows = len(offers) // 2
    top = bottom - rows * height - (rows - 1) * gap
    for index, entry in enumerate(offers):
        box = Box(frame.left + (width + gap) * (index % 2), top + (height + gap) * (index // 2), width, height)
        card = path_shape(coupon(box, 1.2 * u), box, solid(job.palette.surface), "Coupon", "coupon")
        shadow = Shadow(color="#00000030", offset_y=0.6 * u, blur=1.4 * u)
        sheet.panels.append(card.model_copy(update={"style": card.style.model_copy(update={"shadow": shadow})}))
        _card_text(job, sheet, entry, box)
    return top


def _card_text(job: Job, sheet: Sheet, entry: Entry, box: Box) -> None:
    frame, ground = job.frame, job.surface
    parts = entry.text.split(maxsplit=1)
    number = next((part for part in parts if re.search(r"\d+(折|元|%)|[¥￥$]\d", part)), parts[-1])
    strong, small = bold(job.pack.type.strong, 800), job.pack.type.body
    inner = box.width * 0.84
    marks = []
    for part in parts:
        main = part == number
        size = (
            0.40 * box.height
            if main and len(parts) > 1
            else (0.30 * box.height if main else max(frame.caption, 0.15 * box.height))
        )
        piece = piece_of(entry, (part,), strong if main else small, size, 1.1)
        if piece.width > inner:
            piece = piece.at_size(size * inner / piece.width)
        if piece.size < frame.floor:
            raise DoesNotFit("coupons")
        marks.append((piece, main))
    total = sum(piece.height for piece, _ in marks) + 0.10 * box.height * (len(marks) - 1)
    order = sorted(marks, key=lambda mark: not mark[1])
    y = box.y + (box.height - total) / 2
    baselines = {}
    for piece, _ in order:
        baselines[piece.text] = y + piece.ascent
        y += piece.height + 0.10 * box.height
    for piece, main in marks:
        color = ground.strong if main else ground.quiet
        sheet.put(piece, box.center[0], baselines[piece.text], color, ground, align="center", quiet=False)
