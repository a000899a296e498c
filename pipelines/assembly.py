"""From layer specs to the stored document: ids, title, tags and how the poster was made."""

from pipelines.brief import DesignBrief
from pipelines.context import Engines
from pipelines.plan import DesignPlan
from pipelines.state import DesignState
from storage.documents.element import LayerSpec
from storage.documents.ids import element_id_of
from storage.documents.poster import PosterDocument, PosterMetadata, assemble

TEXT_LAYER = "text"


def assemble_poster(
    state: DesignState, brief: DesignBrief, plan: DesignPlan, layers: list[LayerSpec], engines: Engines
) -> PosterDocument:
    """The whole poster, ids derived from the task's."""
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
        ai_params={
            "image_model": engines.image_model.name,
            "language_model": engines.language_model.name,
            "text_reader": engines.text_reader.name,
            "steps": None,
            "seed": state["seed"],
            "tokens": None,
            "fallbacks": [],
        },
        **{
            "archetype": plan.archetype,
            "hero": plan.hero,
            "purpose": brief.purpose,
            "style_pack": brief.style,
            "missing": brief.missing,
            "required": [
                {"text": placement.text,
                 "elements": [element_id_of(task_id, TEXT_LAYER, index) for index in placement.elements]}
                for placement in plan.placements
            ],
            "repair_rounds": state["repair_round"],
        },
    )  # fmt: skip
    return assemble(
        task_id, state["user_id"], plan.width, plan.height, layers,
        title=brief.title[:200], description=brief.description, background=plan.css_background, metadata=metadata,
    )  # fmt: skip


def required_groups(document: PosterDocument) -> list[list[str]]:
    """Ids of the text elements that print each required text, as stored with the poster."""
    extra = document.poster.metadata.model_extra or {}
    return [list(entry["elements"]) for entry in extra.get("required", [])]
