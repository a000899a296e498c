"""Which amounts of a node's resources to hold, so that Ray places nothing on it."""

import math
import re
from collections.abc import Mapping

Shape = tuple[tuple[str, float], ...]
"""What one actor asks for, sorted by name."""

# Ray's own: a node's names, its memory, what a placement group reserved before. No replica is placed by them.
_NOT_HELD = re.compile(
    r"node:|accelerator_type:|(object_store_)?memory$|bundle_group_|.+_group_([0-9]+_)?[0-9a-f]{8,}$"
)
_STEPS = 10_000
"""Ray counts in ten-thousandths."""


def shape_of(demands: Mapping[str, float]) -> Shape:
    """The amounts that are to be held; empty for an actor that asks for nothing."""
    held = {name: math.floor(amount * _STEPS + 0.5) / _STEPS for name, amount in demands.items()}
    return tuple(sorted((name, amount) for name, amount in held.items() if amount > 0 and not _NOT_HELD.match(name)))


def free_shapes(available: Mapping[str, float], *, apart: bool = False) -> list[Shape]:
    """Holders that take all of it. GPUs are whole or a part of one, so a part has a holder of its own.

    ``apart``: a holder for each resource and GPU, so that what cannot be had keeps no other from being held.
    """
    free = dict(shape_of(available))
    if apart:
        gpus = free.pop("GPU", 0.0)
        single = [1.0] * math.floor(gpus) + [part for part in (round(gpus % 1, 4),) if part]
        return [shape_of({name: amount}) for name, amount in free.items()] + [shape_of({"GPU": gpu}) for gpu in single]
    part = round(free.get("GPU", 0.0) % 1, 4)
    if part and free["GPU"] > 1:
        free["GPU"] = math.floor(free["GPU"])
        return [shape_of(free), (("GPU", part),)]
    return [shape_of(free)] if free else []


def actor_options(shape: Shape) -> dict[str, object]:
    """The same as options of a Ray actor."""
    amounts = dict(shape)
    return {
        "num_cpus": amounts.pop("CPU", 0.0),
        "num_gpus": amounts.pop("GPU", 0.0),
        "resources": amounts,
    }
