"""What the language model is asked to write, as a JSON schema, and how its answer is read."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from pipelines.brief import CopyRole, FactKind, Purpose
from pipelines.models.designer.styles import STYLE_NAMES
from pipelines.models.designer.words import table

MOODS = tuple(table("moods"))
STYLES = tuple(STYLE_NAMES)
_LONGEST_FAULT = 300


def _one_of(names: tuple[str, ...]) -> Any:
    def known(value: str) -> str:
        if value and value not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return value

    return Annotated[str, AfterValidator(known), Field(json_schema_extra={"enum": list(names)})]


class _Written(BaseModel):
    """Defaults are for answers that were cut; the schema asks for every field."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"additionalProperties": False},
        json_schema_serialization_defaults_required=True,
    )


class WrittenText(_Written):
    """A text of the poster, copied from the wish; ``label``: the wish's own word before it."""

    role: CopyRole = "body"
    kind: FactKind = "other"
    label: Annotated[str, Field(max_length=24)] = ""
    text: Annotated[str, Field(max_length=600)] = ""


class NamedColour(_Written):
    """A colour the wish names: its word there, and what it looks like."""

    word: Annotated[str, Field(max_length=24)] = ""
    hex: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")] = "#000000"


class Answer(_Written):
    """Intent first, then the copy: an answer that is cut still says what the poster is for."""

    purpose: Purpose
    style: _one_of(STYLES) = ""  # type: ignore[valid-type]
    mood: _one_of(MOODS) = ""  # type: ignore[valid-type]
    topics: Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=5)] = []
    colours: Annotated[list[NamedColour], Field(max_length=4)] = []
    image_prompt: Annotated[str, Field(max_length=300)] = ""
    texts: Annotated[list[WrittenText], Field(max_length=30, json_schema_extra={"minItems": 1})] = []
    leave_out: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=12)] = []
    missing: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=6)] = []


def _bare(schema: Any) -> Any:
    """A schema without the words that are for people."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _bare(part) for key, part in schema.items() if key not in ("title", "description", "default")}


ANSWER_SCHEMA: dict[str, Any] = _bare(Answer.model_json_schema(mode="serialization"))
"""Every field required, none beyond them."""


class Unusable(ValueError):
    """An answer of which no brief can be made; says why, in words for the model."""


def parse_answer(text: str, *, finished: bool) -> Answer:
    """The answer within ``text``; of one that was cut, what had been said. Raises Unusable."""
    start = text.find("{")
    if start < 0:
        raise Unusable("It holds no JSON object.")
    end = text.rfind("}") + 1 if finished else len(text)
    try:
        answer = Answer.model_validate(from_json(text[start:end], allow_partial=not finished))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False)]
        raise Unusable(f"It breaks the schema: {'; '.join(faults)}"[:_LONGEST_FAULT]) from None
    except ValueError as error:
        raise Unusable(f"It is not valid JSON: {error}."[:_LONGEST_FAULT]) from None
    if finished and not answer.texts:
        raise Unusable("It has no texts; the poster needs at least a title.")
    return answer
