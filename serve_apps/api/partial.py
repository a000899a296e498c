"""Models of merge patches: every field of a document optional, at every depth."""

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, create_model


@cache
def partial(model: type[BaseModel]) -> type[BaseModel]:
    """The model with each field, and each field of the models in it, optional; null takes a value away.

    Lists are replaced whole. Rules between fields are left to whoever merges.
    """
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind: Any = _partial_kind(field.annotation)
        for mark in field.metadata:
            kind = Annotated[kind, mark]
        fields[name] = (kind | None if isinstance(kind, type) else Union[kind, None], None)  # noqa: UP007
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    return create_model(f"{model.__name__}Patch", __config__=config, __doc__=model.__doc__, **fields)


def _partial_kind(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return partial(kind)
    if get_origin(kind) in {Union, UnionType}:
        return Union[tuple(_partial_kind(choice) for choice in get_args(kind))]  # noqa: UP007
    return kind
