"""Title above, the user's picture from edge to edge or framed, facts below: for any upright page."""

from dataclasses import replace

from pipelines.layout.archetypes import fill_top
from pipelines.layout.hero_choice import HeroChoice
from pipelines.layout.job import Archetype, Job
from pipelines.layout.pictures import melts, put_pictures, sharpness
from pipelines.layout.sheet import DoesNotFit, Sheet

ID = "picture-band"
_UPRIGHT = 0.85  # width by height
_LEAST = 0.27  # of the page's height


def suits(job: Job) -> float:
    """Upright and square pages; an upright picture is cut too much by a band."""
    if job.frame.shape not in {"portrait", "tall", "square"}:
        return 0.0
    score = 1.0 if job.content.title.place != "bottom" else 0.5
    upright = job.pictures.shown[0].ratio < _UPRIGHT and not job.pictures.cutout and not melts(job)
    return score * (0.55 if upright else 1.0)


def layout(job: Job) -> Sheet:
    """Raises DoesNotFit when too little room is left for a picture."""
    frame = job.frame
    sheet = fill_top.layout(replace(job, hero=HeroChoice("picture")))
    sheet.archetype = ID
    zone = sheet.hero_zone
    if zone.height < _LEAST * frame.height:
        raise DoesNotFit(ID)
    # A small picture, and one of a rounded or calm style, stays within the margins.
    inside = job.pack.radius > 0 or job.pack.id == "minimalist" or sharpness(job.pictures.shown[0], zone) < 0.6
    if inside and not job.pictures.cutout and not melts(job):
        bottom = zone.bottom if sheet.strip is None else zone.bottom - 0.6 * frame.margin
        bottom = min(bottom, frame.height - frame.margin)
        zone = zone._replace(x=frame.left, width=frame.measure, height=bottom - zone.y)
        if zone.height < _LEAST * frame.height:
            raise DoesNotFit(ID)
    put_pictures(job, sheet, zone, job.pack.radius * frame.u if inside else 0.0)
    return sheet


ARCHETYPE = Archetype(ID, suits, layout)
