"""The layout engine's door: a brief and a size become a plan."""

from dataclasses import replace

from pipelines.brief import DesignBrief
from pipelines.layout.archetypes.registry import ARCHETYPES, LAST_RESORT, PICTURE_ARCHETYPES
from pipelines.layout.checks import score_sheet
from pipelines.layout.choose_palette import choose_palette
from pipelines.layout.color import lch
from pipelines.layout.content import sort_content
from pipelines.layout.finish import build_plan
from pipelines.layout.grid import Frame
from pipelines.layout.hero_choice import choose_hero
from pipelines.layout.job import Archetype, Job
from pipelines.layout.logo import logo_lead, put_logo
from pipelines.layout.repairing import apply_repair, calm
from pipelines.layout.sheet import DoesNotFit, Sheet
from pipelines.pictures.picture import asks_for_logo
from pipelines.pictures.roles import NO_PICTURES, GivenPictures
from pipelines.plan import DesignPlan, Repair
from pipelines.styles.packs import style_pack
from storage.documents.ids import part_seed
from storage.errors import DesignError

_TRIED = 4  # archetypes laid out and compared
_EQUAL = 0.68  # share of the best one's score from which another one may take its turn
_Found = tuple[float, Sheet, dict[str, float]]
_SCALES = (1.0, 0.86, 0.74, 0.62)


def compose(
    brief: DesignBrief, width: int, height: int, seed: int, repair: Repair | None = None,
    pictures: GivenPictures = NO_PICTURES,
) -> DesignPlan:  # fmt: skip
    """Lay out a brief on a page of ``width`` x ``height`` pixels. Same input and seed, same plan.

    Every item of the brief is placed verbatim, without overlaps. ``pictures`` take the hero's place, and their colours
    lead unless the brief names some. Raises DesignError for a brief without text.
    """
    if not any(item.text.strip() for item in brief.items):
        raise DesignError("The brief holds no text; say what the poster is about.")
    pack = style_pack(brief.style)
    dark = pictures.dark and not brief.colors
    if pictures.colors and not brief.colors:
        brief = brief.model_copy(update={"colors": list(pictures.colors)})
    if pictures.logo is not None:
        brief = brief.model_copy(update={"missing": [wish for wish in brief.missing if not asks_for_logo(wish)]})
    palette = choose_palette(brief, pack, seed, "dark" if dark else None)
    frame = Frame(width, height, pack.margin)
    job = Job(
        brief=brief, content=sort_content(brief), frame=replace(frame, lead=logo_lead(frame, pictures)), pack=pack,
        palette=palette, hero=choose_hero(brief, pack, seed), seed=seed, wishes=_wishes(brief), pictures=pictures,
    )  # fmt: skip
    skip: frozenset[str] = frozenset()
    if repair is not None:
        job, skip = apply_repair(job, repair, lambda plain: _best(plain, frozenset())[1].archetype)
    job, sheet, score = _best(job, skip)
    if repair is not None:
        calm(sheet, job, repair)
    if pictures.logo is not None:
        put_logo(sheet, pictures.logo)
    return build_plan(sheet, job, score)


def _wishes(brief: DesignBrief) -> dict[int, str]:
    """Text colours asked for, by item."""
    return {index: lch(item.color).to_hex() for index, item in enumerate(brief.items) if item.color}


def _in_mode(job: Job, archetype: Archetype) -> Job | None:
    """The job in colours that the archetype can use; None when the given colours forbid it."""
    if job.palette.mode in archetype.modes:
        return job
    palette = choose_palette(job.brief, job.pack, job.seed, archetype.modes[0])
    return replace(job, palette=palette) if palette.mode in archetype.modes else None


def _ranked(job: Job, skip: frozenset[str]) -> list[tuple[float, Archetype]]:
    """Archetypes that suit, best first."""
    found = []
    pool = PICTURE_ARCHETYPES if job.pictures.shown else ARCHETYPES
    for archetype in pool.values():
        suits = archetype.suits(job)
        if suits > 0 and archetype.id not in skip:
            found.append((suits * job.pack.archetypes.get(archetype.id, 0.3), archetype))
    return sorted(found, key=lambda pair: (-pair[0], pair[1].id))


def _best(job: Job, skip: frozenset[str]) -> tuple[Job, Sheet, dict[str, float]]:
    ranked = _ranked(job, skip)
    for scale in _SCALES:
        sized = job.scaled(scale)
        fair: list[_Found] = []
        for weight, archetype in ranked:
            if len(fair) == _TRIED:
                break
            result = _try(archetype, sized)
            if result is not None and result[1]["overlaps"] == result[1]["outside"] == 0:
                fair.append((weight * max(result[1]["fit"], 0.05), *result))
        if fair:
            _, sheet, score = _rotate(job, fair)
            return sized, sheet, score
    for scale in (0.5, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03):
        sized = job.scaled(scale)
        result = _try(LAST_RESORT, sized)
        if result is not None:
            return sized, *result
    raise DesignError("The texts do not fit on a page of this size; use a larger size or fewer texts.")


def _rotate(job: Job, fair: list[_Found]) -> _Found:
    """The seed takes turns among the arrangements that are about as good as the best."""
    fair.sort(key=lambda found: (-found[0], found[1].archetype))
    equals = [found for found in fair if found[0] >= _EQUAL * fair[0][0]]
    return equals[(job.seed + part_seed(0, f"layout/turn/{job.brief.title}")) % len(equals)]


def _try(archetype: Archetype, job: Job) -> tuple[Sheet, dict[str, float]] | None:
    suited = _in_mode(job, archetype)
    if suited is None:
        return None
    try:
        sheet = archetype.layout(suited)
    except DoesNotFit:
        return None
    # An arrangement that has no place for one of the texts is none.
    if {index for index, item in enumerate(job.brief.items) if item.text.strip()} - set(sheet.items):
        return None
    return sheet, score_sheet(sheet.inks, sheet.texts, sheet.hero_zone, job.frame, job.pack.empty)
