"""What a failed quality check changes (design book 2): first smaller art, then calmer ground, then another layout."""

from collections.abc import Callable
from dataclasses import replace

from pipelines.layout.color import best_ink, contrast, lch, push_to_contrast
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
    skip = frozenset({current(job)}) if repair.round >= 2 else frozenset[str]()
    shrink = "unreadable" in kinds or "contrast" in kinds
    job = replace(
        job,
        hero_scale=max(0.6, 1 - 0.15 * repair.round) if shrink else 1.0,
        title_scale=max(0.85, 1 - 0.075 * repair.round) if "size" in kinds or "unreadable" in kinds else 1.0,
        plain=repair.round >= 2,
        wishes={item: color for item, color in job.wishes.items() if job.brief.items[item].text not in repair.problems},
    )  # fmt: skip
    return job, skip


def calm(sheet: Sheet, job: Job, repair: Repair) -> None:
    """Shrink the hero's zone and give the failing texts the strongest colour their ground allows."""
    zone = sheet.hero_zone
    if job.hero_scale < 1:
        # Away from the texts above it: the zone keeps its lower right corner, where it meets strip and edge.
        width, height = zone.width * job.hero_scale, zone.height * job.hero_scale
        sheet.hero_zone = zone._replace(x=zone.right - width, y=zone.bottom - height, width=width, height=height)
    failing = {text for text, kind in repair.problems.items() if kind in {"contrast", "unreadable"}}
    for number, item in enumerate(sheet.items):
        if item is None or job.brief.items[item].text not in failing:
            continue
        ground = sheet.grounds[number]
        ink = best_ink(ground, sheet.palette.ink, sheet.palette.on_deep, sheet.palette.on_surface)
        if contrast(ink, ground) < 7:
            ink = push_to_contrast(lch(ink), ground, 7) if repair.round > 1 else ink
        element = sheet.texts[number]
        sheet.texts[number] = element.model_copy(
            update={"style": element.style.model_copy(update={"fill": solid(ink)})}
        )
