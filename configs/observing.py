"""Settings of what an operator sees: traces, and how long the stages of a task should take."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

Stage = Literal[
    "task", "queued", "fetching_task", "parsing_intent", "generating_layout", "generating_background",
    "generating_elements", "rendering_text", "quality_check", "saving_result",
]  # fmt: skip
"""``task``: from its creation to its poster; ``queued``: until its first attempt; the others are the phases."""


def _collector(url: str) -> str:
    """A file, or the whole address that an OTLP collector takes traces at. Raises ValueError for anything else."""
    parts = urlsplit(url)
    if not url or (parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")):
        return url
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a URL such as http://127.0.0.1:4318/v1/traces or file:///tmp/traces.jsonl")
    return url if parts.path.strip("/") else f"{url.rstrip('/')}/v1/traces"


class ObservingSettings(BaseSettings):
    """What is told beyond logs and metrics."""

    traces: Annotated[str, AfterValidator(_collector)] = Field(
        "", description="Where traces of tasks go: an OTLP/HTTP collector, or file:///... for JSON lines."
    )
    goal_seconds: dict[Stage, Annotated[float, Field(gt=0)]] = Field(
        {"task": 60.0}, description="JSON object of stages and how long each should take; metrics tell which did."
    )
