"""Phase generating_elements: the hero, ornaments and grain become elements."""

from pipelines.context import TaskContext
from pipelines.nodes.background import LAYERS
from pipelines.nodes.layout import PLAN
from pipelines.picture_wish import PICTURED
from pipelines.state import DesignState
from pipelines.usage import PaintedLayers
from storage.documents.element import LayerSpec
from storage.documents.ids import part_seed


def generate_elements(state: DesignState, context: TaskContext) -> DesignState:
    """Draw the subject and the ornaments."""
    plan = context.steps.load_value(state["plan_key"], PLAN)
    model = context.engines.image_model

    def draw() -> PaintedLayers:
        layers: list[LayerSpec] = []
        usage = None
        if plan.hero:
            scene = plan.scene(part_seed(plan.seed, "hero"), **{PICTURED: _pictured(state, context)})
            hero = model.hero(scene, plan.hero, context.work)
            usage = hero.usage
            layers.append(LayerSpec(role="hero", name="Hero", type="decoration", elements=hero.elements))
        if plan.pictures:
            layers.append(LayerSpec(role="pictures", name="Pictures", type="content", elements=plan.pictures))
        if plan.decorations:
            layers.append(LayerSpec(role="ornaments", name="Ornaments", type="decoration", elements=plan.decorations))
        if plan.grain:
            layers.append(LayerSpec(role="grain", name="Grain", type="decoration", elements=[plan.grain]))
        return PaintedLayers(layers=layers, usage=usage)

    key = context.steps.once_value("elements", {"plan": state["plan_key"], "model": model.name}, LAYERS, draw)
    context.account(key, context.steps.load_value(key, LAYERS).usage)
    return {"elements_key": key}


def _pictured(state: DesignState, context: TaskContext) -> bool:
    """Whether the background is a picture, which shows the subject as well."""
    painted = context.steps.load_value(state["background_key"], LAYERS)
    return any(element.type == "image" for layer in painted.layers for element in layer.elements)
