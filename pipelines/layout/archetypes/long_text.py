"""Circulars and rules: a colour block holds the title, bottom-left; running text on paper below; contacts last."""

from pipelines.geometry import Box
from pipelines.layout.archetypes.parts import put_label_row
from pipelines.layout.block import vstack
from pipelines.layout.head import head_within
from pipelines.layout.hero_choice import ghost_character
from pipelines.layout.info import Info
from pipelines.layout.job import Archetype, Job
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.topics import vocabulary

ID = "long-text"


def suits(job: Job) -> float:
    """More than 60 characters of running text."""
    if job.frame.shape == "banner" or job.content.body_length <= 60:
        return 0.0
    return 1.6 if job.frame.shape != "wide" else 0.7


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when the text leaves the title less than a quarter of the page."""
    frame, pack, content = job.frame, job.pack, job.content
    u = frame.u
    sheet = job.sheet(ID)
    info = Info(frame, pack, frame.measure)
    facts = vstack(
        [info.names(content.names, frame.sub), info.group(content), info.legal(content.legal)], 3 * u * frame.scale
    )
    body = info.paragraphs(content.body, max(frame.body * 0.98, frame.floor))
    facts_top = frame.bottom - facts.height
    body_bottom = facts_top - 6.4 * u * frame.scale if facts.marks else frame.bottom
    body_top = body_bottom - body.height
    block = Box(0, 0, frame.width, min(body_top - 0.85 * frame.margin, 0.60 * frame.height))
    if block.height < 0.26 * frame.height:
        raise DoesNotFit(ID)
    sheet.panel(Box(0, block.bottom, frame.width, frame.height - block.bottom), job.palette.surface, "Paper")
    # What is left over goes between block and text, not into the text.
    body_y = (
        block.bottom + (body_bottom - block.bottom - body.height) / 2
        if body_top > block.bottom + frame.margin * 1.6
        else body_top
    )
    body.put(sheet, frame.left, body_y, job.surface)
    if facts.marks:
        sheet.rule(frame.left, facts_top - 3.2 * u * frame.scale, frame.measure, job.surface.ink, 0.22 * u)
        facts.put(sheet, frame.left, facts_top, job.surface)
    top = put_label_row(job, sheet, job.page, 4.0)
    room = block.bottom - 0.8 * frame.margin - top
    if room < 7 * u:
        raise DoesNotFit(ID)
    head = head_within(
        frame, pack, content, frame.measure, room, budget=0.30 * frame.height * job.title_scale, largest=17 * u
    )
    head.block.put(sheet, frame.left, block.bottom - 0.8 * frame.margin - head.block.height, job.page)
    sheet.hero = "glyph"
    sheet.params = {"glyph": _topic_character(job), "disc": False, "radius": min(44 * u, 0.62 * block.height),
                    "center": [frame.width - 0.34 * min(88 * u, block.height), 0.56 * block.height]}  # fmt: skip
    # The paper below cuts the character off, as a strip would.
    sheet.strip = Box(0, block.bottom, frame.width, frame.height - block.bottom)
    sheet.strip_color = job.palette.surface
    sheet.hero_zone = Box(0.3 * frame.width, 0, 0.7 * frame.width, block.height)
    return sheet


def _topic_character(job: Job) -> str:
    """The character that names the subject (火, 水, 药), if the topic is known; else the title's own."""
    for topic in job.brief.topics:
        if topic in vocabulary() and job.brief.language == "zh":
            word = next((word for word in vocabulary()[topic].zh if word in job.brief.title), "")
            if word:
                return word[0] if topic != "fire" else "火"
    return ghost_character(job.brief.title)


ARCHETYPE = Archetype(ID, suits, layout, modes=("vivid",))
