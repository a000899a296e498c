"""Progress of a task: the phases, percentages and messages of seed 5.2."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, StringConstraints

from storage.documents.base import Document, JsonObject, Timestamp
from storage.documents.cold_start import COLD_START, ColdStart, cold_start_of

DETAILS = (
    f"Of the phase, or of an executor outside. `{COLD_START}`: a model that the task waits for is being started; "
    "`stage` is node_wanted, replica_starting, weights_loading, warming_up or ready, `seconds` are since it began."
)


class Phase(NamedTuple):
    """A phase's percentage when it starts, and its message."""

    percentage: float
    message: str


PHASES: dict[str, Phase] = {
    "init": Phase(0, "任务已创建"),
    "fetching_task": Phase(0, "获取任务信息"),
    "parsing_intent": Phase(10, "解析设计需求"),
    "generating_layout": Phase(20, "生成布局方案"),
    "generating_background": Phase(40, "生成背景图"),
    "generating_elements": Phase(60, "生成设计元素"),
    "rendering_text": Phase(80, "渲染文字内容"),
    "quality_check": Phase(90, "质量检查"),
    "saving_result": Phase(95, "保存生成结果"),
    "completed": Phase(100, "生成完成"),
}


class TaskProgress(Document):
    """Where a task is. ``percentage`` is 0-100, or -1 after a failure."""

    phase: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    percentage: Annotated[float, Field(ge=-1, le=100)]
    message: Annotated[str, StringConstraints(max_length=2000)] = ""
    details: Annotated[JsonObject | None, Field(description=DETAILS)] = None


class TaskEvent(Document):
    """One message of a task's stream; ``seq`` only grows."""

    type: Literal["snapshot", "progress", "end"]
    seq: int
    status: str
    phase: str
    percentage: float
    message: str
    details: Annotated[JsonObject | None, Field(description=DETAILS)] = None
    attempt: int = 0
    at: Timestamp

    @property
    def cold_start(self) -> ColdStart | None:
        """The model's start that the task waited for then, if any."""
        return cold_start_of(self.details)
