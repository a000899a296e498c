"""Who took a node out of use, when and why: notes in the GCS, which Ray keeps as long as the cluster lives."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from cluster.pool.looking import GCS_SECONDS, NAMESPACE

_SPACE = NAMESPACE.encode()


@dataclass(frozen=True, slots=True)
class Note:
    """Of one node. ``at`` and ``deadline``: RFC 3339; ``deadline`` is a drain's, if it has one."""

    by: str
    at: str
    reason: str = ""
    deadline: str | None = None


def write(gcs: Any, node_id: str, note: Note) -> None:
    """Replace what was noted of the node."""
    gcs.internal_kv_put(node_id.encode(), json.dumps(asdict(note)).encode(), True, _SPACE, GCS_SECONDS)


def read(gcs: Any) -> dict[str, Note]:
    """By the nodes' ids."""
    keys = gcs.internal_kv_keys(b"", _SPACE, GCS_SECONDS)
    found = {key.decode(): gcs.internal_kv_get(key, _SPACE, GCS_SECONDS) for key in keys}
    return {node_id: Note(**json.loads(value)) for node_id, value in found.items() if value}


def forget(gcs: Any, node_id: str) -> None:
    """Forget this one."""
    gcs.internal_kv_del(node_id.encode(), False, _SPACE, GCS_SECONDS)


def keep(gcs: Any, node_ids: Collection[str]) -> None:
    """Forget every node but these."""
    for key in gcs.internal_kv_keys(b"", _SPACE, GCS_SECONDS):
        if key.decode() not in node_ids:
            gcs.internal_kv_del(key, False, _SPACE, GCS_SECONDS)
