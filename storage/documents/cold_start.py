"""A model that a task waits for is being started: what its progress tells of that."""

from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationError

from storage.documents.base import Document, JsonObject

COLD_START = "cold_start"
"""Where it is among the details of a progress."""
Stage = Literal["node_wanted", "replica_starting", "weights_loading", "warming_up", "ready"]
STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_WORDS: dict[Stage, str] = {
    "node_wanted": "waiting for a node",
    "replica_starting": "replica starting",
    "weights_loading": "weights loading",
    "warming_up": "warming up",
    "ready": "ready",
}


class ColdStart(Document):
    """A stage of a model's start. ``model`` as ``/readyz`` names it."""

    code: Literal["COLD_START"] = "COLD_START"
    model: Annotated[str, Field(examples=["image_model"])]
    stage: Stage
    seconds: Annotated[int, Field(ge=0, description="Since its start began.")]
    expected_seconds: Annotated[
        int | None, Field(ge=0, description="About how long the whole start takes, where earlier ones were seen.")
    ] = None
    message: Annotated[str, Field(description="A sentence for people.")]


def cold_start(model: str, stage: Stage, seconds: float, expected: float | None = None) -> ColdStart:
    """The stage with its sentence."""
    name, took = model.replace("_", " "), max(0, round(seconds))
    whole = None if expected is None or stage == "ready" else max(took, round(expected))
    if stage == "ready":
        message = f"The {name} is ready after {took} s."
    else:
        message = f"The {name} starts: {STAGE_WORDS[stage]} ({took} s{f' of about {whole} s' if whole else ''})."
    return ColdStart(model=model, stage=stage, seconds=took, expected_seconds=whole, message=message)


def cold_start_of(details: JsonObject | None) -> ColdStart | None:
    """What the details of a progress tell of a start; None of what a newer service may say there."""
    try:
        return ColdStart.model_validate((details or {}).get(COLD_START), extra="ignore")
    except ValidationError:
        return None
