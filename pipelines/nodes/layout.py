"""Phase generating_layout: the brief becomes a plan of places, colours and type."""

from pydantic import TypeAdapter

from pipelines.context import TaskContext
from pipelines.layout.compose import compose
from pipelines.nodes.parse_intent import BRIEF
from pipelines.nodes.references import load_references
from pipelines.pictures.roles import given_pictures
from pipelines.plan import DesignPlan, Repair
from pipelines.state import DesignState
from storage.documents.task import TaskParams

PLAN: TypeAdapter[DesignPlan] = TypeAdapter(DesignPlan)


def generate_layout(state: DesignState, context: TaskContext) -> DesignState:
    """Compose the plan; after a failed quality check, with what must be repaired."""
    repair = Repair.model_validate(state["repair"]) if state.get("repair") else None
    params = TaskParams.model_validate(state["params"])
    size = params.size
    brief = context.steps.load_value(state["brief_key"], BRIEF).brief
    inputs = {"brief": state["brief_key"], "size": [size.width, size.height], "seed": state["seed"],
              "repair": state.get("repair")}  # fmt: skip
    if state.get("references_key"):
        inputs["references"] = state["references_key"]
    pictures = given_pictures(
        load_references(state.get("references_key"), context), f"{params.prompt} {' '.join(brief.missing)}"
    )
    key = context.steps.once_value(
        "layout", inputs, PLAN, lambda: compose(brief, size.width, size.height, state["seed"], repair, pictures)
    )
    return {"plan_key": key}
