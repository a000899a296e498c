"""Ids of the contract: a prefix and twelve hex digits when we make them, opaque to a reader."""

import hashlib
import secrets
from typing import Annotated

from pydantic import StringConstraints

# Letters, digits and - _ . : only, so that an id is always one safe path segment.
Id = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]


def new_task_id() -> str:
    """A fresh random task id."""
    return f"task_{secrets.token_hex(6)}"


def derived_id(prefix: str, *parts: str | int) -> str:
    """An id that is a function of its parts, so that a primary key forbids a second one."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()
    return f"{prefix}_{digest[:12]}"


def poster_id_of(task_id: str) -> str:
    """The one poster id a task may have."""
    return derived_id("poster", task_id)


def layer_id_of(task_id: str, role: str) -> str:
    """Id of the layer with this role in the task's poster."""
    return derived_id("layer", task_id, role)


def element_id_of(task_id: str, role: str, index: int) -> str:
    """Id of the ``index``-th element of the layer with this role."""
    return derived_id("elem", task_id, role, index)


def poster_layer_id_of(poster_id: str, layer_id: str) -> str:
    """Id of the link between a poster and a layer."""
    return derived_id("pl", poster_id, layer_id)


def part_seed(poster_seed: int, role: str, index: int = 0) -> int:
    """Seed (32 bits) of one part: from the poster's seed, the part's role and index, never from an id."""
    digest = hashlib.sha256(f"{poster_seed}/{role}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
