"""What a failed quality check changes (design book 2): first smaller art, then calmer ground, then another layout."""

from collections.abc import Callable
from dataclasses import replace

from pipelines.brief import DesignBrief
from pipelines.layout.color import best_ink, contrast, lch, push_to_contrast
from pipelines.layout.content import sort_content
from pipelines.layout.job import Job
from pipelines.layout.sheet import Sheet
from pipelines.plan import Repair
from storage.documents.style import solid


def apply_repair(job: Job, repair: Repair, current: Callable[[Job], str]) -> tuple[Job, frozenset[str]]:
    """The job with less hero and less title, and from the second round on the archetypes to leave out.

    ``current`` tells which archetype an unrepaired job takes.
    """
    if not repair.problems:
        return job, frozenset()
    kinds = set(repair.problems.values())
    failing = {_core(text) for text in repair.problems}
    skip = frozenset({current(job)}) if repair.round >= 2 else frozenset[str]()
    shrink = "unreadable" in kinds or "contrast" in kinds
    brief = _emphasized(job, repair)
    job = replace(
        job,
        brief=brief,
        content=sort_content(brief),
        hero_scale=max(0.6, 1 - 0.15 * repair.round) if shrink else 1.0,
        title_scale=max(0.85, 1 - 0.075 * repair.round) if "size" in kinds or "unreadable" in kinds else 1.0,
        plain=repair.round >= 2,
        wishes={item: color for item, color in job.wishes.items() if _core(job.brief.items[item].text) not in failing},
    )  # fmt: skip
    return job, skip


def _core(text: str) -> str:
    """A text without its spaces and line ends: a reviewer names texts as they are drawn."""
    return "".join(text.split())


def _failing(repair: Repair, *kinds: str) -> set[str]:
    return {_core(text) for text, kind in repair.problems.items() if kind in kinds}


def _emphasized(job: Job, repair: Repair) -> DesignBrief:
    """Texts that could not be read are set bolder and larger."""
    faint = _failing(repair, "unreadable", "size")
    size = job.frame.body * (1 + 0.12 * repair.round)
    items = [
        item.model_copy(update={"weight": "700", "size": max(item.size or 0.0, size)})
        if _core(item.text) in faint
        else item
        for item in job.brief.items
    ]
    return job.brief.model_copy(update={"items": items})


def calm(sheet: Sheet, job: Job, repair: Repair) -> None:
    """Shrink the hero's zone and give the failing texts the strongest colour their ground allows."""
    zone = sheet.hero_zone
    if job.hero_scale < 1:
        # Away from the texts above it: the zone keeps its lower right corner, where it meets strip and edge.
        width, height = zone.width * job.hero_scale, zone.height * job.hero_scale
        sheet.hero_zone = zone._replace(x=zone.right - width, y=zone.bottom - height, width=width, height=height)
    failing = _failing(repair, "contrast", "unreadable")
    for number, item in enumerate(sheet.items):
        if item is None or _core(job.brief.items[item].text) not in failing:
            continue
        ground = sheet.grounds[number]
        ink = best_ink(ground, sheet.palette.ink, sheet.palette.on_deep, sheet.palette.on_surface)
        if contrast(ink, ground) < 7:
            ink = push_to_contrast(lch(ink), ground, 7) if repair.round > 1 else ink
        element = sheet.texts[number]
        sheet.texts[number] = element.model_copy(
            update={"style": element.style.model_copy(update={"fill": solid(ink)})}
        )
