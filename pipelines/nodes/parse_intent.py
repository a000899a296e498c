"""Phase parsing_intent: the wish becomes a brief, and the pictures that came with it are looked at."""

from pydantic import TypeAdapter

from pipelines.context import TaskContext
from pipelines.models.base import Understanding
from pipelines.nodes.references import load_references, read_references
from pipelines.state import DesignState
from storage.documents.task import TaskParams

BRIEF: TypeAdapter[Understanding] = TypeAdapter(Understanding)


def parse_intent(state: DesignState, context: TaskContext) -> DesignState:
    """Look at the pictures, and ask the language model what the poster must say."""
    params = TaskParams.model_validate(state["params"])
    model = context.engines.language_model
    references_key = read_references(state, context)
    seen = [line for reference in load_references(references_key, context) for line in reference.lines]
    key = context.steps.once_value(
        "intent",
        {"params": state["params"], "model": model.name} | ({"seen": seen} if seen else {}),
        BRIEF,
        lambda: model.understand(params, context.work, seen),
    )
    context.account(key, context.steps.load_value(key, BRIEF).usage)
    return {"brief_key": key, "references_key": references_key} if references_key else {"brief_key": key}
