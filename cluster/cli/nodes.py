"""The table of a cluster's nodes."""

from collections.abc import Iterable

from cluster.cli.console import print_table
from cluster.pool.nodes import PoolNode

HEADINGS = ["node", "address", "role", "type", "CPUs", "GPUs", "state", "replicas"]


def print_nodes(nodes: Iterable[PoolNode]) -> None:
    """A row for each: what of it is in use, whether it takes anything new, and what is on it."""
    print_table([HEADINGS, *(_row(node) for node in nodes)])


def _row(node: PoolNode) -> list[str]:
    state = node.state + (f" since {node.since} by {node.by}" if node.since else "")
    state += (f", until {node.deadline}" if node.deadline else "") + (f": {node.reason}" if node.reason else "")
    return [
        node.id, node.address, node.role, node.type, f"{node.cpus_used:g}/{node.cpus:g}",
        f"{node.gpus_used:g}/{node.gpus:g}", state,
        ", ".join(f"{name} {count}" for name, count in node.replicas.items()) or "-",
    ]  # fmt: skip
