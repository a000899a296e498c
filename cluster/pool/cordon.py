"""``cordon`` and ``resume``: a supervisor on the node, and its end."""

import time
from typing import Any

from cluster.pool import notes
from cluster.pool.errors import NodeDraining, PoolError
from cluster.pool.looking import NAMESPACE, look
from cluster.pool.nodes import state_of

CLOSED_SECONDS = 60.0
GONE_SECONDS = 30.0
_POLL_SECONDS = 0.1


def cordon(gcs: Any, node_id: str, note: notes.Note) -> bool:
    """Return once nothing can be placed on the node; False when it was cordoned before. Needs a driver.

    Raises NodeDraining, and PoolError when something of it stays free.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from cluster.pool.supervisor import CordonSupervisor

    state = state_of(look(gcs), node_id)
    if state == "draining":
        raise NodeDraining(f"{node_id} is being drained: nothing is placed there any more.")
    if state == "ready":
        notes.write(gcs, node_id, note)
    supervisor: Any = (
        ray.remote(CordonSupervisor)
        .options(
            name=_name(node_id), namespace=NAMESPACE, lifetime="detached", get_if_exists=True, num_cpus=0,
            max_restarts=-1, max_concurrency=2,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id, soft=False),
        )
        .remote(note.by)
    )  # fmt: skip
    try:
        closed = ray.get(supervisor.closed.remote(CLOSED_SECONDS), timeout=2 * CLOSED_SECONDS)
    except Exception as error:
        raise PoolError(f"{node_id} cannot be cordoned: {str(error).strip().splitlines()[-1][:300]}") from error
    if not closed:
        raise PoolError(
            f"Not all of {node_id} is held after {CLOSED_SECONDS:.0f} s: something there comes and goes. It is "
            "cordoned as far as it can be, and its supervisor goes on trying."
        )
    return state == "ready"


def uncordon(gcs: Any, node_id: str) -> None:
    """Return once all that a cordon held is free. Needs a driver. Raises PoolError."""
    end_supervisor(node_id)
    deadline = time.monotonic() + GONE_SECONDS
    while any(actor.ours for actor in look(gcs).on(node_id)):
        if time.monotonic() > deadline:
            raise PoolError(f"What the cordon held of {node_id} is not free after {GONE_SECONDS:.0f} s.")
        time.sleep(_POLL_SECONDS)
    notes.forget(gcs, node_id)


def end_supervisor(node_id: str) -> None:
    """Its holders end with it. Needs a driver."""
    import ray

    try:
        ray.kill(ray.get_actor(_name(node_id), NAMESPACE))
    except ValueError:
        return  # it ended by itself


def _name(node_id: str) -> str:
    return f"cordon-{node_id}"
