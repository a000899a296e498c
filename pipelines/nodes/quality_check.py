"""Phase quality_check: the finished picture is read back; what fails goes to repair."""

from pipelines.assembly import required_groups
from pipelines.context import TaskContext
from pipelines.export.raster import decode_rgba
from pipelines.nodes.render_text import DOCUMENT
from pipelines.plan import Repair
from pipelines.quality.review import QualityReport, review
from pipelines.state import DesignState


def quality_check(state: DesignState, context: TaskContext) -> DesignState:
    """Review the picture; ask for a repair while rounds are left."""
    engines = context.engines

    def look() -> bytes:
        document = context.steps.load_value(state["document_key"], DOCUMENT)
        picture = decode_rgba(context.steps.load(state["picture_key"]))
        report = review(document, required_groups(document), engines.text_reader, engines.image, picture=picture)
        return report.model_dump_json().encode()

    key = context.steps.once("review", [state["document_key"], engines.text_reader.name], look)
    report = QualityReport.model_validate_json(context.steps.load(key))
    problems = {text.text: text.problem for text in report.texts if text.problem}
    done = state["repair_round"]
    quality = report.model_dump(mode="json") | {"repair_rounds": done}
    if not problems or done >= engines.repair_rounds:
        return {"quality": quality, "repair": None}
    repair = Repair(round=done + 1, problems=problems)
    return {"quality": quality, "repair": repair.model_dump(mode="json"), "repair_round": done + 1}
