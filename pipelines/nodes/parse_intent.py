"""Phase parsing_intent: the wish becomes a brief, and the pictures that came with it are looked at."""

from pydantic import TypeAdapter

from pipelines.context import TaskContext
from pipelines.models.base import Understanding
from pipelines.nodes.references import read_references
from pipelines.state import DesignState
from storage.documents.task import TaskParams

BRIEF: TypeAdapter[Understanding] = TypeAdapter(Understanding)


def parse_intent(state: DesignState, context: TaskContext) -> DesignState:
    """Ask the language model what the poster must say."""
    params = TaskParams.model_validate(state["params"])
    model = context.engines.language_model
    key = context.steps.once_value(
        "intent",
        {"params": state["params"], "model": model.name},
        BRIEF,
        lambda: model.understand(params, context.work),
    )
    references_key = read_references(state, context)
    return {"brief_key": key, "references_key": references_key} if references_key else {"brief_key": key}
