"""Phase rendering_text: text elements join, the document is whole and is drawn."""

from pydantic import TypeAdapter

from pipelines.assembly import assemble_poster
from pipelines.context import TaskContext
from pipelines.export.raster import encode_png
from pipelines.nodes.background import LAYERS
from pipelines.nodes.layout import PLAN
from pipelines.nodes.parse_intent import BRIEF
from pipelines.nodes.references import load_references
from pipelines.rendering.canvas import render
from pipelines.state import DesignState
from storage.documents.poster import PosterDocument

DOCUMENT: TypeAdapter[PosterDocument] = TypeAdapter(PosterDocument)


def render_text(state: DesignState, context: TaskContext) -> DesignState:
    """Assemble the document and draw it."""
    steps = context.steps
    plan = steps.load_value(state["plan_key"], PLAN)

    def assemble() -> PosterDocument:
        return assemble_poster(
            state, steps.load_value(state["brief_key"], BRIEF), plan, steps.load_value(state["background_key"], LAYERS),
            steps.load_value(state["elements_key"], LAYERS), context.engines.text_reader.name,
            load_references(state.get("references_key"), context),
        )  # fmt: skip

    document_key = steps.once_value(
        "document", [state["background_key"], state["elements_key"], state["brief_key"]], DOCUMENT, assemble
    )
    picture_key = steps.once(
        "picture", document_key,
        lambda: encode_png(render(steps.load_value(document_key, DOCUMENT), context.engines.image)), "image/png",
    )  # fmt: skip
    return {"document_key": document_key, "picture_key": picture_key}
