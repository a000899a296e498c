"""The replicas of the models as Serve, Ray and they themselves know them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from serve_apps.model_states import DEPLOYMENTS

ANSWER_SECONDS = 2.0
_GOING = {"STOPPING", "STOPPED"}


@dataclass(frozen=True, slots=True)
class Replica:
    """``since``: when Serve asked for it. ``placed``: it has a node. ``told``: when its own stages began.

    Times are Unix seconds.
    """

    replica_id: str
    since: float
    ready: bool
    placed: bool = True
    told: Mapping[str, float] = field(default_factory=dict)


def model_replicas() -> dict[str, list[Replica]]:
    """Of each model that has a deployment, by its port's name. Raises what Serve and Ray raise. Blocks."""
    import ray
    from ray import serve
    from ray.serve.context import _get_global_client
    from ray.serve.schema import ServeInstanceDetails

    app = serve.get_replica_context().app_name
    # Serve's own way to its status would wait for a controller that is away, however long.
    controller = _get_global_client()._controller  # type: ignore[union-attr]
    answer = ray.get(controller.get_serve_instance_details.remote(), timeout=ANSWER_SECONDS)
    deployments = ServeInstanceDetails(**answer).applications[app].deployments
    return {
        model: [
            _seen(app, name, replica, deployments[name].required_resources)
            for replica in deployments[name].replicas
            if replica.state.value not in _GOING
        ]
        for model, name in DEPLOYMENTS.items()
        if name in deployments
    }


def note_start(model: str, seconds: dict[str, float], living: list[Replica]) -> None:
    """A start of this model is over, whose stages took so long; what dead replicas of it told is dropped."""
    from ray import serve

    from serve_apps.replica_start import note_stages_took, sweep

    app = serve.get_replica_context().app_name
    note_stages_took(app, DEPLOYMENTS[model], seconds)
    sweep(app, DEPLOYMENTS[model], [replica.replica_id for replica in living])


def known_seconds(model: str) -> dict[str, float]:
    """What each stage took when it was last seen."""
    from ray import serve

    from serve_apps.replica_start import stages_took

    return stages_took(serve.get_replica_context().app_name, DEPLOYMENTS[model])


def _seen(app: str, deployment: str, replica: Any, needs: Mapping[str, float]) -> Replica:
    from serve_apps.replica_start import stages_told

    return Replica(
        replica_id=replica.replica_id,
        since=replica.start_time_s,
        # Beside those that start, Serve knows replicas that it reconfigures, recovers or moves: they answer.
        ready=replica.state.value != "STARTING",
        placed=replica.node_id is not None or _has_room(needs),
        told=stages_told(app, deployment, replica.replica_id),
    )


def _has_room(needs: Mapping[str, float]) -> bool:
    """Whether Ray found a node for it: one is there that could hold it, and nothing of its shape waits for one."""
    from ray.core.generated import autoscaler_pb2
    from ray.experimental.internal_kv import internal_kv_get_gcs_client

    shape = _shape(needs)
    if not shape:
        return True
    gcs: Any = internal_kv_get_gcs_client()  # type: ignore[no-untyped-call]
    messages: Any = autoscaler_pb2
    answer = messages.GetClusterResourceStateReply.FromString(gcs.get_cluster_resource_state(ANSWER_SECONDS))
    state = answer.cluster_resource_state
    # What was asked for a moment ago is not among the demands yet.
    nodes = [node.total_resources for node in state.node_states if node.status != messages.NodeStatus.DEAD]
    if not any(all(node.get(resource, 0) >= amount for resource, amount in shape.items()) for node in nodes):
        return False
    return all(_shape(waiting.request.resources_bundle) != shape for waiting in state.pending_resource_requests)


def _shape(needs: Mapping[str, float]) -> dict[str, float]:
    """Without memory, which is told in other units; Ray counts in ten-thousandths."""
    return {resource: round(amount, 4) for resource, amount in needs.items() if amount and resource != "memory"}
