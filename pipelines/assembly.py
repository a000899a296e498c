"""From layer specs to the stored document: ids, title, tags and how the poster was made."""

from collections.abc import Sequence
from typing import Any

from pipelines.models.base import Understanding
from pipelines.pictures.picture import Reference, asks_for_logo
from pipelines.plan import DesignPlan
from pipelines.state import DesignState
from pipelines.usage import PaintedLayers, ai_params
from storage.documents.element import LayerSpec
from storage.documents.ids import element_id_of
from storage.documents.poster import PosterDocument, PosterMetadata, assemble

TEXT_LAYER = "text"


def assemble_poster(
    state: DesignState, understood: Understanding, plan: DesignPlan, background: PaintedLayers, elements: PaintedLayers,
    text_reader: str, references: Sequence[Reference] = (),
) -> PosterDocument:  # fmt: skip
    """The whole poster, ids derived from the task's. ``references``: the pictures that came with it."""
    brief = understood.brief
    layers = [*background.layers, *elements.layers]
    uses = [_use(reference, layers, steers=not brief.colors) for reference in references]
    logo_given = any(use["use"] == "logo" for use in uses)
    text_layer = LayerSpec(role=TEXT_LAYER, name="Text", type="content", elements=plan.texts)
    layers = [*layers, text_layer]
    if plan.foreground:
        layers.append(LayerSpec(role="foreground", name="Foreground", type="decoration", elements=plan.foreground))
    task_id = state["task_id"]
    metadata = PosterMetadata(
        style=state["params"].get("style") or brief.style,
        color_scheme=brief.colors or list(dict.fromkeys([plan.palette.bg, plan.palette.primary, plan.palette.accent])),
        fonts=plan.fonts,
        tags=brief.tags,
        ai_params=ai_params(
            understood.usage, [made.usage for made in (background, elements) if made.usage], text_reader, state["seed"]
        ),
        **{
            "archetype": plan.archetype,
            # Where a model painted the subject with the page, none is drawn.
            "hero": plan.hero if any(layer.elements for layer in elements.layers if layer.role == "hero") else None,
            "purpose": brief.purpose,
            "style_pack": brief.style,
            "missing": [wish for wish in brief.missing if not (logo_given and asks_for_logo(wish))],
            "required": [
                {"text": placement.text,
                 "elements": [element_id_of(task_id, TEXT_LAYER, index) for index in placement.elements]}
                for placement in plan.placements
            ],
            "repair_rounds": state["repair_round"],
        },
        **({"references": uses} if uses else {}),
    )  # fmt: skip
    return assemble(
        task_id, state["user_id"], plan.width, plan.height, layers,
        title=brief.title[:200], description=brief.description, background=plan.css_background, metadata=metadata,
    )  # fmt: skip


def _use(reference: Reference, layers: Sequence[LayerSpec], *, steers: bool) -> dict[str, Any]:
    """What became of a reference: ``hero``, ``picture``, ``logo``, ``palette``, or ``none`` with the problem."""
    picture = reference.picture
    if picture is None:
        return {"source": reference.source, "use": "none", "problem": reference.problem}
    shown = [element for layer in layers for element in layer.elements if element.content.image_url == picture.key]
    use = shown[0].content.role if shown else ("palette" if steers else "none")
    colors = [swatch.color for swatch in picture.swatches]
    problem = "" if use != "none" else "The layout had no place for it, and the colours were given."
    read = {"text": reference.lines} if reference.lines else {}
    return {"source": reference.source, "use": use, "colors": colors, "problem": problem, **read}


def required_groups(document: PosterDocument) -> list[list[str]]:
    """Ids of the text elements that print each required text, as stored with the poster."""
    extra = document.poster.metadata.model_extra or {}
    return [list(entry["elements"]) for entry in extra.get("required", [])]
