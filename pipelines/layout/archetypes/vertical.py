"""Tea, culture, calm: the title as a column at the right, companions beside it, mountains below, much air."""

import re
from dataclasses import replace

from pipelines.geometry import Box
from pipelines.layout.block import Block, Mark, lines_block, vstack
from pipelines.layout.breaking import balanced
from pipelines.layout.content import Entry
from pipelines.layout.frames import seal
from pipelines.layout.head import label_row, title_voice
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import label_piece, piece_of
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.layout.type import Piece, column_ink, has_cjk
from pipelines.topics import vocabulary

ID = "vertical"
_CALM = {"tea", "calligraphy", "painting", "mountain", "yoga", "chongyang", "qingming", "handicraft"}  # fmt: skip
_PLAIN = re.compile(r"^[\u2e80-\u9fff\s，。、·]+$")


def suits(job: Job) -> float:
    """Two to six Chinese characters without digits or Latin, on an upright page with few facts."""
    content = job.content
    text = content.title.text
    if job.frame.shape not in {"portrait", "tall"} or not re.fullmatch(r"[\u2e80-\u9fff]{2,6}", text):
        return 0.0
    if content.info_count > 4 or content.body_length > 30 or content.names or content.title.place == "bottom":
        return 0.0
    calm = bool(_CALM & set(job.brief.topics)) or (
        not job.hero.known and any(word in job.brief.mood for word in ("calm", "静", "雅", "禅", "古"))
    )
    return (
        2.4
        if calm
        else (0.45 if job.brief.purpose in {"exhibition", "product", "other", "course", "opening"} else 0.15)
    )


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the column would reach into the lower third."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    text = content.title.text
    voice = title_voice(pack, text).model_copy(update={"tracking": 0.07})
    length, ink = column_ink(text, voice)
    size = min((20 if len(text) > 2 else 27) * u, 0.58 * frame.height / (ink.y + ink.height)) * job.title_scale
    axis = frame.right - (ink.x + ink.width) * size
    title = Piece((text,), voice, size, 1.0, content.title.index, "title", "Title", optical=True)
    box = sheet.put_column(title, axis, frame.top, job.page.ink, job.page, ink, length)

    companions, rest = _companions(content.subtitles)
    if content.key and len(companions) < 2 and _PLAIN.match(content.key.text) and len(content.key.text) <= 14:
        companions.append(content.key)
    x = axis - size / 2 - 4 * u
    small = max(3.5 * u, frame.body)
    last = box
    for entry in companions:
        own = pack.type.strong.model_copy(update={"tracking": 0.30, "weight": 500})
        length, ink = column_ink(entry.text, own)
        own_size = min(small, (box.height - 2 * u) / (ink.y + ink.height))
        if own_size < frame.floor or x - own_size < 0.42 * frame.width:
            raise DoesNotFit(ID)
        piece = piece_of(entry, (entry.text,), own, own_size, 1.0)
        last = sheet.put_column(piece, x, frame.top, job.page.ink, job.page, ink, length)
        x -= 6 * u
    if job.allows("seal") and companions and not job.plain:
        mark = _seal_character(job)
        sheet.decorations += seal(mark, pack.type.strong, last.center[0] - 2.3 * u, last.bottom + 3 * u, 4.6 * u)

    row = label_row(frame, pack, content, max(x - frame.left - 2 * u, 0.3 * frame.measure))
    row.put(sheet, frame.left, frame.top, job.page)
    builder = Info(frame, pack, frame.measure)
    others = [builder.fact(entry, frame.body, frame.measure) for entry in rest]
    extra = lines_block(others, ["ink"] * len(others), 0.6 * frame.body, "left", frame.measure)
    foot = vstack(
        [extra, builder.paragraphs(content.body), _foot(job, builder, companions), builder.legal(content.legal)],
        2.4 * u,
    )
    foot_top = frame.bottom - foot.height
    foot.put(sheet, frame.left, foot_top, job.page)
    land_top = max(box.bottom + 3 * u, 0.56 * frame.height)
    bottom = foot_top - 2 * u if foot.marks else frame.height
    if bottom - land_top < 0.14 * frame.height:
        raise DoesNotFit(ID)
    sheet.hero = "ridges"
    sheet.params = {}
    sheet.hero_zone = Box(
        0,
        min(land_top, bottom - 0.30 * frame.height) if land_top < bottom else land_top,
        frame.width,
        bottom - min(land_top, bottom - 0.30 * frame.height),
    )
    return sheet


def _foot(job: Job, builder: Info, used: list[Entry]) -> Block:
    """One or two facts on the bottom margin, left and right; more in the usual form."""
    content, frame = job.content, job.frame
    key = content.key if content.key not in used else None
    facts: list[Entry] = ([key] if key else []) + content.facts
    if len(facts) > 2:
        return builder.group(replace(content, key=key))
    size = frame.body
    voice = job.pack.type.body
    quiet = [label_piece(e.label, voice, size) if e.label else None for e in facts]
    room = [0.46 * frame.measure - (label.width + 0.8 * size if label else 0.0) for label in quiet]
    pieces = [
        piece_of(e, balanced(e.text, voice, size, width), voice, size, 1.4)
        for e, width in zip(facts, room, strict=True)
    ]
    if not pieces:
        return Block()
    low = max(piece.ascent + piece.drop for piece in pieces)
    marks: list[Mark] = []
    for side, (piece, label) in enumerate(zip(pieces, quiet, strict=True)):
        indent = label.width + 0.8 * size if label else 0.0
        x = 0.0 if side == 0 else frame.measure - indent - piece.width
        if label:
            marks.append(Mark(label, x, low - piece.drop, "left", "quiet"))
        marks.append(Mark(piece, x + indent, low - piece.drop))
    return Block(tuple(marks), frame.measure, low + max(piece.descent for piece in pieces))


def _companions(subtitles: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    fitting = [entry for entry in subtitles if _PLAIN.match(entry.text) and len(entry.text) <= 16]
    return fitting, [entry for entry in subtitles if entry not in fitting]


def _seal_character(job: Job) -> str:
    title = job.content.title.text
    words = [word for topic in job.brief.topics if topic in vocabulary() for word in vocabulary()[topic].zh]
    found = next((word[0] for word in words if word[0] in title), "")
    return found or next((char for char in title if has_cjk(char)), title[0])


ARCHETYPE = Archetype(ID, suits, layout, modes=("light",))
