"""What all document types share: strictness, wire times, colours and bounded numbers."""

from datetime import UTC, datetime
from typing import Annotated, Any

from coloraide import Color
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer


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


# Kept as the client wrote it: samples must come back equal.
ColorString = Annotated[str, AfterValidator(_valid_color)]

Unit = Annotated[float, Field(ge=0, le=1)]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000)]
Extent = Annotated[float, Field(ge=0, le=100_000)]
JsonObject = dict[str, Any]
