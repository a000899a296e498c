"""Concerts and programmes: title across the top, names stacked from the foot up, over a glowing ground."""

from dataclasses import replace

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.block import Block, Rule, lines_block, vstack
from pipelines.layout.breaking import balanced
from pipelines.layout.choose_palette import choose_palette
from pipelines.layout.color import best_ink, blend
from pipelines.layout.frames import scrim
from pipelines.layout.head import head_within, title_voice
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pieces import bold, piece_of
from pipelines.layout.sheet import DoesNotFit, Ground, Sheet
from pipelines.layout.type import has_cjk
from pipelines.styles.packs import Voice

ID = "lineup"
_LOUD = Voice(family="Anton, Noto Sans SC", weight=400, gap=0.1)  # what bills are set in


def suits(job: Job) -> float:
    """Three names or more on an upright or square page."""
    if job.frame.shape in {"wide", "banner"} or len(job.content.names) < 3 or job.content.body_length > 60:
        return 0.0
    return 3.2


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when names and title leave less than a sixth of the page between them."""
    night = choose_palette(job.brief, job.pack, job.seed, "dark")
    if night.mode == "dark":
        # Bills glow: a dark page wherever the given colours allow one.
        job = replace(job, palette=night)
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    deep = blend(job.palette.bg, job.palette.deep, 0.75) if job.palette.mode != "light" else job.palette.bg
    ink = best_ink(deep, job.palette.ink, job.palette.on_deep)
    ground = Ground(deep, ink, ink, ink)
    builder = Info(frame, pack, frame.measure)
    foot = vstack(
        [builder.paragraphs(content.body), builder.group(content), builder.legal(content.legal)], 2.4 * u * frame.scale
    )
    stars = _stars(job)
    rest = builder.names(content.names[len(stars.marks) :], max(5 * u * frame.scale, frame.body), voice=_LOUD)
    billing = vstack([stars, rest], 2.6 * u * frame.scale)
    if foot.marks:
        rule = Block(foot.moved(0, 3.4 * u * frame.scale).marks, foot.width, foot.height + 3.4 * u * frame.scale,
                     (Rule(0, 0, frame.measure, 0.9), *foot.moved(0, 3.4 * u * frame.scale).rules),
                     foot.moved(0, 3.4 * u * frame.scale).dots)  # fmt: skip
        foot = rule
    stack = vstack([billing, foot], 4 * u * frame.scale)
    stack_top = frame.bottom - stack.height
    top = put_label_row(job, sheet, job.page, 4.2)
    voice = title_voice(pack, content.title.text) if has_cjk(content.title.text) else _LOUD
    head = head_within(frame, pack, content, frame.measure, max(0.62 * (stack_top - top), 1.0), voice=voice,
                       budget=0.27 * frame.height * job.title_scale, most=2)  # fmt: skip
    head.block.put(sheet, frame.left, top, job.page)
    below = top + head.block.height + 2.5 * u
    if stack_top - below < 0.15 * frame.height:
        raise DoesNotFit(ID)
    stack.put(sheet, frame.left, stack_top, ground)
    if job.palette.mode != "light":
        sheet.decorations.insert(0, scrim(frame, job.palette.deep, max(below, stack_top - 0.16 * frame.height)))
    if job.palette.mode == "dark":
        sheet.background = "mesh"
        sheet.hero = "rings"
        sheet.hero_zone = Box(0, below, frame.width, frame.height - below)
        sheet.params = {"center": [0.64 * frame.width, (below + stack_top) / 2]}
    else:
        sheet.hero_zone = Box(0, below, frame.width, stack_top - 3 * u - below)
    return sheet


def _stars(job: Job) -> Block:
    """The first two names, large."""
    frame = job.frame
    size = max(9 * frame.u * frame.scale, 1.4 * frame.body)
    pieces = []
    for entry in job.content.names[:2]:
        voice = bold(job.pack.type.strong) if has_cjk(entry.text) else _LOUD
        lines = balanced(entry.text, voice, size, frame.measure)
        pieces.append(piece_of(entry, lines, voice, size, 1.1))
    return lines_block(pieces, ["ink"] * len(pieces), 0.26 * size, "left", frame.measure)


ARCHETYPE = Archetype(ID, suits, layout)
