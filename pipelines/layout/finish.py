"""From a laid-out sheet to a plan: page, background, grain, quiet zones, placements."""

from pipelines.layout.color import lch
from pipelines.layout.job import Job
from pipelines.layout.sheet import Sheet, shape
from pipelines.plan import DesignPlan, TextPlacement
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.ids import part_seed
from storage.documents.style import ElementStyle, Fill, Pattern, linear, solid

_ON_PICTURES = 0.4  # photographs bring a grain of their own


def build_plan(sheet: Sheet, job: Job, score: dict[str, float]) -> DesignPlan:
    """Everything the painters and the renderer need."""
    frame, palette, pack = sheet.frame, sheet.palette, job.pack
    families = [name.strip() for element in sheet.texts if element.style.text_style
                for name in element.style.text_style.font_family.split(",")]  # fmt: skip
    page, css = _page(job, sheet)
    return DesignPlan(
        archetype=sheet.archetype,
        width=frame.width,
        height=frame.height,
        u=frame.u,
        margin=frame.margin,
        palette=palette,
        page=page,
        background=sheet.background or "plain",
        panels=sheet.panels,
        hero=sheet.hero,
        hero_zone=sheet.hero_zone,
        scene_params=sheet.params,
        quiet=[box.outset(2 * frame.u) for index, box in enumerate(sheet.inks) if index not in sheet.loud],
        strip=sheet.strip,
        strip_color=sheet.strip_color,
        topics=job.brief.topics,
        seed=job.seed,
        pictures=sheet.pictures,
        decorations=[*sheet.decorations, *_placeholders(job)],
        texts=sheet.texts,
        foreground=sheet.foreground,
        grain=_grain(job, sheet),
        placements=_placements(sheet, job),
        fonts=list(dict.fromkeys(families)),
        css_background=css,
        score=score | {"weight": pack.archetypes.get(sheet.archetype, 0.3)},
    )


def _page(job: Job, sheet: Sheet) -> tuple[ElementSpec, str]:
    """The page colour, with a breath of depth away from the text's own lightness."""
    palette = sheet.palette
    bg = palette.bg
    base = lch(bg)
    frame = job.frame
    depth = 0.0
    if palette.mode == "vivid" and job.pack.id != "cartoon" and not _has_rays(sheet):
        depth = -0.035 if lch(palette.ink).l > 0.5 else 0.02
    end = base.at(min(base.l + depth, 0.99)).to_hex()
    fill = linear([bg, end], 160) if depth else solid(bg)
    element = shape(frame.page, bg, "Page", "page")
    css = f"linear-gradient(160deg, {bg}, {end})" if depth else bg
    return element.model_copy(update={"style": ElementStyle(fill=fill), "locked": True}), css


def _has_rays(sheet: Sheet) -> bool:
    """Painters of rays calm them under text with the page's colour, so the page must be of one."""
    return bool({sheet.hero, sheet.background} & {"sunburst", "lantern", "halftone", "moon"})


def _grain(job: Job, sheet: Sheet) -> ElementSpec | None:
    grain = job.pack.grain
    if grain.amount <= 0 or job.brief.purpose == "notice" or sheet.archetype == "block-notice":
        return None
    frame = job.frame
    amount = grain.amount * (_ON_PICTURES if sheet.pictures else 1.0)
    pattern = Pattern(
        type="noise", amount=0.235, size=max(1.0, grain.scale * frame.u / 10.8), seed=part_seed(job.seed, "grain")
    )
    return ElementSpec(
        type="shape", transform=Transform(width=frame.width, height=frame.height),
        style=ElementStyle(fill=Fill(type="pattern", pattern=pattern), blend_mode="soft_light", opacity=amount),
        content=ElementContent(shape_type="rect", name="Grain", role="grain"), locked=True, selectable=False,
    )  # fmt: skip


def _placeholders(job: Job) -> list[ElementSpec]:
    """What was asked for but not given: hidden, named places that an editor can fill."""
    frame = job.frame
    side = 9 * frame.u
    found = []
    for index, wish in enumerate(job.brief.missing):
        box = frame.page.outset(-frame.margin)
        x = min(box.right - side, box.x + index * (side + 2 * frame.u))
        element = ElementSpec(
            type="shape",
            transform=Transform(x=round(x, 2), y=round(box.y, 2), width=round(side, 2), height=round(side, 2)),
            style=ElementStyle(fill=solid(job.palette.soft)),
            content=ElementContent(shape_type="rect", name=f"Placeholder: {wish}"[:100], role="placeholder"),
            visible=False,
        )
        found.append(element)
    return found


def _placements(sheet: Sheet, job: Job) -> list[TextPlacement]:
    by_item: dict[int, list[int]] = {}
    for number, item in enumerate(sheet.items):
        if item is not None:
            by_item.setdefault(item, []).append(number)
    return [
        TextPlacement(text=job.brief.items[item].text, elements=numbers) for item, numbers in sorted(by_item.items())
    ]
