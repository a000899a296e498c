"""What Ray's GCS says of nodes and actors, in one look; needs no driver."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "design-agent-pool"
"""Ray's namespace of the pool's actors, and of its notes in the GCS."""

GCS_SECONDS = 30.0
REPLICA_PREFIX = "ServeReplica:"
HOLDER, SUPERVISOR = "CordonHolder", "CordonSupervisor"
Amounts = dict[str, float]
"""Of resources, by their names."""


@dataclass(frozen=True, slots=True)
class RayActor:
    """A living actor that is on a node. ``demands``: the resources it holds; ``name``: empty where it has none."""

    node_id: str
    kind: str
    demands: Amounts
    actor_id: str = ""
    name: str = ""
    namespace: str = ""

    @property
    def ours(self) -> bool:
        """Whether a cordon started it."""
        return self.kind in {HOLDER, SUPERVISOR}

    @property
    def deployment(self) -> str | None:
        """``application:deployment`` of a replica; None of any other."""
        return self.kind.removeprefix(REPLICA_PREFIX) if self.kind.startswith(REPLICA_PREFIX) else None


@dataclass(frozen=True, slots=True)
class RayNode:
    """A living node."""

    node_id: str
    address: str
    kind: str
    head: bool
    draining: bool
    total: Amounts
    available: Amounts


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at a time."""

    nodes: dict[str, RayNode]
    actors: list[RayActor]

    def on(self, node_id: str) -> list[RayActor]:
        """The actors of a node."""
        return [actor for actor in self.actors if actor.node_id == node_id]

    def newcomers(self, node_id: str, known: Collection[str]) -> list[RayActor]:
        """Replicas on a node that hold something of it and are none of these, by their actors' ids."""
        return [actor for actor in self.on(node_id)
                if actor.deployment and any(actor.demands.values()) and actor.actor_id not in known]  # fmt: skip

    def replicas(self, node_id: str) -> Counter[str]:
        """How many replicas of which deployment are on a node, ``application:deployment`` each."""
        return Counter(actor.deployment for actor in self.on(node_id) if actor.deployment)

    def cordoned(self, node_id: str) -> bool:
        """Whether a cordon holds the node."""
        return any(actor.kind == SUPERVISOR for actor in self.on(node_id))


def look(gcs: Any) -> Look:
    """Ask the GCS. Raises what its client raises while it is away."""
    from ray.core.generated import autoscaler_pb2

    wire: Any = autoscaler_pb2
    answer = wire.GetClusterResourceStateReply.FromString(gcs.get_cluster_resource_state(GCS_SECONDS))
    heads = {node_id.hex() for node_id, node in gcs.get_all_node_info(GCS_SECONDS).items() if node.is_head_node}
    nodes = [
        RayNode(
            node_id=node.node_id.hex(), address=node.node_ip_address, kind=node.ray_node_type_name,
            head=node.node_id.hex() in heads, draining=node.status == wire.NodeStatus.DRAINING,
            total=dict(node.total_resources), available=dict(node.available_resources),
        )
        for node in answer.cluster_resource_state.node_states
        if node.status != wire.NodeStatus.DEAD
    ]  # fmt: skip
    return Look({node.node_id: node for node in nodes}, asyncio.run(_actors(gcs)))


async def _actors(gcs: Any) -> list[RayActor]:
    found: Mapping[Any, Any] = await gcs.async_get_all_actor_info(actor_state_name="ALIVE", timeout=GCS_SECONDS)
    return [
        RayActor(
            actor.address.node_id.hex(), _kind(actor), dict(actor.required_resources), actor.actor_id.hex(), actor.name,
            actor.ray_namespace,
        )
        for actor in found.values()
    ]  # fmt: skip


def _kind(actor: Any) -> str:
    # A replica's name is its class's, for Serve renames it; a namesake of ours elsewhere is not ours.
    kind = str(actor.class_name)
    return kind if kind not in {HOLDER, SUPERVISOR} or actor.ray_namespace == NAMESPACE else f"other {kind}"
