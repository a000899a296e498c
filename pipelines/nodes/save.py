"""Phase saving_result: files are written and the task ends, in one transaction."""

from pipelines.context import TaskContext
from pipelines.export.raster import decode_rgba
from pipelines.nodes.render_text import DOCUMENT
from pipelines.publish import publish
from pipelines.state import DesignState


def save_result(state: DesignState, context: TaskContext) -> DesignState:
    """Publish the poster and complete the task."""
    document = context.steps.load_value(state["document_key"], DOCUMENT)
    png = context.steps.load(state["picture_key"])
    files = publish(document, decode_rgba(png), context.engines, png)
    context.executor.complete(document, files, state["quality"])
    return {"poster_id": document.poster.id}
