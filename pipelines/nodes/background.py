"""Phase generating_background: the page, its painter and its panels become elements."""

from pydantic import TypeAdapter

from pipelines.context import TaskContext
from pipelines.nodes.layout import PLAN
from pipelines.nodes.parse_intent import BRIEF
from pipelines.picture_wish import PARAM, picture_wish
from pipelines.state import DesignState
from pipelines.usage import PaintedLayers
from storage.documents.element import LayerSpec
from storage.documents.ids import part_seed

LAYERS: TypeAdapter[PaintedLayers] = TypeAdapter(PaintedLayers)


def generate_background(state: DesignState, context: TaskContext) -> DesignState:
    """Paint the page."""
    plan = context.steps.load_value(state["plan_key"], PLAN)
    model = context.engines.image_model

    def paint() -> PaintedLayers:
        brief = context.steps.load_value(state["brief_key"], BRIEF).brief
        scene = plan.scene(part_seed(plan.seed, "background"), **{PARAM: picture_wish(brief, plan)})
        painted = model.background(scene, plan.background, context.work)
        layer = LayerSpec(role="background", name="Background", type="background",
                          elements=[plan.page, *painted.elements, *plan.panels])  # fmt: skip
        return PaintedLayers(layers=[layer], usage=painted.usage)

    key = context.steps.once_value("background", {"plan": state["plan_key"], "model": model.name}, LAYERS, paint)
    context.account(key, context.steps.load_value(key, LAYERS).usage)
    return {"background_key": key}
