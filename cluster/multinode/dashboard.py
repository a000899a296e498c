"""The cluster as its dashboard tells of it: nodes, replicas of each deployment, applications, jobs."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from cluster.errors import ServiceError

ANSWER_SECONDS = 30.0
# The first application starts Serve's controller and proxy, which are waited for.
SERVE_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Node:
    """A node of Ray, living or not."""

    node_id: str
    alive: bool
    gpus: float


@dataclass(frozen=True, slots=True)
class Replicas:
    """A deployment's: how many are wanted, and how many are in each state."""

    wanted: int
    states: dict[str, int]
    status: str

    @property
    def running(self) -> int:
        """Those that take calls."""
        return self.states.get("RUNNING", 0)


@dataclass(frozen=True)
class Dashboard:
    """Its REST interface at ``url``, under Ray's token if there is one."""

    url: str
    token: str | None = field(repr=False)

    @cached_property
    def client(self) -> httpx.Client:
        """Shows the token in every request."""
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.Client(base_url=self.url, headers=shown, timeout=ANSWER_SECONDS, trust_env=False)

    def nodes(self) -> list[Node]:
        """All nodes that the cluster has had. Raises httpx.HTTPError."""
        listed = self._get("/api/v0/nodes", limit="10000")["data"]["result"]["result"]
        return [
            Node(entry["node_id"], entry["state"] == "ALIVE", float((entry["resources_total"] or {}).get("GPU", 0)))
            for entry in listed
        ]

    def nodes_or_none(self) -> list[Node] | None:
        """None while it does not answer yet."""
        try:
            return self.nodes()
        except (httpx.HTTPError, KeyError, TypeError):
            return None

    def deployments(self, application: str) -> dict[str, Replicas]:
        """By their names; empty before the application is there. Raises httpx.HTTPError."""
        known = self._get("/api/serve/applications/")["applications"].get(application)
        if known is None:
            return {}
        return {name: _replicas(entry) for name, entry in known["deployments"].items()}

    def application(self, name: str) -> tuple[str, str]:
        """Its status and what Serve says about it."""
        known = self._get("/api/serve/applications/")["applications"].get(name, {})
        return known.get("status", "NOT_STARTED"), known.get("message", "")

    def deploy(self, config: dict[str, Any]) -> None:
        """Ask for applications as ``serve deploy`` does. Raises ServiceError and httpx.HTTPError."""
        answer = self.client.put("/api/serve/applications/", json=config, timeout=SERVE_SECONDS)
        if answer.is_error:
            raise ServiceError(f"Ray Serve does not take the application: {answer.text[:2000]}")

    def _get(self, path: str, **query: str) -> Any:
        return self.client.get(path, params=query).raise_for_status().json()


def _replicas(entry: dict[str, Any]) -> Replicas:
    states: dict[str, int] = {}
    for replica in entry["replicas"]:
        states[replica["state"]] = states.get(replica["state"], 0) + 1
    return Replicas(int(entry.get("target_num_replicas") or 0), states, str(entry["status"]))
