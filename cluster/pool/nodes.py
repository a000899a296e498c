"""The nodes as an operator sees them, and the one that he means."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from cluster.pool import notes
from cluster.pool.errors import NodeAmbiguous, NodeNotFound
from cluster.pool.looking import Amounts, Look, RayNode, look
from storage.documents.base import Document

SHORTEST = 8
NodeState = Literal["ready", "cordoned", "draining"]


class PoolNode(Document):
    """A living node. ``*_used``: by others than a cordon; ``since``, ``by``, ``reason``: of the one who took it out."""

    id: str
    node_id: str
    address: str
    role: Literal["head", "worker"]
    type: str
    cpus_used: float
    cpus: float
    gpus_used: float
    gpus: float
    replicas: dict[str, int]
    state: NodeState
    since: str | None = None
    by: str | None = None
    reason: str | None = None
    deadline: str | None = None


def pool_nodes(gcs: Any, application: str) -> list[PoolNode]:
    """All of them, the head first. Replicas of ``application`` go by their deployment, others by both names."""
    seen, noted = look(gcs), notes.read(gcs)
    living = [node_id for node_id in seen.nodes if state_of(seen, node_id) != "ready"]
    notes.keep(gcs, living)
    valid = {node_id: note for node_id, note in noted.items() if node_id in living}
    ordered = sorted(seen.nodes.values(), key=lambda node: (not node.head, node.kind, node.node_id))
    short = short_ids(seen.nodes)
    return [_pool_node(node, short[node.node_id], seen, application, valid.get(node.node_id)) for node in ordered]


def state_of(seen: Look, node_id: str) -> NodeState:
    """Draining wins: it ends a cordon."""
    if seen.nodes[node_id].draining:
        return "draining"
    return "cordoned" if seen.cordoned(node_id) else "ready"


def find_node(seen: Look, name: str) -> RayNode:
    """The node with that address, id, or beginning of an id. Raises NodeNotFound, NodeAmbiguous."""
    nodes = seen.nodes.values()
    if not name:
        raise NodeNotFound(f"Name a node: {_listed(nodes)}.")
    found = [node for node in nodes if node.node_id == name or node.address == name]
    found = found or [node for node in nodes if node.node_id.startswith(name.lower())]
    if not found:
        raise NodeNotFound(f"No living node is called {name!r}. These are there: {_listed(nodes)}.")
    if len(found) > 1:
        raise NodeAmbiguous(f"{name!r} may be each of {len(found)} nodes: {_listed(found)}. Give more of the id.")
    return found[0]


def short_ids(node_ids: Iterable[str]) -> dict[str, str]:
    """Beginnings of the ids, all of one length, no two alike."""
    ids = list(node_ids)
    length = SHORTEST
    while len({node_id[:length] for node_id in ids}) < len(ids):
        length += 1
    return {node_id: node_id[:length] for node_id in ids}


def named(replicas: Counter[str], application: str) -> dict[str, int]:
    """Without the application's own name, by name."""
    return {name.removeprefix(f"{application}:"): count for name, count in sorted(replicas.items())}


def _pool_node(node: RayNode, short: str, seen: Look, application: str, note: notes.Note | None) -> PoolNode:
    used = _used(node, seen)
    return PoolNode(
        id=short, node_id=node.node_id, address=node.address,
        role="head" if node.head else "worker", type=node.kind,
        cpus_used=used.get("CPU", 0.0), cpus=node.total.get("CPU", 0.0),
        gpus_used=used.get("GPU", 0.0), gpus=node.total.get("GPU", 0.0),
        replicas=named(seen.replicas(node.node_id), application), state=state_of(seen, node.node_id),
        since=note.at if note else None, by=note.by if note else None, reason=(note.reason or None) if note else None,
        deadline=note.deadline if note else None,
    )  # fmt: skip


def _used(node: RayNode, seen: Look) -> Amounts:
    """What is neither free nor held by a cordon."""
    held: Counter[str] = Counter()
    for actor in seen.on(node.node_id):
        if actor.ours:
            held.update(actor.demands)
    return {
        name: max(0.0, round(total - node.available.get(name, 0.0) - held[name], 4))
        for name, total in node.total.items()
    }


def _listed(nodes: Iterable[RayNode]) -> str:
    ordered = sorted(nodes, key=lambda node: (not node.head, node.node_id))
    short = short_ids(node.node_id for node in ordered)
    return ", ".join(f"{short[node.node_id]} ({node.address}{', head' if node.head else ''})" for node in ordered)
