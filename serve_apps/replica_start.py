"""What a model's replica tells of its own start, and what starts took: small entries in Ray's key-value store.

A replica writes under its own id, so several that start together are told apart, and what a dead one left counts for
nothing: readers go by the replicas that Serve knows, and sweep the rest away.

All that this module imports must import in vLLM's environment, too.
"""

import json
import time
from collections.abc import Collection
from typing import Any, Literal

import structlog
from ray import serve
from ray.experimental import internal_kv

OwnStage = Literal["weights_loading", "warming_up", "ready"]
_NAMESPACE = "design-agent"
log = structlog.get_logger()


class ReplicaStart:
    """The start of the replica in this process; may be told from any of its threads."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def reached(self, stage: OwnStage) -> None:
        """This stage begins now. Never raises: a replica works although nobody hears of it."""
        self._began[stage] = time.time()
        try:
            replica = serve.get_replica_context()
            _put(_replica_key(replica.app_name, replica.deployment, replica.replica_id.unique_id), self._began)
        except Exception as error:
            log.warning("stage of the start not told", stage=stage, error=str(error)[:300])


def stages_told(app: str, deployment: str, replica_id: str) -> dict[str, float]:
    """When each stage that the replica told of began (Unix seconds)."""
    return _get(_replica_key(app, deployment, replica_id))


def stages_took(app: str, deployment: str) -> dict[str, float]:
    """Seconds of each stage, of the last start that was seen to pass it."""
    return _get(_took_key(app, deployment))


def note_stages_took(app: str, deployment: str, seconds: dict[str, float]) -> None:
    """Remember them for the next start; a stage that this one did not have keeps what is known."""
    _put(_took_key(app, deployment), stages_took(app, deployment) | seconds)


def sweep(app: str, deployment: str, living: Collection[str]) -> None:
    """Drop what replicas of a deployment told that are not among the living."""
    kept = {_replica_key(app, deployment, replica_id).encode() for replica_id in living}
    for key in internal_kv._internal_kv_list(_replica_key(app, deployment, ""), namespace=_NAMESPACE):
        if key not in kept:
            internal_kv._internal_kv_del(key, namespace=_NAMESPACE)


def _replica_key(app: str, deployment: str, replica_id: str) -> str:
    return f"start/{app}/{deployment}/{replica_id}"


def _took_key(app: str, deployment: str) -> str:
    return f"took/{app}/{deployment}"


def _put(key: str, value: dict[str, float]) -> None:
    internal_kv._internal_kv_put(key, json.dumps(value), namespace=_NAMESPACE)


def _get(key: str) -> dict[str, Any]:
    stored = internal_kv._internal_kv_get(key, namespace=_NAMESPACE)
    return dict(json.loads(stored)) if stored else {}
