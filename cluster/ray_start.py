"""A Ray of this process on a machine that may be busy."""

from typing import Any

from cluster.errors import ServiceError

TRIES = 2


class NodeTooSlow(ServiceError):
    """The machine is so loaded that Ray gave its node up."""


def gave_up(words: str) -> bool:
    """Whether Ray says that a node was too slow: it gives one 30 s, and has words only for it."""
    return "timed out during startup" in words


def init_ray(*arguments: Any, tries: int = TRIES, **options: Any) -> Any:
    """``ray.init``, so often. Raises NodeTooSlow where Ray gave each node up."""
    import ray

    for left in reversed(range(tries)):
        try:
            return ray.init(*arguments, **options)
        except Exception as error:
            if not gave_up(str(error)):
                raise
            ray.shutdown()
            if not left:
                raise NodeTooSlow(
                    "Ray's node did not start within 30 s; run it again when the machine is less busy."
                ) from error
    raise AssertionError("no try")
