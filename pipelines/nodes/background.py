"""Phase generating_background: the page, its painter and its panels become elements."""

from pydantic import TypeAdapter

from pipelines.context import TaskContext
from pipelines.nodes.layout import PLAN
from pipelines.state import DesignState
from storage.documents.element import ElementSpec, LayerSpec
from storage.documents.ids import part_seed

LAYERS: TypeAdapter[list[LayerSpec]] = TypeAdapter(list[LayerSpec])


def generate_background(state: DesignState, context: TaskContext) -> DesignState:
    """Paint the page."""
    plan = context.steps.load_value(state["plan_key"], PLAN)
    model = context.engines.image_model

    def paint() -> list[LayerSpec]:
        painted: list[ElementSpec] = []
        if plan.background:
            painted = model.background(plan.scene(part_seed(plan.seed, "background")), plan.background)
        return [LayerSpec(role="background", name="Background", type="background",
                          elements=[plan.page, *painted, *plan.panels])]  # fmt: skip

    key = context.steps.once_value("background", {"plan": state["plan_key"], "model": model.name}, LAYERS, paint)
    return {"background_key": key}
