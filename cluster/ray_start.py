"""A Ray of this process on a machine that may be busy."""

from typing import Any

from cluster.errors import ServiceError

TRIES = 2


class NodeTooSlow(ServiceError):
    """The machine is so loaded that Ray gave its node up."""


def init_ray(*arguments: Any, tries: int = TRIES, **options: Any) -> Any:
    """``ray.init``, so often. Raises NodeTooSlow where Ray gave each node up."""
    import ray

    for left in reversed(range(tries)):
        try:
            return ray.init(*arguments, **options)
        except Exception as error:
            # Ray gives a node 30 s and says so in words only.
            if "timed out during startup" not in str(error):
                raise
            ray.shutdown()
            if not left:
                raise NodeTooSlow(
                    "Ray's node did not start within 30 s; run it again when the machine is less busy."
                ) from error
    raise AssertionError("no try")
