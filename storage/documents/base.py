"""What all document types share: strictness, wire times, colours and bounded numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from coloraide import Color
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer
from typing_extensions import TypeAliasType

from storage.documents.grammar import COLOR

JsonObject = dict[str, Any]


def schema_says(**facts: Any) -> Any:
    """Mark of a type: what its JSON Schema says although a validator elsewhere holds it."""
    return Field(json_schema_extra=facts)


def one_of(*forms: JsonObject, required: Sequence[list[str]]) -> JsonObject:
    """Schema of rules between fields: properties of each form, and what it needs; a value has at least one form."""
    return {"anyOf": [
        {"properties": properties, **({"required": names} if names else {})}
        for properties, names in zip(forms, required, strict=True)
    ]}  # fmt: skip


class Document(BaseModel):
    """A strict value of the wire: unknown fields are an error that names them."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_assignment=True)


def _to_utc_seconds(value: datetime) -> datetime:
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.replace(microsecond=0)


def format_time(value: datetime) -> str:
    """RFC 3339 with ``Z``, whole seconds."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[
    datetime, AfterValidator(_to_utc_seconds), PlainSerializer(format_time, return_type=str, when_used="json")
]


def utc_now() -> datetime:
    """Now, UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def _valid_color(value: str) -> str:
    text = value.strip()
    if len(text) > 64 or Color.match(text, fullmatch=True) is None:
        raise ValueError("is not a hex or CSS colour, for example #1890ff or rgba(0,0,0,0.3)")
    return value


# Kept as the client wrote it: samples must come back equal. Of the forms that are read the schema names the usual ones.
ColorString = TypeAliasType(
    "ColorString",
    Annotated[str, AfterValidator(_valid_color), schema_says(pattern=COLOR, maxLength=64)],
)

Unit = Annotated[float, Field(ge=0, le=1)]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000)]
Extent = Annotated[float, Field(ge=0, le=100_000)]
