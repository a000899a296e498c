"""``drain``: Ray's own DrainNode, on which Serve starts replacements elsewhere, then stops the node's replicas."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from cluster.pool import notes
from cluster.pool.errors import NodeNeeded, PoolError
from cluster.pool.looking import GCS_SECONDS, Amounts, Look, RayNode, look
from cluster.pool.nodes import state_of

_POLL_SECONDS = 0.5
_MS = 1000


def stranded(seen: Look, node_id: str) -> list[str]:
    """Deployments with a replica there that no other ready node is large enough for, by name."""
    others = [other for other in seen.nodes.values() if other.node_id != node_id]
    ready = [other.total for other in others if state_of(seen, other.node_id) == "ready"]
    return sorted(
        {
            actor.deployment
            for actor in seen.on(node_id)
            if actor.deployment and not any(_fits(actor.demands, total) for total in ready)
        }
    )


def check_drain(seen: Look, node: RayNode, *, force: bool) -> None:
    """Raise NodeNeeded for the head, and for the last node that can hold a running deployment unless forced."""
    if node.head:
        raise NodeNeeded(
            f"{node.node_id} is the head: Ray's store and Serve's controller are there, and without it there is no "
            "cluster. Take the service down instead."
        )
    lost = stranded(seen, node.node_id)
    if lost and not force:
        raise NodeNeeded(
            f"No other node can hold {', '.join(lost)}, so its replica would have nowhere to go. Add a node first, or "
            "give --force where the autoscaler adds one or the deployment may wait."
        )


def drain(gcs: Any, node_id: str, note: notes.Note, deadline: float | None) -> None:
    """Have Ray drain the node. ``deadline``: when its machine will be gone (seconds since 1970). Raises PoolError."""
    from ray.core.generated.autoscaler_pb2 import DrainNodeReason  # type: ignore[attr-defined]

    words = f"design-agent pool drain, by {note.by} at {note.at}{': ' if note.reason else ''}{note.reason}"
    accepted, refusal = gcs.drain_node(
        node_id, DrainNodeReason.Value("DRAIN_NODE_REASON_PREEMPTION"), words, int((deadline or 0) * _MS), GCS_SECONDS
    )
    if not accepted:
        raise PoolError(f"Ray does not drain {node_id}: {refusal}")
    notes.write(gcs, node_id, note)


def wait_until_left(gcs: Any, node_id: str, deadline: float | None, say: Callable[[Counter[str]], None]) -> None:
    """Return once no replica is on the node, or the node is gone; ``say``: what is left, whenever that changes.

    Raises PoolError when the deadline (seconds since 1970) passes first.
    """
    last: Counter[str] | None = None
    while True:
        seen = look(gcs)
        left = seen.replicas(node_id)
        if node_id not in seen.nodes or not left:
            return
        if left != last:
            say(left)
            last = left
        if deadline is not None and time.time() > deadline:
            raise PoolError(
                f"The deadline is over, and still on {node_id}: {', '.join(sorted(left))}. Their tasks go on elsewhere "
                "from their last step when the machine ends."
            )
        time.sleep(_POLL_SECONDS)


def end_node(gcs: Any, node_id: str) -> None:
    """End the node's Ray; whoever keeps it running starts it anew, as another node. Raises PoolError."""
    from ray import NodeID

    if not gcs.drain_nodes([NodeID.from_hex(node_id).binary()], GCS_SECONDS):
        raise PoolError(f"Ray does not end {node_id}.")


def _fits(demands: Amounts, total: Amounts) -> bool:
    return all(total.get(name, 0.0) >= amount for name, amount in demands.items())
