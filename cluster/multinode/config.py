"""The autoscaler's configuration for nodes that are processes of this machine.

Ray's provider ``fake_multinode`` starts a raylet where a cloud's provider would rent a machine; all else, what is asked
for, what is packed where, when an idle node goes, is the autoscaler that a cluster in production runs.
"""

from dataclasses import dataclass
from typing import Any

HEAD_TYPE = "ray.head.default"
"""The provider knows its head under this name alone."""

LOST_SECONDS = 10
APP_PLACE = {"app": 1000}
"""The head also has what only a node with the image ``app`` has on a real cluster (see ``PLACES``)."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """One kind of node; its resources are logical: a GPU counts, though the machine may have none.

    ``place``: the resource that says which image it has.
    """

    name: str
    place: str
    cpus: int
    gpus: int
    most: int
    least: int = 0
    store_bytes: int = 80 * 2**20

    def described(self) -> dict[str, Any]:
        """As the autoscaler reads it."""
        resources = {
            "CPU": self.cpus, "GPU": self.gpus, self.place: 1000, "object_store_memory": self.store_bytes
        }  # fmt: skip
        return {
            "resources": {name: amount for name, amount in resources.items() if amount},
            "node_config": {},
            "min_workers": self.least,
            "max_workers": self.most,
        }


def autoscaling_config(
    gcs_address: str, head_cpus: int, workers: tuple[NodeType, ...], idle_seconds: float
) -> dict[str, Any]:
    """``idle_seconds``: how long a node that has nothing to do stays. Ray wants every key, the empty ones too."""
    head = {"resources": {"CPU": head_cpus, **APP_PLACE}, "node_config": {}, "max_workers": 0}
    return {
        "cluster_name": "design-agent-multinode",
        "max_workers": sum(kind.most for kind in workers),
        "idle_timeout_minutes": idle_seconds / 60,
        # A node more is asked for as soon as it is needed, not in proportion to what is there.
        "upscaling_speed": 100.0,
        "provider": {
            "type": "fake_multinode",
            "launch_multiple": True,
            # All nodes have one address, and nothing is to be set up on them.
            "use_node_id_as_ip": True,
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
            # Where new nodes join; without it the provider takes the host's address and port 6379.
            "gcs_address": gcs_address,
        },
        "auth": {"ssh_user": "root"},
        "available_node_types": {HEAD_TYPE: head} | {kind.name: kind.described() for kind in workers},
        "head_node_type": HEAD_TYPE,
        "file_mounts": {},
        "cluster_synced_files": [],
        "file_mounts_sync_continuously": False,
        "rsync_exclude": [],
        "rsync_filter": [],
        "initialization_commands": [],
        "setup_commands": [],
        "head_setup_commands": [],
        "worker_setup_commands": [],
        "head_start_ray_commands": [],
        "worker_start_ray_commands": [],
    }


def environment(update_seconds: int) -> dict[str, str]:
    """Variables that the head's processes need for such a cluster."""
    return {
        "RAY_FAKE_CLUSTER": "1",
        "AUTOSCALER_UPDATE_INTERVAL_S": str(update_seconds),
        # A node that died is replaced after so many seconds.
        "AUTOSCALER_HEARTBEAT_TIMEOUT_S": str(LOST_SECONDS),
    }
