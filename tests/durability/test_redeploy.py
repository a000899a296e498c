"""``serve.run`` over a running application: replicas are replaced while a task is at work."""

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.paths import ServicePaths
from cluster.ray_environment import ray_environment
from tests.durability.rig import Held, HeldService, until

pytestmark = pytest.mark.stack
REDEPLOY = """
import sys
import ray
from ray import serve
from serve_apps.app import APP_NAME, build_app
ray.init(address=sys.argv[1], namespace="design-agent", log_to_driver=False)
serve.run(build_app(), name=APP_NAME, route_prefix="/", blocking=False)
"""


def redeploy(service: HeldService) -> "subprocess.Popen[bytes]":
    paths = ServicePaths(service.data)
    port = next(paths.ray.glob("session_latest/gcs_server_port_*")).read_text()
    return subprocess.Popen(
        [sys.executable, "-c", REDEPLOY, f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL,
        env=service.environment() | ray_environment(paths.token), cwd=Path(__file__).parents[2],
    )  # fmt: skip


def test_redeploy_costs_no_task_and_streams_resume(service: HeldService) -> None:
    held = Held(service, "layout")
    (old,) = service.pids("Orchestrator")
    deploying = redeploy(service)
    # The old replica drains, gives the task back, and a new one takes it from where it was.
    until(lambda: held.starts() == 2, "the step at work in a new replica")
    held.let_go()
    assert deploying.wait(120) == 0
    held.completes(attempts=2)
    assert old not in service.pids("Orchestrator")
